"""`python -m ipp.embedded up | stop | exec [--ephemeral] -- COMMAND | ready NAME`: what the Makefile calls."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from ipp.embedded import commands
from ipp.embedded.errors import StartError, StopRequested
from ipp.embedded.processes import PROCESSES


def main(words: Sequence[str]) -> int:
    """Run one command; return the exit status."""
    options, rest = _parse(words)
    if sys.platform != "linux":
        print("The embedded servers and the supervisor need Linux. Elsewhere use `docker compose up`.", file=sys.stderr)
        return 1
    try:
        if options.command == "up":
            return commands.up(os.environ)
        if options.command == "stop":
            return commands.stop(os.environ)
        if options.command == "ready":
            return commands.ready(os.environ, options.name)
        return commands.execute(os.environ, rest, ephemeral=options.ephemeral)
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or 'The system'}: {error.strerror or error}. IPP cannot go on without it.", file=sys.stderr)
        return 1
    except (StopRequested, KeyboardInterrupt):
        return 130


def _parse(words: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return the options, and the words after `--`, which belong to the command of `exec`."""
    cut = list(words).index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(prog="python -m ipp.embedded", description="Runs IPP with its own PostgreSQL and Valkey.")
    commands_of = parser.add_subparsers(dest="command", required=True)
    commands_of.add_parser("up", help="run everything until Ctrl-C (PORT=, HOST=, IPP_DATA_DIR=, DATABASE_URL=, REDIS_URL=)")
    commands_of.add_parser("stop", help="stop what runs on this data folder")
    run = commands_of.add_parser("exec", help="run a command beside the servers: exec [--ephemeral] -- COMMAND")
    run.add_argument("--ephemeral", action="store_true", help="throw-away servers in a temporary folder")
    ready = commands_of.add_parser("ready", help="exit 0 when a process can serve (health check)")
    ready.add_argument("name", choices=[process.name for process in PROCESSES if process.port_offset is not None])
    options, rest = parser.parse_args(words[:cut]), list(words[cut + 1 :])
    if options.command == "exec" and not rest:
        parser.error("exec needs a command after --")
    return options, rest


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

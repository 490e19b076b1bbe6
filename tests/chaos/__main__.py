"""`make chaos`: files complaints while engine, broker and portal are killed, then counts what is lost or doubled.

    python -m tests.chaos [--filings 200] [--seed N] [--keep FOLDER]

The house runs as `make run` starts it, on a folder of its own. Machines file through the portal with one key per complaint and try again
until they have their 201; a reviewer accepts whatever waits; the marketplace's policy gives sellers no time to answer, so that every
accepted listing becomes a violation. The exit status is 1 when anything is lost, doubled, or not done in time, and when engine, broker or
portal was not killed: such a run proves nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.whole import up
from ipp.embedded.state import running_environment
from ipp.env import derived_key
from tests.chaos.tally import Tally


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it, print one line with the counts and one for each thing that is wrong; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--filings", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="keep the house's folder here, to look at it afterwards")
    options = parser.parse_args(arguments)
    tally = run(options.filings, options.seed, options.keep)
    print(tally.line())
    for finding in tally.findings:
        print(f"  {finding}")
    return tally.exit_status


def run(filings: int, seed: int, keep: Path | None) -> Tally:
    """Start a house, play the story in it and stop it; return what came of it."""
    os.environ["IPP_DEMO"] = "0"
    with tempfile.TemporaryDirectory(prefix="ipp-chaos-") as folder:
        data = (keep or Path(folder) / "house").resolve()
        with up(data) as house:
            environment = running_environment(data)
            assert environment, "the house left no settings"
            environment["SANDBOX_SECRET"] = derived_key(environment["SECRET_KEY"], "sandbox")  # the catalogue is read from here
            os.environ.update(environment, DJANGO_SETTINGS_MODULE="ipp.settings", IPP_AUDIENCE="owner", LOG_LEVEL="WARNING")
            import django  # noqa: PLC0415 (its settings are those of the house that runs now)

            django.setup()
            from tests.chaos.story import play  # noqa: PLC0415

            return play(house, filings=filings, seed=seed)


if __name__ == "__main__":
    sys.exit(main())

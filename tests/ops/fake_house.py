"""A small house under the real supervisor: HTTP servers, two processes that only live, and preparations that take notes.

Run as `python -m tests.ops.fake_house`; FAKE_BROKEN=preparation or FAKE_BROKEN=portal makes that part fail.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType

from ipp.embedded.commands import up
from ipp.embedded.errors import StartError
from ipp.embedded.processes import House, Process

SELF = ("{python}", "-m", "tests.ops.fake_house")


def listener(name: str, offset: int, secrets: frozenset[str], audience: str | None) -> Process:
    return Process(
        name=name,
        argv=(*SELF, "serve", name, "{host}", "{port}"),
        audience=audience,
        port_offset=offset,
        ready_path="/readyz",
        secrets=secrets,
        env=MappingProxyType({"FAKE_DATA": "{data}"}),
    )


HOUSE = House(
    processes=(
        listener("portal", 0, frozenset({"SECRET_KEY", "PORTAL_DATABASE_URL", "REDIS_URL"}), "portal"),
        listener("staff", 1, frozenset({"SECRET_KEY", "STAFF_DATABASE_URL"}), "staff"),
        listener("files", 2, frozenset({"SECRET_KEY"}), "files"),
        Process(name="engine", argv=(*SELF, "live", "engine"), audience="engine", secrets=frozenset({"ENGINE_DATABASE_URL"})),
        Process(name="beat", argv=(*SELF, "live", "beat"), audience="engine", secrets=frozenset({"ENGINE_DATABASE_URL"})),
        listener("sandbox", 3, frozenset({"SANDBOX_SECRET"}), None),
    ),
    preparations=((*SELF, "prepare", "roles"), (*SELF, "prepare", "migrate")),
    local_preparations=((*SELF, "prepare", "demo"),),
    local_greeting=(*SELF, "greet"),
    local_afterwards=((*SELF, "prepare", "story"),),
)


class TellsEnvironment(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(dict(os.environ)).encode() if self.path == "/env" else b"{}"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def serve(name: str, host: str, port: str) -> None:
    if os.environ.get("FAKE_BROKEN") == name:
        sys.exit(f"the {name} is broken on purpose")
    ThreadingHTTPServer((host, int(port)), TellsEnvironment).serve_forever()


def live(name: str) -> None:
    signal.signal(signal.SIGTERM, lambda *_: note(f"{name} stops"))
    signal.pause()


def prepare(name: str) -> None:
    knows = "knows" if "LOGINS_SECRET" in os.environ else "does not know"
    note(f"{name} {os.environ['IPP_AUDIENCE']} {os.environ['DATABASE_URL'].split(':')[1]} {knows} LOGINS_SECRET")
    if os.environ.get("FAKE_BROKEN") == "preparation":
        sys.exit("the preparation is broken on purpose")


def note(words: str) -> None:
    with (Path(os.environ["IPP_DATA_DIR"]) / "notes.txt").open("a", encoding="utf-8") as notes:
        notes.write(f"{words}\n")


def main() -> int:
    match sys.argv[1:]:
        case ["serve", name, host, port]:
            serve(name, host, port)
        case ["live", name]:
            live(name)
        case ["prepare", name]:
            prepare(name)
        case ["greet"]:
            sys.stdout.write("alice@acme.example (owner of Acme), 爱丽丝\n")
        case _:
            return up(os.environ, HOUSE)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StartError as error:
        sys.exit(str(error))

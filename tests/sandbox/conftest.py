"""A running marketplace on a free port, and a caller that signs as its platform would."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from sandbox.app import Application
from sandbox.faults import Faults
from sandbox.server import Server
from sandbox.store import Store

ROOT = Path(__file__).resolve().parents[2]
SECRET = base64.b64decode("c2FuZGJveC10ZXN0cy1zZWNyZXQtMDEyMzQ1Njc4OWFi")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Market:
    """A client of a marketplace that listens on a port of this machine."""

    port: int

    def send(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def command(
        self, fields: dict[str, Any] | bytes, *, command_id: str | None = None, at: int | None = None, secret: bytes = SECRET
    ) -> Answer:
        body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
        return self.send("POST", "/api/commands", body, signed_headers(body, command_id or secrets.token_hex(12), at=at, secret=secret))

    def switch(self, *, command_id: str | None = None, **fault: Any) -> Answer:
        body = json.dumps(fault).encode()
        return self.send("POST", "/api/faults", body, signed_headers(body, command_id or secrets.token_hex(12)))

    def listing(self, marketplace: str, number: int = 0) -> dict[str, Any]:
        return dict(self.get(f"/api/listings?marketplace={marketplace}&limit=100").json["items"][number])

    def path_of(self, record: dict[str, Any]) -> str:
        return "/" + record["url"].split("/", 3)[3]


def signed_headers(body: bytes, command_id: str, *, at: int | None = None, secret: bytes = SECRET) -> dict[str, str]:
    """Sign by the text of Standard Webhooks, on purpose not with the code under test."""
    timestamp = int(time.time()) if at is None else at
    mac = hmac.new(secret, f"{command_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": command_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(mac.digest()).decode()}",
        "content-type": "application/json",
    }


@contextmanager
def running(
    folder: Path,
    *,
    secret: bytes | None = SECRET,
    clock: Callable[[], float] = time.time,
    origin: str = "http://market.test",
    faults: Faults | None = None,
    bulk: int = 0,
) -> Iterator[Market]:
    store = Store(folder, bulk=bulk)
    application = Application(store, origin=origin, secret=secret, portal="https://portal.test", faults=faults, clock=clock)
    server = Server("127.0.0.1", 0, application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Market(server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def program(folder: Path, **environ: str) -> Iterator[tuple[subprocess.Popen[str], Market]]:
    """Start `python -m sandbox` with nothing of ours or installed in reach, and wait for its first line."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-I",
            "-c",
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); import runpy; runpy.run_module('sandbox', run_name='__main__')",
        ],
        env={"SANDBOX_PORT": "0", "SANDBOX_DATA_DIR": str(folder), **environ},
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        first = process.stderr.readline()
        if "begins with fault" in first:
            first = process.stderr.readline()
        assert "listening on" in first, first
        yield process, Market(int(first.rsplit(":", 1)[1]))
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """A marketplace for tests that only look; nothing in it changes."""
    with running(tmp_path_factory.mktemp("sandbox")) as market:
        yield market


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Market]:
    """A marketplace of one test's own."""
    with running(tmp_path) as market:
        yield market

"""Ports: a free one for a server, and whether the ones people type are free."""

from __future__ import annotations

import errno
import random
import socket
from pathlib import Path

from ipp.embedded.errors import StartError

LOWEST = 15000
DEFAULT_PORT = 8000


def connectable(host: str) -> str:
    """Return the address to reach a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104


def free_port() -> int:
    """Return a free port below the range the kernel gives to clients.

    In that range a client that keeps calling a server which is down can end up connected to itself, and the port is lost.
    """
    try:
        highest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0]) - 1
    except OSError:
        highest = 32767
    while True:
        port = random.randint(LOWEST, max(highest, LOWEST + 5000))  # noqa: S311 (not a secret)
        if why_not(port, "127.0.0.1") is None:
            return port


def base_port(text: str, count: int) -> int:
    """Return PORT as a number that leaves room for `count` ports.

    Raises:
        StartError: it is no such number.
    """
    if not text.strip():
        return DEFAULT_PORT
    if not text.strip().isdecimal() or not 0 < int(text) <= 65536 - count:
        raise StartError(f"PORT={text} is not a port. Give a number from 1 to {65536 - count}, such as `make run PORT=8100`.")
    return int(text)


def require_free(host: str, ports: dict[str, int]) -> None:
    """Check that every process can have its port.

    Raises:
        StartError: one is taken; it names the port and another PORT that would do.
    """
    for name, port in ports.items():
        problem = why_not(port, host)
        if problem:
            base = min(ports.values())
            raise StartError(
                f"Port {port}, which the {name} needs, cannot be used: {problem}. Free it, or start on other ports: "
                f"`make run PORT={_suggestion(host, base, [other - base for other in ports.values()])}`. Nothing was left running."
            )


def why_not(port: int, host: str) -> str | None:
    """Return why nothing can listen there, None when it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return "another program is using it" if error.errno == errno.EADDRINUSE else (error.strerror or str(error))
    return None


def _suggestion(host: str, base: int, offsets: list[int]) -> int:
    for candidate in range(base + 100, base + 5000, 100):
        if candidate + max(offsets) < 65536 and all(why_not(candidate + offset, host) is None for offset in offsets):
            return candidate
    return DEFAULT_PORT + 100

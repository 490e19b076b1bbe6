"""The guard of what goes out: a connector talks to the one origin it is configured for, and to nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx

from marketplaces.gateways.connector import ConnectorRefused

LONGEST_URL = 2048
PLAIN = re.compile(r"[\x21-\x5b\x5d-\x7e]+")
"""Printable ASCII without space and backslash: what parsers might read differently is not read at all."""

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port, as the client that connects reads them."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" if self.port == PORTS[self.scheme] else f"{self.scheme}://{host}:{self.port}"


def origin_of(url: str | httpx.URL) -> Origin:
    """Return the origin of an address.

    Raises:
        ConnectorRefused: no plain http(s) address, or one with a user's name in it.
    """
    if isinstance(url, str):
        url = _parsed(url)
    if url.scheme not in PORTS or not url.host or url.userinfo:
        raise ConnectorRefused("foreign_address", "Only plain http and https addresses without a user's name are fetched.")
    return Origin(url.scheme, url.host.lower(), url.port or PORTS[url.scheme])


def path_within(url: str, origin: Origin) -> str:
    """Return path and query of an address at `origin`.

    Raises:
        ConnectorRefused: the address lies elsewhere.
    """
    parsed = _parsed(url)
    _check(parsed, origin)
    return parsed.raw_path.decode("ascii")


class GuardedTransport(httpx.BaseTransport):
    """Hands a request on only if it goes to the allowed origin, whoever built it."""

    def __init__(self, allowed: Origin) -> None:
        self._allowed = allowed
        self._inner = httpx.HTTPTransport(retries=0, trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        Raises:
            ConnectorRefused: it goes to another origin.
        """
        _check(request.url, self._allowed)
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


def _check(url: httpx.URL, origin: Origin) -> None:
    if origin_of(url) != origin:
        raise ConnectorRefused("foreign_address", f"Only addresses at {origin} are fetched.")


def _parsed(url: str) -> httpx.URL:
    if len(url) > LONGEST_URL or not PLAIN.fullmatch(url):
        raise ConnectorRefused("foreign_address", "This is not an address that can be fetched.")
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise ConnectorRefused("foreign_address", "This is not an address that can be fetched.") from None

"""Asks a listening process whether it can serve; for the supervisor, and for a container's health check."""

from __future__ import annotations

import http.client
import socket
from urllib.parse import urlsplit


def is_ready(url: str, *, host_name: str) -> bool:
    """Say whether the address answers 200 to a caller who knows it as `host_name`; without a path, whether the port is open."""
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or 80)
    try:
        if not parts.path:
            socket.create_connection(address, timeout=2).close()
            return True
        connection = http.client.HTTPConnection(*address, timeout=5)
        try:
            connection.request("GET", parts.path, headers={"Host": host_name})
            return connection.getresponse().status == http.HTTPStatus.OK
        finally:
            connection.close()
    except (OSError, http.client.HTTPException):
        return False

"""The ways into marketplaces: a contract, the sandbox's client, and the one for marketplaces where people act."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from marketplaces.gateways.connector import (
    Changes,
    Command,
    Connector,
    ConnectorError,
    ConnectorRefused,
    ConnectorUnavailable,
    ListingSeen,
    NeedsPerson,
    Page,
    Receipt,
    ShopSeen,
)
from marketplaces.gateways.manual import ManualConnector
from marketplaces.gateways.sandbox import SandboxConnector

__all__ = [
    "Changes",
    "Command",
    "Connector",
    "ConnectorError",
    "ConnectorRefused",
    "ConnectorUnavailable",
    "ListingSeen",
    "NeedsPerson",
    "Page",
    "Receipt",
    "ShopSeen",
    "connector_for",
]


def connector_for(kind: str) -> Connector:
    """Return the connector of a marketplace's `connector` field.

    Raises:
        ConnectorUnavailable: the sandbox's secret is missing or cannot be read, or there is no such kind.
    """
    if kind == "sandbox":
        origin = settings.SANDBOX_ORIGIN
        return _sandbox(origin, getattr(settings, "SANDBOX_SECRET", ""), getattr(settings, "SANDBOX_REACHED_AT", ""))
    if kind in {"none", "manual"}:
        return ManualConnector()
    raise ConnectorUnavailable("not configured", f"there is no connector {kind}")


@lru_cache(maxsize=4)
def _sandbox(origin: str, secret: str, reached_at: str) -> SandboxConnector:
    return SandboxConnector(origin, secret, reached_at=reached_at)

"""The connector of marketplaces that no machine can talk to: whatever it is asked, a person does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from marketplaces.gateways.connector import LARGEST_PICTURE, Changes, Command, ListingSeen, NeedsPerson, Page, Receipt, ShopSeen


class ManualConnector:
    """Raises NeedsPerson for everything."""

    def send(self, command: Command) -> Receipt:
        """Ask for a person."""
        _ask(f"{command.action} {command.target}", command.marketplace)

    def read_listings(self, marketplace: str, ids: Iterable[str]) -> list[ListingSeen]:
        """Ask for a person."""
        _ask("look at listings", marketplace)

    def read_shop(self, marketplace: str, shop_id: str) -> ShopSeen | None:
        """Ask for a person."""
        _ask(f"look at shop {shop_id}", marketplace)

    def list_listings(self, marketplace: str, cursor: str | None = None) -> Page:
        """Ask for a person."""
        _ask("look at listings", marketplace)

    def read_changes(self, marketplace: str, cursor: str | None = None) -> Changes:
        """Ask for a person."""
        _ask("look for changes", marketplace)

    def fetch_picture(self, url: str, max_bytes: int = LARGEST_PICTURE) -> bytes:
        """Ask for a person."""
        _ask("fetch a picture", "this marketplace")


def _ask(what: str, marketplace: str) -> NoReturn:
    raise NeedsPerson(f"{what} on {marketplace}: no way in for machines")

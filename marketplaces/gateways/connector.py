"""What a marketplace can be asked: carry out a command, show listings and shops, hand over a picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

LARGEST_PICTURE = 10_000_000


class ConnectorError(Exception):
    """The marketplace did not do what it was asked."""


class ConnectorUnavailable(ConnectorError):
    """It may work later: no connection, no time, trouble at their end, a clock that is off, an answer that makes no sense.

    `reason` is stable, for the record: `timeout`, `connection`, `server_error`, `signature`, `busy`, `redirect`, `bad answer`,
    `not configured`.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class ConnectorRefused(ConnectorError):
    """It will not work by trying again. `code` is the marketplace's own word, or ours for what we do not even send."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class NeedsPerson(ConnectorError):
    """This marketplace has no way in for machines; a person does it there and says so here."""


@dataclass(frozen=True)
class Command:
    """What is to be done to a listing (`remove`, `restore`) or a shop (`restrict`, `close`, `reopen`, `message`).

    `id` stays the same on every try; `reason` (at most 500 characters) and `reference` (at most 64) are shown to the public.
    A `message` is for the shop alone: its `text` (at most 1000 characters), a `link` to follow and the `reference`.
    """

    id: str
    action: str
    marketplace: str
    target: str
    reason: str = ""
    reference: str = ""
    text: str = ""
    link: str = ""


@dataclass(frozen=True)
class Receipt:
    """What the marketplace says came of a command: the state now, whether the command changed it, and the record's version."""

    state: str
    changed: bool
    version: int


@dataclass(frozen=True)
class ShopSeen:
    """A shop as its marketplace shows it. `state` is open, restricted or closed."""

    external_id: str
    name: str
    url: str
    place: str
    since: date | None
    state: str


@dataclass(frozen=True)
class ListingSeen:
    """A listing as its marketplace shows it. `state` is live or removed; `price_amount` is None where none is given."""

    external_id: str
    url: str
    title: str
    description: str
    price_amount: Decimal | None
    currency: str
    pictures: tuple[str, ...]
    shop: ShopSeen
    state: str
    version: int


@dataclass(frozen=True)
class Page:
    """Some listings and the cursor behind them, None behind the last one."""

    items: tuple[ListingSeen, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class Changes:
    """What changed behind a cursor, in the order of change, and the cursor to go on from now or later."""

    listings: tuple[ListingSeen, ...]
    shops: tuple[ShopSeen, ...]
    next_cursor: str
    has_more: bool


class Connector(Protocol):
    """One way into marketplaces. Every method raises ConnectorUnavailable, ConnectorRefused or NeedsPerson and nothing else."""

    def send(self, command: Command) -> Receipt:
        """Have a command carried out; sending the same command again is safe and acts once."""
        ...

    def read_listings(self, marketplace: str, ids: Iterable[str]) -> list[ListingSeen]:
        """Return the listings that are there, in the order asked; missing ones are absent."""
        ...

    def read_shop(self, marketplace: str, shop_id: str) -> ShopSeen | None:
        """Return a shop, or None where there is none."""
        ...

    def list_listings(self, marketplace: str, cursor: str | None = None) -> Page:
        """Return a page of all listings, whatever their state."""
        ...

    def read_changes(self, marketplace: str, cursor: str | None = None) -> Changes:
        """Return what changed behind a cursor (None: everything there is)."""
        ...

    def fetch_picture(self, url: str, max_bytes: int = LARGEST_PICTURE) -> bytes:
        """Return the bytes of a picture that a listing named; they are checked by whoever decodes them."""
        ...

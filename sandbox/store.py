"""The marketplace's memory in SQLite: shops, their listings and messages, and the commands answered so far."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.stock import stock

HERE = Path(__file__).resolve().parent
CATALOGUE = HERE / "catalogue.json"
WAIT_SECONDS = 10

SCHEMA = """
CREATE TABLE IF NOT EXISTS shop (
    number INTEGER PRIMARY KEY,
    marketplace TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    place TEXT NOT NULL,
    since TEXT NOT NULL,
    about TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'restricted', 'closed')),
    reason TEXT NOT NULL DEFAULT '',
    reference TEXT NOT NULL DEFAULT '',
    version INTEGER NOT NULL DEFAULT 1,
    changed_at TEXT,
    UNIQUE (marketplace, id)
);
CREATE TABLE IF NOT EXISTS listing (
    number INTEGER PRIMARY KEY,
    marketplace TEXT NOT NULL,
    id TEXT NOT NULL,
    shop INTEGER NOT NULL REFERENCES shop (number),
    title TEXT NOT NULL,
    price TEXT NOT NULL,
    listed_on TEXT NOT NULL,
    description TEXT NOT NULL,
    pictures TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'removed')),
    reason TEXT NOT NULL DEFAULT '',
    reference TEXT NOT NULL DEFAULT '',
    version INTEGER NOT NULL DEFAULT 1,
    changed_at TEXT,
    UNIQUE (marketplace, id)
);
CREATE INDEX IF NOT EXISTS listing_of_shop ON listing (shop, number);
CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY,
    shop INTEGER NOT NULL REFERENCES shop (number),
    text TEXT NOT NULL,
    link TEXT NOT NULL,
    reference TEXT NOT NULL,
    received_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS message_of_shop ON message (shop, number);
CREATE TABLE IF NOT EXISTS command (
    id TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    status INTEGER NOT NULL,
    answer TEXT NOT NULL,
    received_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS change (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    marketplace TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('shop', 'listing')),
    target INTEGER NOT NULL,
    UNIQUE (kind, target)
)
"""
"""`change` has one row for each shop and listing; a change gives it the next number. SQLite lets one writer in at a time,
so numbers become visible in their order and a reader that goes on behind the last one it saw misses nothing."""

PUBLISHED = {"bazarro": 3_900_000_000, "lanqiao": 699_000_000_000, "nordmart": 9_000_000}
"""Where the ids of listings published by command begin, above all that are in the catalogue and the stock."""


@dataclass(frozen=True)
class Marketplace:
    """One of the invented marketplaces and the form of its addresses."""

    key: str
    name: str
    language: str
    currency: str
    motto: str
    listing_path: str
    shop_path: str


@dataclass(frozen=True)
class Shop:
    """A shop as the public sees it. `state` is open, restricted (nothing can be bought) or closed."""

    number: int
    marketplace: str
    id: str
    name: str
    place: str
    since: str
    about: str
    state: str
    reason: str
    reference: str
    version: int
    changed_at: str | None


@dataclass(frozen=True)
class Listing:
    """A listing as the public sees it, with its shop. `state` is live or removed."""

    number: int
    marketplace: str
    id: str
    shop: Shop
    title: str
    price: str
    listed_on: str
    description: str
    pictures: tuple[str, ...]
    state: str
    reason: str
    reference: str
    version: int
    changed_at: str | None

    @property
    def on_sale(self) -> bool:
        """Whether it can be bought: live, in an open shop."""
        return self.state == "live" and self.shop.state == "open"


@dataclass(frozen=True)
class Message:
    """What a platform had a shop told. `link` and `reference` may be empty."""

    number: int
    shop: int
    text: str
    link: str
    reference: str
    received_at: str


class Store:
    """The database of one data folder. Every call opens a connection of its own, so any thread may call."""

    def __init__(self, folder: Path, *, bulk: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "sandbox.sqlite3"
        catalogue = json.loads(CATALOGUE.read_text(encoding="utf-8"))
        self.marketplaces = {entry["key"]: _marketplace(entry) for entry in catalogue}
        self.pictures = frozenset(path.stem for path in (HERE / "pictures").glob("*.webp"))
        self._prepare([*catalogue, *({"key": entry["key"], "shops": stock(entry["key"], bulk)} for entry in catalogue if bulk)])

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection for reads."""
        connection = sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a connection inside one transaction that excludes every other writer from its first statement on."""
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def shop(self, marketplace: str, shop_id: str) -> Shop | None:
        """Return a shop, or None."""
        with self.reading() as connection:
            return find_shop(connection, marketplace, shop_id)

    def listing(self, marketplace: str, listing_id: str) -> Listing | None:
        """Return a listing, or None."""
        with self.reading() as connection:
            return find_listing(connection, marketplace, listing_id)

    def shops(self, *, marketplace: str | None = None, after: int = 0, limit: int = 100) -> list[Shop]:
        """Return shops in a fixed order, those behind number `after`."""
        where, values = _conditions([("number > ?", after), ("marketplace = ?", marketplace)])
        with self.reading() as connection:
            rows = connection.execute(f"SELECT * FROM shop WHERE {where} ORDER BY number LIMIT ?", (*values, limit))
            return [Shop(**row) for row in rows]

    def listings(
        self,
        *,
        marketplace: str | None = None,
        shop: int | None = None,
        state: str | None = None,
        is_on_sale: bool = False,
        after: int = 0,
        limit: int = 100,
    ) -> list[Listing]:
        """Return listings in a fixed order, those behind number `after`; `is_on_sale` leaves live ones of open shops."""
        where, values = _conditions([("number > ?", after), ("marketplace = ?", marketplace), ("shop = ?", shop), ("state = ?", state)])
        if is_on_sale:
            where += " AND state = 'live' AND shop IN (SELECT number FROM shop WHERE state = 'open')"
        with self.reading() as connection:
            rows = connection.execute(f"SELECT * FROM listing WHERE {where} ORDER BY number LIMIT ?", (*values, limit)).fetchall()
            return _with_shops(connection, rows)

    def messages(self, shop: int, *, limit: int = 50) -> list[Message]:
        """Return the messages of a shop, newest first."""
        with self.reading() as connection:
            rows = connection.execute("SELECT * FROM message WHERE shop = ? ORDER BY number DESC LIMIT ?", (shop, limit))
            return [Message(**row) for row in rows]

    def listings_by_id(self, marketplace: str, ids: Sequence[str]) -> list[Listing]:
        """Return the listings that are there, in the order of `ids`."""
        marks = ", ".join("?" * len(ids))
        with self.reading() as connection:
            rows = connection.execute(f"SELECT * FROM listing WHERE marketplace = ? AND id IN ({marks})", (marketplace, *ids)).fetchall()
            found = {listing.id: listing for listing in _with_shops(connection, rows)}
        return [found[one] for one in dict.fromkeys(ids) if one in found]

    def changes(self, *, marketplace: str | None = None, after: int = 0, limit: int = 100) -> list[tuple[int, Shop | Listing]]:
        """Return shops and listings as they are now, each with the number of its last change, in the order of change."""
        where, values = _conditions([("number > ?", after), ("marketplace = ?", marketplace)])
        with self.reading() as connection:
            connection.execute("BEGIN")
            changed = connection.execute(f"SELECT * FROM change WHERE {where} ORDER BY number LIMIT ?", (*values, limit)).fetchall()
            found = _by_number(connection, changed)
        return [(row["number"], found[row["kind"], row["target"]]) for row in changed]

    def _prepare(self, catalogue: Sequence[dict[str, Any]]) -> None:
        with self.reading() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        with self.writing() as connection:
            for statement in SCHEMA.split(";"):
                connection.execute(statement)
            for entry in catalogue:
                _seed(connection, entry)
            for kind in ("shop", "listing"):
                connection.execute(
                    f"INSERT OR IGNORE INTO change (marketplace, kind, target) SELECT marketplace, '{kind}', number FROM {kind}"
                    f" WHERE number NOT IN (SELECT target FROM change WHERE kind = '{kind}') ORDER BY number"
                )


def find_shop(connection: sqlite3.Connection, marketplace: str, shop_id: str) -> Shop | None:
    """Return a shop as one transaction sees it, or None."""
    row = connection.execute("SELECT * FROM shop WHERE marketplace = ? AND id = ?", (marketplace, shop_id)).fetchone()
    return Shop(**row) if row else None


def find_listing(connection: sqlite3.Connection, marketplace: str, listing_id: str) -> Listing | None:
    """Return a listing as one transaction sees it, or None."""
    rows = connection.execute("SELECT * FROM listing WHERE marketplace = ? AND id = ?", (marketplace, listing_id)).fetchall()
    return next(iter(_with_shops(connection, rows)), None)


def note_change(connection: sqlite3.Connection, marketplace: str, kind: str, number: int) -> None:
    """Move a shop or a listing to the end of the order of change."""
    connection.execute("INSERT OR REPLACE INTO change (marketplace, kind, target) VALUES (?, ?, ?)", (marketplace, kind, number))


def add_listing(
    connection: sqlite3.Connection, shop: Shop, *, title: str, price: str, picture: str, description: str, listed_on: str
) -> str:
    """Add a live listing to a shop and return its id."""
    first = PUBLISHED[shop.marketplace]
    query = "SELECT MAX(CAST(id AS INTEGER)) FROM listing WHERE marketplace = ? AND CAST(id AS INTEGER) >= ?"
    listing_id = str((connection.execute(query, (shop.marketplace, first)).fetchone()[0] or first) + 1)
    added = connection.execute(
        "INSERT INTO listing (marketplace, id, shop, title, price, listed_on, description, pictures) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (shop.marketplace, listing_id, shop.number, title, price, listed_on, description, json.dumps([picture])),
    )
    note_change(connection, shop.marketplace, "listing", added.lastrowid or 0)
    return listing_id


def add_message(connection: sqlite3.Connection, shop: Shop, *, text: str, link: str, reference: str, received_at: str) -> None:
    """Add a message to a shop."""
    connection.execute(
        "INSERT INTO message (shop, text, link, reference, received_at) VALUES (?, ?, ?, ?, ?)",
        (shop.number, text, link, reference, received_at),
    )


def _by_number(connection: sqlite3.Connection, changed: Sequence[sqlite3.Row]) -> dict[tuple[str, int], Shop | Listing]:
    found: dict[tuple[str, int], Shop | Listing] = {}
    for kind in ("shop", "listing"):
        numbers = [row["target"] for row in changed if row["kind"] == kind]
        rows = connection.execute(f"SELECT * FROM {kind} WHERE number IN ({', '.join('?' * len(numbers))})", numbers).fetchall()
        records: Sequence[Shop | Listing] = [Shop(**row) for row in rows] if kind == "shop" else _with_shops(connection, rows)
        found |= {(kind, record.number): record for record in records}
    return found


def _with_shops(connection: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> list[Listing]:
    numbers = {row["shop"] for row in rows}
    marks = ", ".join("?" * len(numbers))
    shops = {row["number"]: Shop(**row) for row in connection.execute(f"SELECT * FROM shop WHERE number IN ({marks})", tuple(numbers))}
    return [Listing(**{**row, "shop": shops[row["shop"]], "pictures": tuple(json.loads(row["pictures"]))}) for row in rows]


def _conditions(wanted: Sequence[tuple[str, object]]) -> tuple[str, list[object]]:
    given = [(text, value) for text, value in wanted if value is not None]
    return " AND ".join(text for text, _value in given), [value for _text, value in given]


def _marketplace(entry: dict[str, Any]) -> Marketplace:
    return Marketplace(**{name: entry[name] for name in Marketplace.__dataclass_fields__})


def _seed(connection: sqlite3.Connection, entry: dict[str, Any]) -> None:
    """Put in what is not there yet; what commands changed stays as it is."""
    key = entry["key"]
    for shop in entry["shops"]:
        connection.execute(
            "INSERT OR IGNORE INTO shop (marketplace, id, name, place, since, about) VALUES (?, ?, ?, ?, ?, ?)",
            (key, shop["id"], shop["name"], shop["place"], shop["since"], shop["about"]),
        )
        number = connection.execute("SELECT number FROM shop WHERE marketplace = ? AND id = ?", (key, shop["id"])).fetchone()[0]
        connection.executemany(
            "INSERT OR IGNORE INTO listing (marketplace, id, shop, title, price, listed_on, description, pictures)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (key, row["id"], number, row["title"], row["price"], row["listed_on"], row["description"], json.dumps(row["pictures"]))
                for row in shop["listings"]
            ],
        )

"""What the demo's crowd does: which complaints are filed about which shops, when, and how each dispute ends. Names are invented."""

from __future__ import annotations

from dataclasses import dataclass

SHOPS = {
    "bazarro": ("912010031", "912010048", "912010065", "912010082", "912010099", "912010116", "912010133", "912010150", "912010167"),
    "lanqiao": ("30117", "30152", "30188", "30223", "30259", "30294", "30330", "30365", "30401"),
    "nordmart": (
        "birch-and-brass",
        "harbour-nine",
        "kiln-yard",
        "lantern-street",
        "northlight-home",
        "paper-and-wool",
        "saltmarsh",
        "two-otters",
        "wintergarden",
    ),
}
"""The sandbox's further shops, with 72 listings each."""


@dataclass(frozen=True)
class SellerAccount:
    """An invented company that runs shops and has claimed them: its owner, a colleague, and which of a marketplace's shops."""

    email: str
    full_name: str
    name: str
    country: str
    language: str
    shops: tuple[tuple[str, int], ...]


SELLERS = (
    SellerAccount(
        "wen.hao@copperlane.example",
        "Wen Hao",
        "Copper Lane Trading",
        "CN",
        "en",
        (("bazarro", 0), ("bazarro", 1), ("bazarro", 2), ("nordmart", 0)),
    ),
    SellerAccount("zhao.min@qingchuan.example", "赵敏", "晴川百货商行", "CN", "zh-hans", (("lanqiao", 0), ("lanqiao", 1), ("lanqiao", 2))),
    SellerAccount(
        "maren.holt@brightbarrow.example",
        "Maren Holt",
        "Brightbarrow GmbH",
        "DE",
        "en",
        (("nordmart", 1), ("nordmart", 2), ("nordmart", 3)),
    ),
    SellerAccount("pia.soren@littleharbour.example", "Pia Soren", "Little Harbour Oy", "FI", "en", (("bazarro", 3), ("lanqiao", 3))),
)

OFFENDERS = (
    (("bazarro", 4), 3),
    (("lanqiao", 4), 3),
    (("bazarro", 5), 3),
    (("lanqiao", 5), 3),
    (("bazarro", 6), 2),
    (("nordmart", 4), 2),
    (("bazarro", 3), 1),
    (("lanqiao", 3), 2),
)
"""Shops that did not answer, and how many strikes each has. The last two are claimed: their seller sees what that brings."""


@dataclass(frozen=True)
class Complaint:
    """One complaint of the crowd. `ends` is how each shop's part goes; `open_hours` counts business hours back from now for open ones.

    Ends: silence, conceded, lapsed, overturned, upheld, withdrawn, waiting, contested; told can still be
    answered, queued is not decided yet.
    """

    shops: tuple[tuple[str, int], ...]
    listings: int
    ends: str
    days_ago: float = 0
    open_hours: float = 0
    is_serious: bool = False


CLAIMED = tuple(shop for seller in SELLERS for shop in seller.shops)
QUIET = (("bazarro", 7), ("bazarro", 8), ("lanqiao", 6), ("lanqiao", 7), ("lanqiao", 8), *(("nordmart", number) for number in range(5, 9)))
PAIRS = 10
"""Complaints for each end of a dispute; each concerns two claimed shops."""


def complaints() -> list[Complaint]:
    """Return everything that is filed, oldest first."""
    found = [*_strikes(), *_disputes(), *_told(), *_silences(), *_open()]
    return sorted(found, key=lambda item: -item.days_ago)


def _strikes() -> list[Complaint]:
    """Return complaints about counterfeits far enough apart that each is a strike of its own."""
    return [
        Complaint((shop,), 15, "silence", days_ago=60 - 9 * strike - place * 0.5, is_serious=True)
        for place, (shop, strikes) in enumerate(OFFENDERS)
        for strike in range(strikes)
    ]


def _disputes() -> list[Complaint]:
    """Return complaints whose sellers answered: long ago for those that are over, lately for those that are not."""
    over = {"conceded": 40.0, "lapsed": 44.0, "overturned": 36.0, "upheld": 48.0, "withdrawn": 31.0}
    lately = {"waiting": 1.4, "contested": 2.2}
    return [
        Complaint(_pair(number), 5, end, days_ago=days + number * (1.1 if end in over else 0.02))
        for end, days in (over | lately).items()
        for number in range(PAIRS)
    ]


def _told() -> list[Complaint]:
    """Return complaints accepted this morning whose sellers can still answer."""
    return [Complaint((CLAIMED[place],), 6, "told", days_ago=0.5 - 0.05 * number) for number, place in enumerate((3, 4, 10, 11))]


def _silences() -> list[Complaint]:
    """Return complaints nobody answered, about lesser things: they count for nothing but are on the record."""
    return [Complaint((QUIET[number % len(QUIET)],), 9, "silence", days_ago=57 - 1.2 * number) for number in range(38)]


def _open() -> list[Complaint]:
    """Return complaints that wait for a reviewer: fresh ones, five that are due within four hours, three that are late."""
    hours = [*(2.0 + number for number in range(14)), *(20.4, 21.0, 21.7, 22.3, 23.0), *(25.0, 27.5, 31.0)]
    return [Complaint((QUIET[number % len(QUIET)],), 9, "queued", open_hours=back) for number, back in enumerate(hours)]


def _pair(number: int) -> tuple[tuple[str, int], ...]:
    return (CLAIMED[number % len(CLAIMED)], CLAIMED[(number + 5) % len(CLAIMED)])

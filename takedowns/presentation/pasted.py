"""Pasted links as the rights holder sees them before filing: row by row, what each is, what is wrong with it and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import get_language

from ipp.core.services.idempotency import request_hash
from ipp.core.ui import MeterPart, StateBadge
from marketplaces.models import Listing, Marketplace
from marketplaces.queries import PictureLink, marketplaces_in_force
from marketplaces.rules.links import Link
from takedowns.presentation.portal import ROW_STATES
from takedowns.services.checking import Checked, CheckedRow, platform_day

SHOWN_ROWS = 400
"""Rows drawn at once: a full complaint and what is wrong beside it; more than that is mended in turns."""

Catalogue = Callable[[Iterable[Link]], Mapping[tuple[str, str], tuple[Listing, Sequence[PictureLink]]]]
SHOWS = {"": ("pass", "merged", "remedy", "block"), "fine": ("pass", "merged"), "problem": ("remedy", "block")}


@dataclass(frozen=True)
class PastedRow:
    """One link: its number from 1, what was typed, what it names, and what is wrong with it."""

    number: int
    typed: str
    result: str
    badge: StateBadge
    message: str
    place: str = ""
    listing_id: str = ""
    url: str = ""
    title: str = ""
    shop: str = ""
    picture: PictureLink | None = None
    is_looked_up: bool = True

    @property
    def field(self) -> str:
        """The name of the field in which the link can be typed again; it counts from 0, as the entries do."""
        return f"row-{self.number - 1}"

    @property
    def is_wrong(self) -> bool:
        """Whether it cannot be filed as it is."""
        return self.result in ("remedy", "block")


@dataclass(frozen=True)
class PastePage:
    """The rows to look at, how many there are of each kind, and what is wrong with the list as a whole."""

    rows: Sequence[PastedRow]
    counts: Mapping[str, int]
    show: str
    hidden: int
    errors: Sequence[str]
    seen: str

    @property
    def usable(self) -> int:
        """Listings that can be filed."""
        return self.counts["pass"]

    @property
    def wrong(self) -> int:
        """Links that cannot be filed."""
        return self.counts["remedy"] + self.counts["block"]

    @property
    def total(self) -> int:
        """Every link."""
        return sum(self.counts.values())

    @property
    def fine(self) -> int:
        """Links there is nothing to do about."""
        return self.counts["pass"] + self.counts["merged"]

    @property
    def parts(self) -> list[MeterPart]:
        """The kinds as parts of a bar."""
        return [MeterPart(badge.label, self.counts[kind], badge.tone) for kind, badge in ROW_STATES.items() if self.counts[kind]]


def paste_page(checked: Checked, text: str, show: str, catalogue: Catalogue) -> PastePage:
    """Return pasted links ready to show; the catalogue is asked once for all rows that are shown."""
    show = show if show in SHOWS else ""
    wanted = [row for row in checked.rows if row.result in SHOWS[show]]
    shown = wanted[:SHOWN_ROWS]
    known = catalogue(row.link for row in shown)
    counts = {kind: sum(row.result == kind for row in checked.rows) for kind in ROW_STATES}
    about_list = [str(error.message) for error in checked.errors if error.pointer in ("listings", "right", "reason")]
    places = marketplaces_in_force(platform_day())
    rows = [_row(row, places, known) for row in shown]
    return PastePage(rows, counts, show, len(wanted) - len(shown), about_list, request_hash(text))


def place_names() -> dict[str, str]:
    """Return what the marketplaces are called in the reader's language, by their keys."""
    return {key: _name(place) for key, place in marketplaces_in_force(platform_day()).items()}


def _name(place: Marketplace) -> str:
    return place.name_zh if (get_language() or "en").startswith("zh") else place.name_en


def _row(
    row: CheckedRow, places: Mapping[str, Marketplace], known: Mapping[tuple[str, str], tuple[Listing, Sequence[PictureLink]]]
) -> PastedRow:
    link = row.link
    place = places.get(link.marketplace or "")
    listing, pictures = known.get((link.marketplace or "", link.external_id or ""), (None, ()))
    return PastedRow(
        number=row.number + 1,
        typed=link.input,
        result=row.result,
        badge=ROW_STATES[row.result],
        message=row.message,
        place=_name(place) if place is not None else "",
        listing_id=link.listing_id or "",
        url=link.canonical_url or "",
        title=listing.title if listing is not None else "",
        shop=listing.seller.name if listing is not None and listing.seller is not None else "",
        picture=pictures[0] if pictures else None,
        is_looked_up=place is not None and place.connector != "none",
    )

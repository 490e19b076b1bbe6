"""The review desk as its page shows it: the strip, the listing beside the right, the checks, the reasons with their keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from ipp.core.models import StoredPage
from ipp.core.navigation import Link, add_group
from ipp.core.services.files import page_link
from ipp.core.ui import Fact, StateBadge, badge_of, exact_day, exact_moment
from marketplaces.models import Snapshot
from marketplaces.queries import PictureLink, pictures_of
from rightsholders.models import RightDocument
from takedowns import rules
from takedowns.models import Complaint, Evidence, RejectionCode, ReportedListing
from takedowns.presentation.words import LISTING_AXIS
from takedowns.queries.desk import Found, StripRow, queue_length
from takedowns.queries.disputes import disputes_waiting
from takedowns.services.findings import sentence

STRIP_LENGTH = 24
KEYS = "123456789"
USUAL_FIRST = ("R05", "R06", "R09", "R11", "R07", "R13", "R14", "R08", "R12")
"""What a listing that is not accepted most often ends in: these have the number keys, in this order."""

SHOWN_FIRST = ("mark", "work")
"""Documents of a right that show what is compared with the listing; certificates say it in words."""

add_group(
    "staff",
    (
        _l("Review"),
        (
            Link("takedowns:queue", _l("Complaints"), "gavel", count=queue_length, due=True),
            Link("takedowns:disputes", _l("Disputes"), "scale", count=disputes_waiting, due=True),
            Link("takedowns:leads", _l("Leads"), "flag"),
        ),
    ),
    position=0,
)


@dataclass(frozen=True)
class Shot:
    """One picture: where it is, how large, what it shows, and what is written under it."""

    url: str
    width: int
    height: int
    alt: str
    caption: str = ""


@dataclass(frozen=True)
class StripItem:
    """One listing in the strip."""

    row: StripRow
    url: str
    badge: StateBadge
    shot: Shot | None
    is_current: bool
    is_warned: bool

    @property
    def is_open(self) -> bool:
        """Whether it still waits for a decision."""
        return self.row.is_open

    @property
    def label(self) -> str:
        """The listing in words, for those who do not see the picture."""
        label = _("Listing %(number)s, %(state)s: %(title)s") % {
            "number": self.row.position,
            "state": self.badge.label,
            "title": self.row.title,
        }
        return _("%(label)s, look closely") % {"label": label} if self.is_warned else label


@dataclass(frozen=True)
class Strip:
    """The part of a complaint's listings around the current one, with ways to what lies before and behind it."""

    items: Sequence[StripItem]
    total: int
    open_count: int
    earlier_url: str
    later_url: str
    previous_url: str
    next_url: str

    @property
    def span(self) -> str:
        """Which listings are in view."""
        return f"{self.items[0].row.position} – {self.items[-1].row.position}" if self.items else ""


@dataclass(frozen=True)
class Check:
    """Something that was looked at before anybody acts: `tone` ok, warn or bad."""

    tone: str
    text: str
    note: str = ""
    is_private: bool = False

    @property
    def icon(self) -> str:
        """Its drawing."""
        return "circle-check" if self.tone == "ok" else "alert-triangle" if self.tone == "warn" else "circle-x"


@dataclass(frozen=True)
class Change:
    """What a listing said when it was reported and what it says now."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Reason:
    """A reason for not accepting a listing, with the key that picks it."""

    code: str
    label: str
    help: str
    key: str = ""


@dataclass(frozen=True)
class Bundle:
    """Pictures that belong together: a document of the right, what was brought for one requirement, a listing's own."""

    shots: Sequence[Shot]


@dataclass(frozen=True)
class Card:
    """One of several listings that are decided alike, with what tells it from the others."""

    row: ReportedListing
    shot: Shot | None
    price: str
    checks: Sequence[Check]


def listing_url(complaint: Complaint, position: int) -> str:
    """Return the console's address of one listing."""
    return f"{reverse('takedowns:review', args=[complaint.code])}?listing={position}"


def strip(complaint: Complaint, rows: Sequence[StripRow], current: int, warned: set[int]) -> Strip:
    """Return the strip around the current listing; pictures are asked for once."""
    places = [row.position for row in rows]
    index = places.index(current)
    start = index // STRIP_LENGTH * STRIP_LENGTH
    window = rows[start : start + STRIP_LENGTH]
    pictures = pictures_of([row.snapshot_id for row in window if row.snapshot_id is not None])

    def at(place: int) -> str:
        return listing_url(complaint, places[place]) if 0 <= place < len(places) else ""

    items = [
        StripItem(
            row=row,
            url=listing_url(complaint, row.position),
            badge=badge_of(row.status, LISTING_AXIS),
            shot=_first(pictures.get(row.snapshot_id or 0, ()), row.title),
            is_current=row.position == current,
            is_warned=row.position in warned,
        )
        for row in window
    ]
    open_count = sum(row.is_open for row in rows)
    return Strip(
        items,
        len(rows),
        open_count,
        at(start - 1) if start else "",
        at(start + STRIP_LENGTH),
        at(index - 1) if index else "",
        at(index + 1),
    )


def shots_of(links: Iterable[PictureLink], title: str) -> list[Shot]:
    """Return a listing's pictures."""
    return [
        Shot(link.url, link.width, link.height, _("Picture %(number)s of the listing: %(title)s") % {"number": number, "title": title})
        for number, link in enumerate(links, start=1)
    ]


def listing_facts(row: ReportedListing, language: str) -> list[Fact]:
    """Return what the frozen listing says."""
    seen = row.snapshot_filed
    shop = row.seller.name if row.seller else seen.seller_name if seen else ""
    return [
        Fact(_("Price"), price_of(seen) if seen else ""),
        Fact(_("Shop"), shop, note=row.seller.place if row.seller else ""),
        Fact(_("Marketplace"), row.marketplace.name(language) + (f" · {row.site}" if row.site else "")),
        Fact(_("Number"), row.external_id, is_ref=True),
        Fact(
            _("If accepted"),
            _("comes down at once") if row.removal == rules.ON_ACCEPT else _("comes down after the seller's time to answer"),
        ),
    ]


def changes_since(filed: Snapshot | None, latest: Snapshot | None, pictures: Mapping[int, Sequence[PictureLink]]) -> list[Change]:
    """Return how a listing differs from when it was reported; nothing when it does not."""
    if filed is None or latest is None or filed.pk == latest.pk:
        return []
    pairs = [
        (_("Title"), filed.title, latest.title),
        (_("Price"), price_of(filed), price_of(latest)),
        (_("Shop"), filed.seller_name, latest.seller_name),
        (_("Description"), _short(filed.description), _short(latest.description)),
        (_("State"), _state_word(filed.state), _state_word(latest.state)),
        (_("Pictures"), _count(pictures.get(filed.pk, ())), _count(pictures.get(latest.pk, ()))),
    ]
    differing = [Change(label, before, after) for label, before, after in pairs if before != after]
    return differing or [Change(_("Pictures or small print"), _("as pictured here"), _("not the same any more"))]


def verified_facts(complaint: Complaint, row: ReportedListing, found: Sequence[Found]) -> list[Check]:
    """Return what was verified before anybody acts on the listing (requirement SLA-04)."""
    right = complaint.right
    checks = []
    if right.validated_at is not None:
        checks.append(Check("ok", _("The right was confirmed by a verifier"), exact_moment(right.validated_at)))
    about_all = [item for item in found if not item.positions and not item.is_private]
    checks += [_check(item) for item in about_all]
    checks.append(
        Check("ok", _("Declared and signed by %(name)s, %(role)s") % {"name": complaint.signed_name, "role": complaint.signed_role})
    )
    if row.snapshot_filed is not None:
        note = exact_moment(row.snapshot_filed.taken_at)
        checks.append(Check("ok", _("The listing was seen by the platform itself and is frozen"), note))
    else:
        checks.append(Check("warn", _("The platform has not seen this listing yet"), _("Open the live page and compare by hand.")))
    return checks


def listing_checks(row: ReportedListing, found: Iterable[Found]) -> list[Check]:
    """Return what the checks say about one listing, those to look at first."""
    about = [_check(item) for item in found if row.position in item.positions]
    return sorted(about, key=lambda check: check.tone == "ok")


def private_checks(found: Iterable[Found]) -> list[Check]:
    """Return private findings about the whole complaint."""
    return [_check(item) for item in found if item.is_private and not item.positions]


def reasons(codes: Iterable[RejectionCode], language: str) -> list[Reason]:
    """Return the reasons, the usual ones first and with a key."""
    order = {code: place for place, code in enumerate(USUAL_FIRST)}
    ordered = sorted(codes, key=lambda item: (order.get(item.code, len(order)), item.position))
    keys = iter(KEYS)
    return [Reason(item.code, item.label(language), item.help(language), next(keys, "")) for item in ordered]


def statement_facts(complaint: Complaint, language: str) -> list[Fact]:
    """Return what the filer stated, each under the words it was asked with."""
    asked = {item["key"]: item for item in complaint.reason.requirements(complaint.tier)}
    facts = [Fact(_("First seen on"), exact_day(complaint.seen_on))]
    for key, value in complaint.statements.items():
        item = asked.get(key, {})
        label = item.get("zh" if language.startswith("zh") else "en", key)
        facts.append(Fact(label, _("Yes") if value is True else value))
    return facts


def against(complaint: Complaint, documents: Iterable[RightDocument], brought: Iterable[Evidence], language: str) -> list[Bundle]:
    """Return everything that stands against a listing as pictures: the mark or the work first, other papers, then the evidence."""
    asked = {item["key"]: item["zh" if language.startswith("zh") else "en"] for item in complaint.reason.requirements(complaint.tier)}
    asked["answer"] = _("Sent with the answer")
    papers = sorted(documents, key=lambda document: document.kind not in SHOWN_FIRST)
    bundles = [
        Bundle([page_shot(page, str(item.get_kind_display()) or _("Document")) for page in item.file.pages.all()]) for item in papers
    ]
    for item in brought:
        bundles.append(Bundle([page_shot(page, asked.get(item.requirement, item.requirement)) for page in item.file.pages.all()]))
    return [bundle for bundle in bundles if bundle.shots]


def page_shot(page: StoredPage, name: str) -> Shot:
    """Return a stored page as a picture."""
    caption = _("%(name)s, page %(number)s") % {"number": page.number, "name": name} if page.number > 1 else name
    return Shot(page_link(page, name="page"), page.width, page.height, caption, caption)


def cards(rows: Sequence[ReportedListing], found: Sequence[Found]) -> list[Card]:
    """Return several listings as cards; pictures are asked for once."""
    pictures = pictures_of([row.snapshot_filed_id for row in rows if row.snapshot_filed_id is not None])
    return [
        Card(
            row=row,
            shot=_first(pictures.get(row.snapshot_filed_id or 0, ()), row.snapshot_filed.title if row.snapshot_filed else row.key),
            price=price_of(row.snapshot_filed) if row.snapshot_filed else "",
            checks=[check for check in listing_checks(row, found) if check.tone != "ok"],
        )
        for row in rows
    ]


def price_of(snapshot: Snapshot) -> str:
    """Return a price with its currency; nothing where none was shown."""
    return f"{snapshot.price_currency} {snapshot.price_amount}".strip() if snapshot.price_amount is not None else ""


def told(positions: Sequence[int], *, accepted: bool) -> str:
    """Return what a decision was, for the bar that offers to take it back."""
    if len(positions) == 1:
        sentence_of_one = _("Listing %(number)s accepted.") if accepted else _("Listing %(number)s not accepted.")
        return sentence_of_one % {"number": positions[0]}
    count = len(positions)
    if accepted:
        return ngettext("%(count)s listing accepted.", "%(count)s listings accepted.", count) % {"count": count}
    return ngettext("%(count)s listing not accepted.", "%(count)s listings not accepted.", count) % {"count": count}


def held_until(complaint: Complaint, moment: datetime) -> str:
    """Return until when somebody holds a complaint; nothing when nobody does."""
    ends = complaint.claim_expires_at
    return exact_moment(ends) if ends is not None and ends > moment else ""


def _first(links: Iterable[PictureLink], title: str) -> Shot | None:
    link = next(iter(links), None)
    return Shot(link.url, link.width, link.height, title) if link is not None else None


def _check(item: Found) -> Check:
    tones = {"pass": "ok", "warn": "warn", "remedy": "warn"}
    text = sentence(rules.Found(item.check, item.result, item.facts))
    return Check(tones.get(item.result, "bad"), text, is_private=item.is_private)


def _short(text: str) -> str:
    return text if len(text) <= 160 else f"{text[:159]}…"


def _state_word(state: str) -> str:
    return _("down") if state == "removed" else _("live")


def _count(links: Sequence[PictureLink]) -> str:
    return ngettext("%(count)s picture", "%(count)s pictures", len(links)) % {"count": len(links)}

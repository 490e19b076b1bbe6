"""Disputes as the desk's pages show them: both sides' papers, the frozen listings, who decided in each round, the reasons with keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from ipp.core.files import link_to
from ipp.core.timeline import Sentence, register_sentences
from ipp.core.ui import Fact, Figure, StateBadge, exact_moment, register_states
from marketplaces.models import Snapshot
from marketplaces.queries import PictureLink, pictures_of
from takedowns.lifecycle import CounterNoticeStatus, ListingStatus
from takedowns.models import CounterNotice, CounterNoticeListing, Decision, DisputeCode, Exhibit, ReportedListing, SellerNotice
from takedowns.presentation.desk import Bundle, Change, Shot, changes_since, price_of, shots_of
from takedowns.presentation.portal import percent
from takedowns.queries.disputes import PROMPT_DAYS, DisputeRow, Ruled

DESK_AXIS = "takedowns.dispute_desk"
"""Whose turn it is about a whole counter-notice, as the desk says it."""
PAGE_SECONDS = 600
"""How long a link to an exhibit's page is good."""

UPHOLD_KEYS, OVERTURN_KEYS = "1234", "567890"
"""One key for each reason: the two lists stand on one page."""

register_states(
    {
        DESK_AXIS: {
            CounterNoticeStatus.WAITING: StateBadge(_l("Waits for the rights holder"), "cn", "hourglass"),
            CounterNoticeStatus.CONTESTED: StateBadge(_l("Waits for us"), "warn", "scale"),
            CounterNoticeStatus.IN_REVIEW: StateBadge(_l("Being decided"), "info", "progress"),
            CounterNoticeStatus.CLOSED: StateBadge(_l("Closed"), "mute", "circle-check"),
        },
    }
)


def _listings(facts: Mapping[str, Any]) -> str:
    count = len(facts.get("positions", ()))
    return ngettext("%(count)s listing", "%(count)s listings", count) % {"count": count}


register_sentences(
    {
        "takedowns.listings.released": Sentence(
            lambda facts: (
                (_("gave %(listings)s back: overturned") if facts.get("how") == "overturned" else _("gave %(listings)s back: withdrawn"))
                % {"listings": _listings(facts)}
            ),
            "arrow-back-up",
            "cn",
        ),
    }
)


@dataclass(frozen=True)
class Round:
    """One decision about a listing: what, by whom, when, with which words; `note` says that it was taken back or is not told yet."""

    tone: str
    icon: str
    outcome: str
    reason: str
    who: str
    when: str
    message: str
    note: str
    decision: Decision


@dataclass(frozen=True)
class Article:
    """One disputed listing: as it was frozen, how it had changed when it was decided, and what was decided in each round."""

    row: DisputeRow
    title: str
    groups: Sequence[Bundle]
    changes: Sequence[Change]
    facts: Sequence[Fact]
    rounds: Sequence[Round]
    ending: str


@dataclass(frozen=True)
class Choice:
    """A reason for an outcome, with the key that picks it."""

    code: str
    label: str
    key: str


@dataclass(frozen=True)
class Standing:
    """A listing whose claim stands for good: it may be overturned, unless the reader decided about it before (`mine` says when)."""

    row: ReportedListing
    title: str
    shot: Shot | None
    mine: str


# -- the two sides -------------------------------------------------------------------------------------------------------------
def exhibit_bundles(exhibits: Iterable[Exhibit], asked: Mapping[str, str]) -> list[Bundle]:
    """Return exhibits as pictures, file by file; a file is named by what it was brought for."""
    bundles = []
    for item in exhibits:
        name = asked.get(item.requirement, item.name)
        shots = [_exhibit_page(page, number, name) for number, page in enumerate(item.pages, start=1)]
        bundles.append(Bundle(shots))
    return [bundle for bundle in bundles if bundle.shots]


def asked_by(grounds: Iterable[DisputeCode], language: str) -> dict[str, str]:
    """Return what grounds ask for, by key, in words."""
    column = "zh" if language.startswith("zh") else "en"
    return {item["key"]: item[column] for ground in grounds for item in ground.evidence}


def counter_facts(counter: CounterNotice) -> list[Fact]:
    """Return what a counter-notice says besides grounds and statement."""
    author = counter.author_organization.name
    return [
        Fact(_("Shop"), counter.seller.name, note=author if author != counter.seller.name else ""),
        Fact(_("Where the goods are"), counter.goods_location),
        Fact(_("Declared"), _("that it is true, made in good faith, and that a false one makes liable")),
        Fact(_("Signed by"), counter.signed_name, note=counter.signed_role),
        Fact(_("Filed"), exact_moment(counter.filed_at), note=_("by %(name)s") % {"name": counter.author_label}),
    ]


def notice_facts(notice: SellerNotice) -> list[Fact]:
    """Return what is to know of a notice to a shop."""
    return [
        Fact(_("Notice"), notice.reference, is_ref=True),
        Fact(_("Sent"), exact_moment(notice.notified_at) if notice.notified_at else _("still on its way")),
        Fact(_("Can be answered until"), exact_moment(notice.due_at) if notice.due_at else ""),
    ]


def positions_words(positions: Sequence[int], total: int) -> str:
    """Return which listings something is about; nothing where it is about all of them."""
    if len(positions) >= total:
        return ""
    return _("About listings %(numbers)s") % {"numbers": ", ".join(str(place) for place in positions)}


# -- the listings --------------------------------------------------------------------------------------------------------------
def articles(rows: Sequence[DisputeRow], language: str) -> list[Article]:
    """Return the listings of a dispute for reading; pictures are asked for once."""
    kept = [snapshot for row in rows for snapshot in (row.listing.snapshot_filed, row.listing.snapshot_decided) if snapshot is not None]
    pictures = pictures_of({snapshot.pk for snapshot in kept})
    return [_article(row, pictures, language) for row in rows]


def rounds_of(decisions: Iterable[Any], row: ReportedListing, language: str) -> list[Round]:
    """Return who decided in each round, oldest first (`decisions_by_listing` says which were told)."""
    return [_round(item, row, language) for item in decisions]


def standing(rows: Sequence[ReportedListing], mine: Iterable[Decision]) -> list[Standing]:
    """Return the listings that may be overturned, with those the reader decided about marked."""
    before = {item.reported_listing_id: item for item in mine}
    pictures = pictures_of([row.snapshot_filed_id for row in rows if row.snapshot_filed_id is not None])
    found = []
    for row in rows:
        title = row.snapshot_filed.title if row.snapshot_filed else row.key
        link = next(iter(pictures.get(row.snapshot_filed_id or 0, ())), None)
        shot = Shot(link.url, link.width, link.height, title) if link is not None else None
        found.append(Standing(row, title, shot, exact_moment(before[row.pk].decided_at) if row.pk in before else ""))
    return found


# -- ruling --------------------------------------------------------------------------------------------------------------------
def choices(codes: Iterable[DisputeCode], keys: str, language: str) -> list[Choice]:
    """Return the reasons for an outcome, each with its key as far as there are keys."""
    spare = iter(keys)
    return [Choice(code.pk, code.label(language), next(spare, "")) for code in codes]


def told(positions: Sequence[int], *, overturned: bool) -> str:
    """Return what a ruling was, for the bar that offers to take it back."""
    values = {"numbers": ", ".join(str(place) for place in positions[:8]) + (" …" if len(positions) > 8 else "")}  # noqa: PLR2004 (a bar is short)
    if overturned:
        return ngettext("Listing %(numbers)s: overturned.", "Listings %(numbers)s: overturned.", len(positions)) % values
    return ngettext("Listing %(numbers)s: claim upheld.", "Listings %(numbers)s: claim upheld.", len(positions)) % values


def decided_before_words(mine: Sequence[Decision], user_id: int | None) -> str:
    """Return why this person may not decide: what they decided, when, and under which account."""
    first = mine[0]
    values = {"number": first.reported_listing.position, "moment": exact_moment(first.decided_at), "account": str(first.decided_by)}
    if first.decided_by_id == user_id:
        return _("You decided about listing %(number)s on %(moment)s. A dispute is decided by somebody who did not.") % values
    return (
        _(
            "You decided about listing %(number)s on %(moment)s, with your account %(account)s. "
            "Two accounts of one person are one person; a dispute is decided by somebody else."
        )
        % values
    )


def figures(waiting: int, late: int, ruled: Ruled) -> list[Figure]:
    """Return how the desk keeps up with disputes."""
    note = _("%(in_time)s of %(decided)s listings in %(days)s days") % {
        "in_time": ruled.in_time,
        "decided": ruled.decided,
        "days": PROMPT_DAYS,
    }
    return [
        Figure(_("Waiting"), waiting, note=_("disputes with the platform")),
        Figure(_("Late"), late, note=_("beyond their due moment")),
        Figure(_("Decided in time"), percent(ruled.share), note=note if ruled.decided else _("nothing decided yet")),
    ]


def _exhibit_page(page: Mapping[str, Any], number: int, name: str) -> Shot:
    caption = _("%(name)s, page %(number)s") % {"number": number, "name": name} if number > 1 else name
    media_type = page["media_type"]
    url = link_to(page["key"], media_type=media_type, filename=f"page-{number}", disposition="inline", expires_in=PAGE_SECONDS)
    return Shot(url, page["width"], page["height"], caption, caption)


def _article(row: DisputeRow, pictures: Mapping[int, Sequence[PictureLink]], language: str) -> Article:
    listing = row.listing
    filed, decided = listing.snapshot_filed, listing.snapshot_decided
    title = filed.title if filed else listing.key
    groups = [Bundle(shots_of(pictures.get(filed.pk, ()), title))] if filed else []
    if decided is not None and (filed is None or decided.pk != filed.pk):
        groups.append(Bundle(_shots_at_decision(decided, pictures)))
    return Article(
        row=row,
        title=title,
        groups=[group for group in groups if group.shots],
        changes=changes_since(filed, decided, pictures),
        facts=_listing_facts(listing, language),
        rounds=rounds_of(row.decisions, listing, language),
        ending=_ending(row),
    )


def _shots_at_decision(snapshot: Snapshot, pictures: Mapping[int, Sequence[PictureLink]]) -> list[Shot]:
    words = _("as it was when it was decided")
    return [Shot(shot.url, shot.width, shot.height, shot.alt, words) for shot in shots_of(pictures.get(snapshot.pk, ()), snapshot.title)]


def _listing_facts(row: ReportedListing, language: str) -> list[Fact]:
    seen = row.snapshot_filed
    is_down = row.removed_at is not None and row.restored_at is None
    place = _("down since %(moment)s") % {"moment": exact_moment(row.removed_at)} if is_down and row.removed_at else _("online")
    return [
        Fact(_("Price"), price_of(seen) if seen else ""),
        Fact(_("Marketplace"), row.marketplace.name(language) + (f" · {row.site}" if row.site else "")),
        Fact(_("Number"), row.external_id, is_ref=True),
        Fact(_("Now"), place),
    ]


def _ending(row: DisputeRow) -> str:
    if row.dispute.outcome:
        return str(CounterNoticeListing.Outcome(row.dispute.outcome).label)
    if row.listing.status == ListingStatus.COUNTERED:
        return _("The rights holder has not answered for this listing yet.")
    return ""


TONES = {
    "accepted": ("ok", "circle-check"),
    "rejected": ("bad", "circle-x"),
    "upheld": ("ok", "gavel"),
    "overturned": ("info", "arrow-back-up"),
}


def _round(item: Any, row: ReportedListing, language: str) -> Round:
    is_taken_back = not item.told and item.round != row.round
    tone, icon = ("mute", "arrow-back-up") if is_taken_back else TONES[item.outcome]
    is_secret = not item.told and not is_taken_back and item.supersedes_id is not None
    code = item.ruling or item.rejection
    return Round(
        tone=tone,
        icon=icon,
        outcome=str(item.get_outcome_display()),
        reason=code.label(language) if code is not None else "",
        who=str(item.decided_by) if item.decided_by else _("By rule %(rule)s") % {"rule": item.rule},
        when=exact_moment(item.decided_at),
        message=item.message,
        note=_("taken back") if is_taken_back else _("not told to the parties yet") if is_secret else "",
        decision=item,
    )

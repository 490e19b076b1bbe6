"""How complaints read to the rights holder: what happens next, where each listing stands, why a right cannot be used, the menu."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from ipp.core.models import Organization
from ipp.core.navigation import Link, add_group
from ipp.core.ui import Fact, Figure, MeterPart, StateBadge, short_moment, zone_name
from marketplaces.lifecycle import Status as ActionStatus
from marketplaces.presentation import is_seller
from takedowns.lifecycle import DISPUTED, STANDS, ComplaintStatus, Ending, ListingStatus
from takedowns.models import Finding, FindingResult, ReportedListing
from takedowns.presentation.filing import requirement_word
from takedowns.queries.counter_notices import due_count
from takedowns.queries.own import ComplaintRow, Metrics
from takedowns.queries.portal import (
    ACCEPTED,
    CONTESTED,
    COUNTERED,
    DOWN,
    OPEN,
    OVERTURNED,
    REJECTED,
    UPHELD,
    WITHDRAWN,
    ListingDetails,
    Promptness,
    Windows,
)
from takedowns.rules import AFTER_WINDOW, Found, closes_at
from takedowns.services.findings import sentence


def _files(organization: Organization | None) -> bool:
    """Whether an organization is here to file complaints: everybody who is not here with shops."""
    return not is_seller(organization)


add_group(
    "portal",
    (
        _l("Complaints"),
        (
            Link("takedowns:new", _l("File a complaint"), "circle-plus", shown=_files),
            Link("takedowns:complaints", _l("Complaints"), "gavel", shown=_files),
            Link("takedowns:counter_notices", _l("Counter-notices"), "message-reply", count=due_count, due=True, shown=_files),
        ),
    ),
    position=1,
)

PLACE_WORDS = {
    UPHELD: (_l("upheld"), "ok"),
    DOWN: (_l("down, the seller can answer"), "ok"),
    ACCEPTED: (_l("accepted, not down yet"), "info"),
    COUNTERED: (_l("answered by the seller"), "warn"),
    CONTESTED: (_l("with the platform"), "cn"),
    OPEN: (_l("under review"), "info"),
    REJECTED: (_l("not accepted"), "bad"),
    OVERTURNED: (_l("overturned"), "bad"),
    WITHDRAWN: (_l("withdrawn"), "mute"),
}

ENDINGS = {
    Ending.SILENCE: _l("The seller did not answer in time. The claim stands."),
    Ending.UPHELD: _l("Claim upheld, counter-notice dismissed."),
    Ending.OVERTURNED: _l("Counter-notice upheld, listing restored."),
    Ending.CONCEDED: _l("You accepted the counter-notice."),
    Ending.LAPSED: _l("You did not answer the counter-notice in time, so the claim was withdrawn."),
    Ending.WITHDRAWN: _l("You withdrew it."),
}
"""How a claim ended, in words for who made it."""

ROW_STATES = {
    "pass": StateBadge(_l("Fine"), "ok", "circle-check"),
    "merged": StateBadge(_l("Same listing"), "mute", "copy"),
    "remedy": StateBadge(_l("Needs something"), "warn", "alert-triangle"),
    "block": StateBadge(_l("Cannot be filed"), "bad", "circle-x"),
}
"""What became of a pasted link, by the result of its check."""


# -- rights -----------------------------------------------------------------------------------------------------------------
def what_is_next(status: str, counts: Mapping[str, int], windows: Windows) -> str:
    """Return in a few sentences what happens next, as far as the rights holder may know."""
    words = {
        ComplaintStatus.FILED: _(
            "We check every listing now. This takes seconds; then a reviewer decides, by the moment beside the clock."
        ),
        ComplaintStatus.QUEUED: _(
            "The checks are done. A reviewer decides listing by listing, by the moment beside the clock. You need do nothing."
        ),
        ComplaintStatus.IN_REVIEW: _("A reviewer is looking at it. Each decision shows here once it takes effect. You need do nothing."),
        ComplaintStatus.INFORMATION_ASKED: _("A reviewer asked you something. The clock stands still until you answer below."),
        ComplaintStatus.WITHDRAWN: _("This complaint is withdrawn. What was taken down for it comes back on the marketplace."),
    }
    first = words[ComplaintStatus(status)] if status != ComplaintStatus.DECIDED else _when_decided(counts)
    return " ".join([first, *_turns(counts, windows)])


def _when_decided(counts: Mapping[str, int]) -> str:
    if not any(counts[place] for place in (UPHELD, DOWN, ACCEPTED, COUNTERED, CONTESTED, OVERTURNED)):
        return _("Every listing is decided and none was accepted. Each says why, and what would pass; file those again when you have it.")
    if coming := counts[ACCEPTED]:
        return ngettext(
            "Every listing is decided. %(count)s accepted listing is still to come down; its page will say why.",
            "Every listing is decided. %(count)s accepted listings are still to come down; their pages will say why.",
            coming,
        ) % {"count": coming}
    if counts[DOWN]:
        return _("Every listing is decided and every accepted one is down; its page says why.")
    return _("Every listing is decided.")


def _turns(counts: Mapping[str, int], windows: Windows) -> list[str]:
    """Return whose turn it is about accepted listings, and what their silence does."""
    said = []
    if windows.holder_until is not None:
        said.append(
            ngettext(
                "A seller answered for %(count)s listing: answer until %(moment)s, or the claim is withdrawn and it comes back.",
                "A seller answered for %(count)s listings: answer until %(moment)s, or the claims are withdrawn and they come back.",
                counts[COUNTERED],
            )
            % {"count": counts[COUNTERED], "moment": moment_here(windows.holder_until)}
        )
    if windows.platform_until is not None:
        said.append(
            ngettext(
                "A second reviewer decides about %(count)s listing by %(moment)s.",
                "A second reviewer decides about %(count)s listings by %(moment)s.",
                counts[CONTESTED],
            )
            % {"count": counts[CONTESTED], "moment": moment_here(windows.platform_until)}
        )
    if windows.seller_until is not None:
        said.append(
            _("The seller can answer until %(moment)s; a claim nobody answers then stands for good.")
            % {"moment": moment_here(windows.seller_until)}
        )
    return said


def moment_here(moment: datetime) -> str:
    """Return a due moment with the city of the zone it is told in, as a sentence names it."""
    return f"{short_moment(moment)} {zone_name()}"


def listing_counts() -> Callable[[ComplaintRow], SafeString]:
    """Return what tells of each row how many listings the complaint names, and below it how those ended that did."""
    language = get_language()
    return lambda row: _counts(
        row.listing_count,
        row.accepted_count,
        row.removed_count,
        row.upheld_count,
        row.disputed_count,
        row.overturned_count,
        row.rejected_count,
        row.withdrawn_count,
        language,
    )


@lru_cache(maxsize=2000)
def _counts(
    listings: int,
    accepted: int,
    removed: int,
    upheld: int,
    disputed: int,
    overturned: int,
    rejected: int,
    withdrawn: int,
    language: str | None,
) -> SafeString:
    """Return the counts in the language, which is the active one; most complaints read like another."""
    standing = (
        (accepted, _("%(count)s accepted")),
        (removed, _("%(count)s down")),
        (upheld, _("%(count)s upheld")),
        (disputed, _("%(count)s in dispute")),
    )
    others = ((overturned, _("%(count)s overturned")), (rejected, _("%(count)s not accepted")), (withdrawn, _("%(count)s withdrawn")))
    first = ", ".join(words % {"count": count} for count, words in standing if count) if accepted else ""
    ended = [*([first] if first else []), *(words % {"count": count} for count, words in others if count)]
    second = format_html('<span class="ipp-second">{}</span>', " · ".join(ended)) if ended else ""
    return format_html('<b class="ipp-strong">{}</b>{}', listings, second)


def place_parts(counts: Mapping[str, int]) -> list[MeterPart]:
    """Return where listings stand, as the parts of a bar; what nothing stands at is left out."""
    return [MeterPart(label, counts[place], tone) for place, (label, tone) in PLACE_WORDS.items() if counts.get(place)]  # type: ignore[arg-type]


@dataclass(frozen=True)
class ListingFace:
    """One reported listing as its row shows it: `ending` is how its claim ended, `turn` whose turn it is and until when."""

    status: str
    details: ListingDetails
    title: str
    standing: str
    standing_tone: str
    ending: str
    ruling: str
    turn: str
    reason: str
    remedy: str
    place: str
    notes: Sequence[tuple[Finding, str]]
    told: Sequence[Fact]
    withdraw_url: str
    withdraw_words: str


def listing_face(row: ReportedListing, details: ListingDetails, withdraw_url: str, moment: datetime) -> ListingFace:
    """Return how a reported listing looks to the rights holder at a moment; nothing of a decision that can still be undone."""
    status = row.shown_status
    language = get_language() or "en"
    rejection = details.decision.rejection if details.decision is not None else None
    standing, tone = standing_of(row, status, details)
    return ListingFace(
        status=status,
        details=details,
        title=row.snapshot_filed.title if row.snapshot_filed is not None else row.input,
        standing=standing,
        standing_tone=tone,
        ending=ending_of(row),
        ruling=requirement_word(details.ruling.body["ruling"]) if details.ruling is not None else "",
        turn=turn_words(row, moment),
        reason=rejection.label(language) if rejection is not None else "",
        remedy=rejection.help(language) if rejection is not None else "",
        place=row.marketplace.name_zh if language.startswith("zh") else row.marketplace.name_en,
        notes=[(item, finding_words(item)) for item in details.findings if item.result != FindingResult.PASS],
        told=statement_facts(details.statement.body) if details.statement is not None else [],
        withdraw_url="" if status in (ListingStatus.REJECTED, ListingStatus.OVERTURNED, ListingStatus.WITHDRAWN) else withdraw_url,
        withdraw_words=withdraw_words(status),
    )


def ending_of(row: ReportedListing) -> str:
    """Return how a claim ended, in words for who made it; empty where it goes on."""
    status = row.shown_status
    if status == ListingStatus.UPHELD and row.ending not in (Ending.SILENCE, Ending.UPHELD):
        return str(ENDINGS[Ending.UPHELD])
    is_over = status in (ListingStatus.UPHELD, ListingStatus.OVERTURNED, ListingStatus.WITHDRAWN)
    return str(ENDINGS[Ending(row.ending)]) if is_over and row.ending else ""


def turn_words(row: ReportedListing, moment: datetime) -> str:
    """Return whose turn it is about an accepted listing and until when; empty where it is nobody's."""
    status = row.shown_status
    if status == ListingStatus.ACCEPTED:
        return _seller_words(row, moment)
    if status == ListingStatus.COUNTERED and row.holder_due_at is not None:
        if closes_at(row.holder_due_at) <= moment:
            return _("Your time to answer is over; the claim is being withdrawn")
        return _("Answer until %(moment)s, or the claim is withdrawn") % {"moment": moment_here(row.holder_due_at)}
    if status == ListingStatus.CONTESTED and row.platform_due_at is not None:
        if row.platform_due_at <= moment:
            return _("A second reviewer is late; it was due %(moment)s") % {"moment": moment_here(row.platform_due_at)}
        return _("A second reviewer decides until %(moment)s") % {"moment": moment_here(row.platform_due_at)}
    return ""


def _seller_words(row: ReportedListing, moment: datetime) -> str:
    if row.notified_at is None or row.seller_due_at is None:
        if row.seller_id is None:
            return _("The shop is told as soon as the marketplace names it")
        return _("The notice is on its way to the shop; then its time to answer begins")
    if row.seller_due_at <= moment:
        return _("The seller's time to answer is over; the claim is being confirmed")
    return _("The seller can answer until %(moment)s") % {"moment": moment_here(row.seller_due_at)}


def withdraw_words(status: str) -> str:
    """Return what withdrawing one listing does, by where it stands."""
    if status in DISPUTED:
        return _(
            "The dispute ends in the seller's favour: the listing comes back, nothing counts against the shop, "
            "and it counts as a successful counter-notice in your numbers."
        )
    if status == ListingStatus.UPHELD:
        return _(
            "The claim stands no more: the listing comes back, and what it counted against the shop is taken back. "
            "Your numbers keep it as accepted, and count it as withdrawn."
        )
    return _("If it is down, it comes back. A withdrawn listing is counted separately.")


def withdraw_question(counts: Mapping[str, int]) -> str:
    """Return what withdrawing a whole complaint does, listing by listing as they stand now."""
    said = [
        _("Nothing is decided any more. Listings that are down for it come back, and the sellers are told that you withdrew."),
        _("Withdrawn listings are counted separately in your numbers."),
    ]
    if disputed := counts[COUNTERED] + counts[CONTESTED]:
        said.append(
            ngettext(
                "%(count)s listing is in dispute: it counts as a successful counter-notice.",
                "%(count)s listings are in dispute: they count as successful counter-notices.",
                disputed,
            )
            % {"count": disputed}
        )
    if upheld := counts[UPHELD]:
        said.append(
            ngettext(
                "%(count)s claim was upheld: what it counted against the shop is taken back.",
                "%(count)s claims were upheld: what they counted against the shops is taken back.",
                upheld,
            )
            % {"count": upheld}
        )
    return " ".join(said)


def finding_words(finding: Finding) -> str:
    """Return what the engine found, in the reader's language."""
    return sentence(Found(finding.check_name, finding.result, finding.facts))


def standing_of(row: ReportedListing, status: str, details: ListingDetails) -> tuple[str, str]:
    """Return what happens to the listing on its marketplace, in words and tone; empty where nothing does."""
    if row.restored_at is not None:
        return _("Back since %(moment)s") % {"moment": short_moment(row.restored_at)}, "info"
    if status in (ListingStatus.WITHDRAWN, ListingStatus.OVERTURNED):
        return (_("Coming back"), "info") if row.removed_at is not None else ("", "")
    if status not in STANDS:
        return "", ""
    if row.removed_at is not None:
        return _("Down since %(moment)s") % {"moment": short_moment(row.removed_at)}, "ok"
    return _on_its_way(row, details)


def _on_its_way(row: ReportedListing, details: ListingDetails) -> tuple[str, str]:
    action = details.actions.get("remove")
    if action is None:
        if row.removal == AFTER_WINDOW and row.shown_status in DISPUTED:
            return _("Stays online while it is disputed"), "info"
        if row.removal == AFTER_WINDOW and row.shown_status == ListingStatus.ACCEPTED:
            return _("Comes down when the seller's time to answer is over"), "info"
        return _("On its way down"), "info"
    words = {
        ActionStatus.PROPOSED: (_("On its way down"), "info"),
        ActionStatus.SENT: (_("Sent to the marketplace; it has not answered yet"), "info"),
        ActionStatus.HELD: (_("A person takes it down by hand"), "warn"),
        ActionStatus.FAILED: (_("The marketplace refused; our operations look into it"), "warn"),
        ActionStatus.ACKNOWLEDGED: (_("On its way down"), "info"),
        ActionStatus.REVERSED: (_("Stays online"), "mute"),
    }
    return words[ActionStatus(action.status)]


def statement_facts(body: Mapping[str, Any]) -> list[Fact]:
    """Return a statement of reasons as the seller reads it (DSA art. 17), fact by fact."""
    chinese = (get_language() or "en").startswith("zh")
    right, facts = body.get("right", {}), body.get("facts", {})
    decision = _("The listing was taken down.") if body.get("decision") == "removed" else _("The seller is heard first.")
    automated = _("A named rule decided.") if body.get("automated", {}).get("decision") else _("A person decided; no automated detection.")
    redress = {"counter_notice": _("counter-notice"), "appeal": _("appeal"), "court": _("court")}
    return [
        Fact(_("Decision"), decision),
        Fact(_("Found"), facts.get("reason_zh" if chinese else "reason_en", "")),
        Fact(_("Explanation"), facts.get("explanation", "")),
        Fact(_("Right relied on"), " · ".join(filter(None, (right.get(name) for name in ("name", "office", "number", "owner"))))),
        Fact(_("Where it holds"), ", ".join(body.get("scope", {}).get("sites", []) or right.get("territories", []))),
        Fact(_("Words of the reviewer"), body.get("message", "")),
        Fact(_("How it was decided"), automated),
        Fact(_("The seller may answer by"), ", ".join(redress.get(item, item) for item in body.get("redress", []))),
    ]


# -- the dashboard ------------------------------------------------------------------------------------------------------------
def figures(metrics: Metrics, promptness: Promptness, open_count: int, down: int) -> list[Figure]:
    """Return the dashboard's big numbers."""
    decided = metrics.accepted + metrics.rejected
    return [
        Figure(
            _("Success rate"),
            percent(metrics.success_rate),
            note=_("%(accepted)s of %(decided)s decided listings accepted") % {"accepted": metrics.accepted, "decided": decided},
        ),
        Figure(
            _("Successful counter-notices"),
            percent(metrics.counter_notice_rate),
            note=_("%(count)s of %(accepted)s accepted listings")
            % {"count": metrics.successful_counter_notices, "accepted": metrics.accepted},
        ),
        Figure(
            _("Decided in time"),
            percent(promptness.share),
            note=_("%(in_time)s of %(decided)s complaints") % {"in_time": promptness.in_time, "decided": promptness.decided},
        ),
        Figure(
            _("Open now"), open_count, note=ngettext("%(count)s listing is down", "%(count)s listings are down", down) % {"count": down}
        ),
    ]


def percent(share: float | None) -> str:
    """Return a share as a percentage with one decimal where it is not whole; a dash where there is nothing to count."""
    if share is None:
        return "–"
    rounded = round(share * 100, 1)
    return f"{rounded:.0f}%" if rounded == int(rounded) else f"{rounded:.1f}%"

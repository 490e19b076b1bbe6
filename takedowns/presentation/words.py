"""States and event sentences of complaints, for both sides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from ipp.core.timeline import Sentence, register_sentences
from ipp.core.ui import StateBadge, register_states, short_moment
from takedowns.lifecycle import ComplaintStatus, DisputeStatus, ListingStatus
from takedowns.models import CounterNoticeListing, FindingResult

COMPLAINT_AXIS = "takedowns.complaint"
LISTING_AXIS = "takedowns.listing"
FINDING_AXIS = "takedowns.finding"
DISPUTE_AXIS = "takedowns.counter_listing"
TURN_AXIS = "takedowns.turn"
PAGE = "takedowns:complaint"
ANSWER_PAGE = "takedowns:counter_notice"

register_states(
    {
        COMPLAINT_AXIS: {
            ComplaintStatus.FILED: StateBadge(_l("Received"), "info", "send"),
            ComplaintStatus.QUEUED: StateBadge(_l("Waiting for review"), "info", "hourglass"),
            ComplaintStatus.IN_REVIEW: StateBadge(_l("In review"), "info", "progress"),
            ComplaintStatus.INFORMATION_ASKED: StateBadge(_l("Information asked"), "warn", "player-pause"),
            ComplaintStatus.DECIDED: StateBadge(_l("Decided"), "ok", "circle-check"),
            ComplaintStatus.WITHDRAWN: StateBadge(_l("Withdrawn"), "mute", "arrow-back-up"),
        },
        LISTING_AXIS: {
            ListingStatus.RECEIVED: StateBadge(_l("Received"), "info", "send"),
            ListingStatus.UNDER_REVIEW: StateBadge(_l("Under review"), "info", "progress"),
            ListingStatus.ACCEPTED: StateBadge(_l("Accepted"), "ok", "circle-check"),
            ListingStatus.REJECTED: StateBadge(_l("Not accepted"), "bad", "circle-x"),
            ListingStatus.COUNTERED: StateBadge(_l("Seller answered"), "cn", "message-reply"),
            ListingStatus.CONTESTED: StateBadge(_l("With the platform"), "info", "scale"),
            ListingStatus.UPHELD: StateBadge(_l("Claim upheld"), "ok", "shield-check"),
            ListingStatus.OVERTURNED: StateBadge(_l("Overturned"), "bad", "arrow-back-up"),
            ListingStatus.WITHDRAWN: StateBadge(_l("Withdrawn"), "mute", "arrow-back-up"),
        },
        DISPUTE_AXIS: {
            DisputeStatus.WAITING: StateBadge(_l("To answer"), "warn", "message-reply"),
            DisputeStatus.CONTESTED: StateBadge(_l("With the platform"), "info", "scale"),
            DisputeStatus.CLOSED: StateBadge(_l("Closed"), "mute", "circle-check"),
            CounterNoticeListing.Outcome.CONCEDED: StateBadge(_l("Accepted"), "mute", "arrow-back-up"),
            CounterNoticeListing.Outcome.LAPSED: StateBadge(_l("Not answered in time"), "bad", "clock"),
            CounterNoticeListing.Outcome.OVERTURNED: StateBadge(_l("Counter-notice upheld"), "bad", "arrow-back-up"),
            CounterNoticeListing.Outcome.WITHDRAWN: StateBadge(_l("Complaint withdrawn"), "mute", "arrow-back-up"),
            CounterNoticeListing.Outcome.UPHELD: StateBadge(_l("Claim upheld"), "ok", "shield-check"),
        },
        TURN_AXIS: {
            "to_answer": StateBadge(_l("To answer"), "warn", "message-reply"),
            "with_platform": StateBadge(_l("With the platform"), "info", "scale"),
            "closed": StateBadge(_l("Closed"), "mute", "circle-check"),
        },
        FINDING_AXIS: {
            FindingResult.PASS: StateBadge(_l("Fine"), "ok", "circle-check"),
            FindingResult.WARN: StateBadge(_l("Look closely"), "warn", "alert-triangle"),
            FindingResult.BLOCK: StateBadge(_l("Cannot be filed"), "bad", "circle-x"),
            FindingResult.REMEDY: StateBadge(_l("Needs something"), "warn", "alert-triangle"),
        },
    }
)


def _count(facts: Mapping[str, Any]) -> int:
    return len(facts.get("positions", ()))


def _listings(count: int) -> str:
    return ngettext("%(count)s listing", "%(count)s listings", count) % {"count": count}


def _until(facts: Mapping[str, Any]) -> str:
    """Return the due moment of an event in the reader's words; nothing where it names none."""
    return short_moment(datetime.fromisoformat(facts["due_at"])) if facts.get("due_at") else ""


def _ruling(facts: Mapping[str, Any]) -> str:
    """Return how a second reviewer decided."""
    if facts.get("outcome") == "overturned":
        return _("decided for the seller about %(listings)s: counter-notice upheld, restored")
    return _("decided for the rights holder about %(listings)s: claim upheld, counter-notice dismissed")


register_sentences(
    {
        "takedowns.complaint.filed": Sentence(
            lambda facts: _("filed a complaint about %(listings)s") % {"listings": _listings(int(facts.get("listing_count", 0)))},
            "send",
            "info",
            page=PAGE,
        ),
        "takedowns.complaint.screened": Sentence(
            lambda facts: _("checked the complaint; a reviewer decides next"), "circle-check", "ok", page=PAGE
        ),
        "takedowns.complaint.information_asked": Sentence(
            lambda facts: _("asked for something more; the clock stands still"), "player-pause", "warn", "message", PAGE
        ),
        "takedowns.complaint.answered": Sentence(lambda facts: _("answered the question"), "send", "info", "message"),
        "takedowns.listings.decided": Sentence(
            lambda facts: (
                (_("accepted %(listings)s") if facts.get("outcome") == "accepted" else _("did not accept %(listings)s"))
                % {"listings": _listings(_count(facts))}
            ),
            "gavel",
            "info",
            "message",
        ),
        "takedowns.listings.decision_undone": Sentence(
            lambda facts: _("took the decision back before it had any effect"), "arrow-back-up", "mute"
        ),
        "takedowns.listings.decision_effective": Sentence(
            lambda facts: (
                (
                    (_("accepted %(listings)s; they are being taken down") if facts.get("coming_down") else _("accepted %(listings)s"))
                    if facts.get("outcome") == "accepted"
                    else _("did not accept %(listings)s")
                )
                % {"listings": _listings(_count(facts))}
            ),
            "gavel",
            "info",
            "message",
            PAGE,
        ),
        "takedowns.listings.removed": Sentence(
            lambda facts: _("saw %(listings)s come down on the marketplace") % {"listings": _listings(_count(facts))},
            "eye-off",
            "ok",
            page=PAGE,
        ),
        "takedowns.listings.restored": Sentence(
            lambda facts: _("saw %(listings)s come back on the marketplace") % {"listings": _listings(_count(facts))},
            "eye",
            "info",
            page=PAGE,
        ),
        "takedowns.listings.withdrawn": Sentence(
            lambda facts: _("withdrew %(listings)s") % {"listings": _listings(_count(facts))}, "arrow-back-up", "mute", "why"
        ),
        "takedowns.notice.sent": Sentence(
            lambda facts: (
                _("told %(shop)s about %(listings)s; it can answer until %(moment)s")
                % {"shop": facts.get("seller", ""), "listings": _listings(_count(facts)), "moment": _until(facts)}
            ),
            "send",
            "info",
        ),
        "takedowns.counter_notice.received": Sentence(
            lambda facts: (
                _("passed on the answer of %(shop)s for %(listings)s; you can answer until %(moment)s")
                % {"shop": facts.get("seller", ""), "listings": _listings(int(facts.get("listing_count", 0))), "moment": _until(facts)}
            ),
            "message-reply",
            "cn",
            page=ANSWER_PAGE,
        ),
        "takedowns.counter_notice.conceded": Sentence(
            lambda facts: (
                _("accepted the counter-notice for %(listings)s, which withdraws the claim") % {"listings": _listings(_count(facts))}
            ),
            "arrow-back-up",
            "mute",
            "message",
            ANSWER_PAGE,
        ),
        "takedowns.counter_notice.rejected": Sentence(
            lambda facts: (
                _("rejected the counter-notice for %(listings)s; a second reviewer decides until %(moment)s")
                % {"listings": _listings(_count(facts)), "moment": _until(facts)}
            ),
            "scale",
            "info",
            "message",
            ANSWER_PAGE,
        ),
        "takedowns.counter_notice.lapsed": Sentence(
            lambda facts: (
                _("withdrew the claim against %(listings)s, because nobody answered the counter-notice in time")
                % {"listings": _listings(_count(facts))}
            ),
            "clock",
            "bad",
            page=ANSWER_PAGE,
        ),
        "takedowns.listings.ruled": Sentence(
            lambda facts: _ruling(facts) % {"listings": _listings(_count(facts))}, "scale", "info", "message"
        ),
        "takedowns.listings.ruling_undone": Sentence(
            lambda facts: _("took the ruling back before it had any effect"), "arrow-back-up", "mute"
        ),
        "takedowns.listings.ruling_effective": Sentence(
            lambda facts: _ruling(facts) % {"listings": _listings(_count(facts))}, "scale", "info", "message", PAGE
        ),
        "takedowns.listings.upheld": Sentence(
            lambda facts: (
                (
                    _("noted that the claim against %(listings)s stands: no answer came in time")
                    if facts.get("how") == "silence"
                    else _("noted that the claim against %(listings)s stands for good")
                )
                % {"listings": _listings(_count(facts))}
            ),
            "shield-check",
            "ok",
            page=PAGE,
        ),
    }
)

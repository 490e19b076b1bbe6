"""States and event sentences of complaints, for both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from ipp.core.timeline import Sentence, register_sentences
from ipp.core.ui import StateBadge, register_states
from takedowns.lifecycle import ComplaintStatus, ListingStatus
from takedowns.models import FindingResult

COMPLAINT_AXIS = "takedowns.complaint"
LISTING_AXIS = "takedowns.listing"
FINDING_AXIS = "takedowns.finding"
PAGE = "takedowns:complaint"

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
            ListingStatus.WITHDRAWN: StateBadge(_l("Withdrawn"), "mute", "arrow-back-up"),
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
    }
)

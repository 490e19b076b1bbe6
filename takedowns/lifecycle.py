"""States of complaints and reported listings, and the moves between them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipp.core.lifecycle import Lifecycle


class ComplaintStatus(models.TextChoices):
    """Where the work on a complaint stands; how it ended is read off its listings."""

    FILED = "filed", _("Received")
    QUEUED = "queued", _("Waiting for review")
    IN_REVIEW = "in_review", _("In review")
    INFORMATION_ASKED = "information_asked", _("Information asked")
    DECIDED = "decided", _("Decided")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ListingStatus(models.TextChoices):
    """Where a reported listing stands in its claim; whether it is down is told by its action (model.md: three axes)."""

    RECEIVED = "received", _("Received")
    UNDER_REVIEW = "under_review", _("Under review")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Not accepted")
    WITHDRAWN = "withdrawn", _("Withdrawn")


OPEN_COMPLAINTS = frozenset({ComplaintStatus.FILED, ComplaintStatus.QUEUED, ComplaintStatus.IN_REVIEW, ComplaintStatus.INFORMATION_ASKED})
QUEUED_COMPLAINTS = frozenset({ComplaintStatus.QUEUED, ComplaintStatus.IN_REVIEW})
UNDECIDED = frozenset({ListingStatus.RECEIVED, ListingStatus.UNDER_REVIEW})
DECIDED = frozenset({ListingStatus.ACCEPTED, ListingStatus.REJECTED})
CLAIMED_AGAINST = frozenset({ListingStatus.RECEIVED, ListingStatus.UNDER_REVIEW, ListingStatus.ACCEPTED})
"""A listing in one of these cannot be reported again for the same right and reason."""

COMPLAINT = Lifecycle(
    "takedowns.complaint",
    "status",
    {
        "screen": (frozenset({ComplaintStatus.FILED}), ComplaintStatus.QUEUED),
        "claim": (frozenset({ComplaintStatus.QUEUED}), ComplaintStatus.IN_REVIEW),
        "release": (frozenset({ComplaintStatus.IN_REVIEW}), ComplaintStatus.QUEUED),
        "ask": (frozenset({ComplaintStatus.IN_REVIEW}), ComplaintStatus.INFORMATION_ASKED),
        "answer": (frozenset({ComplaintStatus.INFORMATION_ASKED}), ComplaintStatus.QUEUED),
        "decide": (OPEN_COMPLAINTS, ComplaintStatus.DECIDED),
        "undo": (frozenset({ComplaintStatus.DECIDED}), ComplaintStatus.IN_REVIEW),
        "withdraw": (OPEN_COMPLAINTS | {ComplaintStatus.DECIDED}, ComplaintStatus.WITHDRAWN),
    },
)

LISTING = Lifecycle(
    "takedowns.listing",
    "status",
    {
        "screen": (frozenset({ListingStatus.RECEIVED}), ListingStatus.UNDER_REVIEW),
        "accept": (frozenset({ListingStatus.UNDER_REVIEW}), ListingStatus.ACCEPTED),
        "reject": (UNDECIDED, ListingStatus.REJECTED),
        "undo": (DECIDED, ListingStatus.UNDER_REVIEW),
        # One rejected in secret still reads as under review, and whoever withdraws it must not learn more by trying.
        "withdraw": (CLAIMED_AGAINST | {ListingStatus.REJECTED}, ListingStatus.WITHDRAWN),
    },
)

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
    COUNTERED = "countered", _("Seller answered")
    CONTESTED = "contested", _("With the platform")
    UPHELD = "upheld", _("Claim upheld")
    OVERTURNED = "overturned", _("Overturned")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class NoticeStatus(models.TextChoices):
    """Where a notice to a shop stands: on its way through the marketplace, with the shop, or nothing left to answer."""

    SENDING = "sending", _("On its way")
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class CounterNoticeStatus(models.TextChoices):
    """Whose turn it is."""

    WAITING = "waiting", _("Waiting for the rights holder")
    CONTESTED = "contested", _("With the platform")
    IN_REVIEW = "in_review", _("Being decided")
    CLOSED = "closed", _("Closed")


class DisputeStatus(models.TextChoices):
    """Where the answer to one listing stands."""

    WAITING = "waiting", _("Waiting for the rights holder")
    CONTESTED = "contested", _("With the platform")
    CLOSED = "closed", _("Closed")


class Ending(models.TextChoices):
    """How a row that was accepted came to its end."""

    SILENCE = "silence", _("The seller did not answer")
    UPHELD = "upheld", _("Claim upheld, counter-notice dismissed")
    OVERTURNED = "overturned", _("Counter-notice upheld, listing restored")
    CONCEDED = "conceded", _("The rights holder accepted the counter-notice")
    LAPSED = "lapsed", _("The rights holder did not answer the counter-notice in time")
    WITHDRAWN = "withdrawn", _("The rights holder withdrew")


OPEN_COMPLAINTS = frozenset({ComplaintStatus.FILED, ComplaintStatus.QUEUED, ComplaintStatus.IN_REVIEW, ComplaintStatus.INFORMATION_ASKED})
QUEUED_COMPLAINTS = frozenset({ComplaintStatus.QUEUED, ComplaintStatus.IN_REVIEW})
UNDECIDED = frozenset({ListingStatus.RECEIVED, ListingStatus.UNDER_REVIEW})
DECIDED = frozenset({ListingStatus.ACCEPTED, ListingStatus.REJECTED})
DISPUTED = frozenset({ListingStatus.COUNTERED, ListingStatus.CONTESTED})
CLAIMED_AGAINST = UNDECIDED | {ListingStatus.ACCEPTED} | DISPUTED
"""A listing in one of these cannot be reported again for the same right and reason; one that was upheld can, should it come back."""
RULED = frozenset({ListingStatus.UPHELD, ListingStatus.OVERTURNED})
STANDS = frozenset({ListingStatus.ACCEPTED, ListingStatus.UPHELD}) | DISPUTED
"""The claim has been accepted and holds so far."""
WITHDRAWABLE = CLAIMED_AGAINST | {ListingStatus.UPHELD}
OPEN_DISPUTES = frozenset({DisputeStatus.WAITING, DisputeStatus.CONTESTED})
WITH_PLATFORM = frozenset({CounterNoticeStatus.CONTESTED, CounterNoticeStatus.IN_REVIEW})

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
        # One rejected or overturned in secret still reads as open, and whoever withdraws it must not learn more by trying.
        "withdraw": (WITHDRAWABLE | {ListingStatus.REJECTED, ListingStatus.OVERTURNED}, ListingStatus.WITHDRAWN),
        "counter": (frozenset({ListingStatus.ACCEPTED}), ListingStatus.COUNTERED),
        "concede": (frozenset({ListingStatus.COUNTERED}), ListingStatus.WITHDRAWN),
        "lapse": (frozenset({ListingStatus.COUNTERED}), ListingStatus.WITHDRAWN),
        "contest": (frozenset({ListingStatus.COUNTERED}), ListingStatus.CONTESTED),
        "confirm": (frozenset({ListingStatus.ACCEPTED}), ListingStatus.UPHELD),
        "uphold": (frozenset({ListingStatus.CONTESTED}), ListingStatus.UPHELD),
        "overturn": (frozenset({ListingStatus.CONTESTED}), ListingStatus.OVERTURNED),
        "reverse": (frozenset({ListingStatus.UPHELD}), ListingStatus.OVERTURNED),
        # A ruling taken back within its undo time, and one about a row that had been upheld already.
        "reconsider": (RULED, ListingStatus.CONTESTED),
        "reinstate": (frozenset({ListingStatus.OVERTURNED}), ListingStatus.UPHELD),
    },
)

NOTICE = Lifecycle(
    "takedowns.seller_notice",
    "status",
    {
        "deliver": (frozenset({NoticeStatus.SENDING, NoticeStatus.OPEN, NoticeStatus.CLOSED}), NoticeStatus.OPEN),
        "close": (frozenset({NoticeStatus.SENDING, NoticeStatus.OPEN}), NoticeStatus.CLOSED),
        "send_again": (frozenset({NoticeStatus.CLOSED}), NoticeStatus.SENDING),
    },
)

COUNTER_NOTICE = Lifecycle(
    "takedowns.counter_notice",
    "status",
    {
        "contest": (frozenset({CounterNoticeStatus.WAITING}), CounterNoticeStatus.CONTESTED),
        "claim": (frozenset({CounterNoticeStatus.CONTESTED}), CounterNoticeStatus.IN_REVIEW),
        "release": (frozenset({CounterNoticeStatus.IN_REVIEW}), CounterNoticeStatus.CONTESTED),
        # What was contested is decided or withdrawn, and the rights holder has not answered for the rest yet.
        "wait": (frozenset({CounterNoticeStatus.CONTESTED, CounterNoticeStatus.IN_REVIEW}), CounterNoticeStatus.WAITING),
        "close": (
            frozenset({CounterNoticeStatus.WAITING, CounterNoticeStatus.CONTESTED, CounterNoticeStatus.IN_REVIEW}),
            CounterNoticeStatus.CLOSED,
        ),
        "reopen": (frozenset({CounterNoticeStatus.CLOSED, CounterNoticeStatus.WAITING}), CounterNoticeStatus.IN_REVIEW),
    },
)

DISPUTE = Lifecycle(
    "takedowns.dispute",
    "status",
    {
        "contest": (frozenset({DisputeStatus.WAITING}), DisputeStatus.CONTESTED),
        "close": (OPEN_DISPUTES, DisputeStatus.CLOSED),
    },
)

"""States of a verification and of a right, and the moves between them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipp.core.lifecycle import Lifecycle


class Status(models.TextChoices):
    """Where a verification stands."""

    SUBMITTED = "submitted", _("In the queue")
    IN_REVIEW = "in_review", _("Being checked")
    INFORMATION_ASKED = "information_asked", _("Waiting for you")
    APPROVED = "approved", _("Verified")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


OPEN = frozenset({Status.SUBMITTED, Status.IN_REVIEW, Status.INFORMATION_ASKED})
QUEUED = frozenset({Status.SUBMITTED, Status.IN_REVIEW})
DECIDED = frozenset({Status.APPROVED, Status.REFUSED})

VERIFICATION = Lifecycle(
    "rightsholders.verification",
    "status",
    {
        "claim": (frozenset({Status.SUBMITTED}), Status.IN_REVIEW),
        "release": (frozenset({Status.IN_REVIEW}), Status.SUBMITTED),
        "ask": (frozenset({Status.IN_REVIEW}), Status.INFORMATION_ASKED),
        "answer": (frozenset({Status.INFORMATION_ASKED}), Status.SUBMITTED),
        "approve": (frozenset({Status.IN_REVIEW}), Status.APPROVED),
        "refuse": (frozenset({Status.IN_REVIEW}), Status.REFUSED),
        "undo": (DECIDED, Status.IN_REVIEW),
        "withdraw": (OPEN, Status.WITHDRAWN),
    },
)


class RightStatus(models.TextChoices):
    """Where a right stands. It follows its verification only once a decision cannot be undone any more."""

    WAITING = "waiting", _("Being checked")
    INFORMATION_ASKED = "information_asked", _("Waiting for you")
    VALIDATED = "validated", _("Validated")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


UNDER_CHECK = frozenset({RightStatus.WAITING, RightStatus.INFORMATION_ASKED})
ENDED = frozenset({RightStatus.REFUSED, RightStatus.WITHDRAWN})

RIGHT = Lifecycle(
    "rightsholders.right",
    "status",
    {
        "ask": (frozenset({RightStatus.WAITING}), RightStatus.INFORMATION_ASKED),
        "answer": (frozenset({RightStatus.INFORMATION_ASKED}), RightStatus.WAITING),
        "validate": (frozenset({RightStatus.WAITING}), RightStatus.VALIDATED),
        "refuse": (frozenset({RightStatus.WAITING}), RightStatus.REFUSED),
        "withdraw": (UNDER_CHECK | {RightStatus.VALIDATED}, RightStatus.WITHDRAWN),
    },
)

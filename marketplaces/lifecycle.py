"""States of an action on a marketplace and the moves between them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipp.core.lifecycle import Lifecycle


class ActionKind(models.TextChoices):
    """What a marketplace is asked to do: the first two to a listing, the others to a shop; a message only has to arrive."""

    REMOVE = "remove", _("Take the listing down")
    RESTORE = "restore", _("Put the listing back")
    RESTRICT = "restrict", _("Restrict the shop")
    CLOSE = "close", _("Close the shop")
    REOPEN = "reopen", _("Reopen the shop")
    MESSAGE = "message", _("Hand the shop a message")


class Target(models.TextChoices):
    """What an action works on."""

    LISTING = "listing", _("Listing")
    SELLER = "seller", _("Shop")


TARGETS = {
    ActionKind.REMOVE: Target.LISTING,
    ActionKind.RESTORE: Target.LISTING,
    ActionKind.RESTRICT: Target.SELLER,
    ActionKind.CLOSE: Target.SELLER,
    ActionKind.REOPEN: Target.SELLER,
    ActionKind.MESSAGE: Target.SELLER,
}
EFFECTS = {
    ActionKind.REMOVE: "removed",
    ActionKind.RESTORE: "live",
    ActionKind.RESTRICT: "restricted",
    ActionKind.CLOSE: "closed",
    ActionKind.REOPEN: "open",
}
"""The state a target is in once the action took effect. A message has none: that it was acknowledged is all that can be known."""


class Status(models.TextChoices):
    """Where an action stands. `sent` means that a command may have arrived: it is sent again under the same id until answered."""

    PROPOSED = "proposed", _("Waiting to be sent")
    HELD = "held", _("Waiting for a person")
    SENT = "sent", _("Sent, no answer yet")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    FAILED = "failed", _("Failed")
    REVERSED = "reversed", _("Cancelled")


UNANSWERED = frozenset({Status.PROPOSED, Status.SENT})
"""The next command about the same target waits for these, so that no command overtakes another."""

CANCELLABLE = frozenset({Status.PROPOSED, Status.HELD})
"""Nothing is on its way. Where `sent_at` is set as well, an earlier command may have arrived, and the opposite is asked for."""

ACTION = Lifecycle(
    "marketplaces.action",
    "status",
    {
        "send": (UNANSWERED, Status.SENT),
        "hold": (UNANSWERED, Status.HELD),
        "acknowledge": (frozenset({Status.SENT}), Status.ACKNOWLEDGED),
        "fail": (frozenset({Status.SENT, Status.ACKNOWLEDGED}), Status.FAILED),
        "contradict": (frozenset({Status.ACKNOWLEDGED}), Status.PROPOSED),
        "retry": (frozenset({Status.HELD, Status.FAILED}), Status.PROPOSED),
        "settle_by_hand": (frozenset({Status.HELD, Status.FAILED}), Status.ACKNOWLEDGED),
        "reverse": (CANCELLABLE, Status.REVERSED),
    },
)

"""States of sanctions and the moves between them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipp.core.lifecycle import Lifecycle


class Measure(models.TextChoices):
    """What a shop can be given, in words; a test holds it to `penalties.rules.Measure`."""

    WARNING = "warning", _("Warning")
    RESTRICTION = "restriction", _("Restriction")
    CLOSURE = "closure", _("Closure")


class Status(models.TextChoices):
    """Where a sanction stands. A closure begins as due and needs two persons; the others are in force at once."""

    DUE = "due", _("Due")
    PROPOSED = "proposed", _("Proposed")
    SENT_BACK = "sent_back", _("Sent back")
    IN_FORCE = "in_force", _("In force")
    ENDED = "ended", _("Ended")
    LIFTED = "lifted", _("Taken back")


WAITING = frozenset({Status.DUE, Status.PROPOSED, Status.SENT_BACK})
"""Closures that wait for a person."""

STANDING = frozenset(Status) - {Status.LIFTED}
"""What the rules made and nothing has taken back since: also what is over."""

SANCTION = Lifecycle(
    "penalties.sanction",
    "status",
    {
        "propose": (frozenset({Status.DUE, Status.SENT_BACK}), Status.PROPOSED),
        "send_back": (frozenset({Status.PROPOSED}), Status.SENT_BACK),
        "release": (frozenset({Status.PROPOSED}), Status.IN_FORCE),
        "end": (frozenset({Status.IN_FORCE}), Status.ENDED),
        "lift": (STANDING, Status.LIFTED),
    },
)

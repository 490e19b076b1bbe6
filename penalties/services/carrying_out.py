"""What the marketplace is asked for: one state a shop, the gravest measure in force, whatever came before it."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction
from django.db.models import Q, QuerySet

from ipp.core.actors import Actor
from ipp.core.services.platform import platform
from ipp.core.tenancy import engine_scope
from marketplaces.lifecycle import CANCELLABLE, EFFECTS, ActionKind, Status
from marketplaces.models import Action, Seller
from marketplaces.services import ActionTarget, propose_actions, reverse_actions
from penalties.lifecycle import Measure
from penalties.models import Sanction
from penalties.rules import SOURCE
from penalties.services.records import lock_records

OPEN, RESTRICTED, CLOSED = (state.value for state in Seller.State)
KINDS = {RESTRICTED: ActionKind.RESTRICT, CLOSED: ActionKind.CLOSE}
PUBLIC_REASONS = {
    CLOSED: "Closed after repeated infringements, under the published rules",
    RESTRICTED: "Restricted after repeated infringements, under the published rules",
    OPEN: "The measure against this shop is over",
}
"""What stands on the marketplace's own page: public, so it names no complaint."""

UNDONE = Q(status__in=[Status.REVERSED, Status.FAILED], sent_at=None)
"""Commands that surely had no effect."""


@transaction.atomic
def carry_out(*, actor: Actor, seller_id: int) -> None:
    """Ask the marketplace for the state a shop is to be in, if that is not what it was asked for last.

    What was never sent is cancelled. A closed shop that is still to be restricted is reopened first: no marketplace restricts a closed
    one. Calling it again asks for nothing new.
    """
    lock_records([seller_id])
    with engine_scope("carry out sanctions"):
        platform_actor = replace(actor, organization_id=platform().pk)
        seller = Seller.objects.get(pk=seller_id)
        cause = _gravest(seller)
        wanted = OPEN if cause is None else {Measure.CLOSURE: CLOSED, Measure.RESTRICTION: RESTRICTED}[Measure(cause.measure)]
        _cancel_unsent(platform_actor, seller, keep=KINDS.get(wanted))
        last = _asked(seller).order_by("-id").first()
        asked = EFFECTS[ActionKind(last.kind)] if last is not None else OPEN
        if last is not None and asked in _left_by_reopening(wanted):
            _ask(platform_actor, seller, ActionKind.REOPEN, last.source_id, wanted, last.reference)
            asked = OPEN
        if cause is not None and asked != wanted:
            _ask(platform_actor, seller, KINDS[wanted], cause.pk, wanted, cause.reference)


def _left_by_reopening(wanted: str) -> frozenset[str]:
    """Return the states from which a shop has to be reopened to get to `wanted`."""
    return frozenset({OPEN: {RESTRICTED, CLOSED}, RESTRICTED: {CLOSED}, CLOSED: set[str]()}[wanted])


def _gravest(seller: Seller) -> Sanction | None:
    """Return the sanction that says what state the shop is to be in."""
    holding = Sanction.objects.filter(seller=seller).in_force().order_by("id")
    by_measure = {Measure(row.measure): row for row in holding}
    return by_measure.get(Measure.CLOSURE) or by_measure.get(Measure.RESTRICTION)


def _asked(seller: Seller) -> QuerySet[Action]:
    """Return what may have an effect on the shop, of what was asked for by this app."""
    return Action.objects.filter(organization_id=platform().pk, source=SOURCE, seller=seller).exclude(UNDONE)


def _cancel_unsent(actor: Actor, seller: Seller, *, keep: ActionKind | None) -> None:
    """Cancel what was asked for and is not on its way yet, other than what is wanted."""
    unsent = _asked(seller).filter(status__in=CANCELLABLE, sent_at=None, kind__in=KINDS.values()).exclude(kind=keep or "")
    for kind, source_id, reference in list(unsent.values_list("kind", "source_id", "reference")):
        reason = PUBLIC_REASONS[OPEN]
        reverse_actions(actor=actor, source=SOURCE, source_ids=[source_id], kind=kind, reason=reason, reference=reference)


def _ask(actor: Actor, seller: Seller, kind: ActionKind, source_id: int, wanted: str, reference: str) -> None:
    earlier = Action.objects.filter(source=SOURCE, source_id=source_id, kind=kind).count()
    target = ActionTarget(
        source_id=source_id,
        round=earlier + 1,
        marketplace=seller.marketplace_id,
        external_id=seller.external_id,
        seller_id=seller.pk,
    )
    reason = PUBLIC_REASONS[wanted if kind != ActionKind.REOPEN else OPEN]
    propose_actions(actor=actor, kind=kind, targets=[target], reason=reason, reference=reference, source=SOURCE)

"""What marketplaces are asked to do: proposed for a cause, taken back, and moved on by hand where a machine cannot."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.codes import new_code
from ipp.core.doorbell import ring_after_commit
from ipp.core.errors import Conflict, InvalidInput, NotFound
from ipp.core.events import record
from ipp.core.lifecycle import advance
from ipp.core.links import portal_url
from marketplaces.events import ActionRetried, ActionsAcknowledged, ActionsConfirmed, ActionSettledByHand
from marketplaces.lifecycle import ACTION, CANCELLABLE, EFFECTS, TARGETS, UNANSWERED, ActionKind, Status, Target
from marketplaces.models import Action, Seller
from marketplaces.services.catalogue import write_states

TASK = "marketplaces.tasks.carry_out_actions"
LONGEST_REASON = 500
LONGEST_TEXT = 1000
OPPOSITES = {
    ActionKind.REMOVE: ActionKind.RESTORE,
    ActionKind.RESTORE: ActionKind.REMOVE,
    ActionKind.RESTRICT: ActionKind.REOPEN,
    ActionKind.CLOSE: ActionKind.REOPEN,
}

PROPOSE = """
    INSERT INTO marketplaces_action
        (code, organization_id, marketplace_id, seller_id, listing_id, target, target_external_id, kind, status, command_no,
         reason, reference, text, route, source, source_id, round, attempts, contradictions, last_error, note)
    SELECT r.code, %(organization)s, r.marketplace, r.seller_id, r.listing_id, %(target)s, r.external_id, %(kind)s, %(status)s, 1,
           %(reason)s, %(reference)s, %(text)s, %(route)s, %(source)s, r.source_id, r.round, 0, 0, '', ''
    FROM json_to_recordset(%(rows)s)
         AS r(code text, source_id bigint, round int, marketplace text, external_id text, listing_id bigint, seller_id bigint)
    ORDER BY r.source_id
    ON CONFLICT (source, source_id, kind, round) DO NOTHING
"""
FIND = """
    SELECT a.id FROM marketplaces_action a
    JOIN json_to_recordset(%(rows)s) AS r(source_id bigint, round int) ON r.source_id = a.source_id AND r.round = a.round
    WHERE a.organization_id = %(organization)s AND a.source = %(source)s AND a.kind = %(kind)s
    ORDER BY a.id
"""


@dataclass(frozen=True)
class ActionTarget:
    """What an action works on, and what asked for it: `source_id` is the row, `round` counts that row's decisions."""

    source_id: int
    round: int
    marketplace: str
    external_id: str
    listing_id: int | None = None
    seller_id: int | None = None


@dataclass(frozen=True)
class ShopMessage:
    """Which shop is told something, and what asked for it: `source_id` is the row, `round` counts that row's messages."""

    source_id: int
    round: int
    seller_id: int


@transaction.atomic
def propose_actions(
    *, actor: Actor, kind: str, targets: Sequence[ActionTarget], reason: str, reference: str, source: str, held: bool = False
) -> list[int]:
    """Ask marketplaces for one kind of action about many targets; the same cause again changes nothing.

    Args:
        reason, reference: both are public; they stand on the marketplace's page.
        source: what the cause is, such as `takedowns.reported_listing`; with `source_id`, kind and round it names an action once.
        held: whether a person must release them first.

    Returns: the ids of the actions of these causes, old and new.
    """
    status = Status.HELD if held else Status.PROPOSED
    words = {"reason": reason[:LONGEST_REASON], "reference": reference}
    return _propose(actor, ActionKind(kind), targets, source=source, status=status.value, **words)


@transaction.atomic
def reverse_actions(*, actor: Actor, source: str, source_ids: Iterable[int], kind: str, reason: str, reference: str) -> list[int]:
    """Take actions of one kind back: cancel what was never sent, ask for the opposite where the command may have arrived.

    Args:
        kind: the kind that is taken back (`remove`); the opposite (`restore`) follows from it.

    Returns: the ids of the opposite actions. What arrived of a message stays: nothing is its opposite.
    """
    theirs = Action.objects.filter(organization_id=actor.organization_id, source=source, source_id__in=set(source_ids))
    rows = list(theirs.filter(kind=kind).select_for_update(of=("self",)).order_by("id"))
    unsent = [row.pk for row in rows if row.status in CANCELLABLE]
    advance(theirs, ACTION, "reverse", ids=unsent, settled_at=IppNow(), lease_until=None)
    arrived = [_target_of(row) for row in rows if row.sent_at is not None]
    opposite = OPPOSITES.get(ActionKind(kind))
    if opposite is None:
        return []
    return propose_actions(actor=actor, kind=opposite, targets=arrived, reason=reason, reference=reference, source=source)


@transaction.atomic
def message_shops(*, actor: Actor, targets: Sequence[ShopMessage], text: str, reference: str, source: str, route: str) -> list[int]:
    """Have marketplaces hand shops a message each, for the actor's organization; the same cause again changes nothing.

    With it goes a link: to the portal's page `route`, or to an invitation where nobody has claimed the shop yet. It is made when the
    message is sent, and a person sends it where the marketplace takes none from machines.

    Args:
        text: what the shop reads, at most a thousand characters, in the words of this moment.
        route: the name of the portal's page, without arguments (`takedowns:notices`).

    Returns: the ids of the actions of these causes, old and new.

    Raises:
        NotFound: one of the shops does not exist.
        InvalidInput: the text is empty or too long.
    """
    if not 0 < len(text.strip()) <= LONGEST_TEXT:
        raise InvalidInput("text_length", _("A message to a shop has 1 to 1,000 characters."))
    portal_url(route)  # a name that is none is found out here, not when the engine sends
    known = {row.pk: row for row in Seller.objects.filter(pk__in={target.seller_id for target in targets})}
    if len(known) < len({target.seller_id for target in targets}):
        raise NotFound
    rows = [_message_target(target, known[target.seller_id]) for target in targets]
    words = {"reference": reference, "text": text.strip(), "route": route}
    return _propose(actor, ActionKind.MESSAGE, rows, source=source, status=Status.PROPOSED.value, **words)


@transaction.atomic
def retry_action(*, actor: Actor, code: str) -> Action:
    """Have an action sent now: a waiting one at once, a held or refused one again under a new command id.

    Raises:
        NotFound: no such action.
        Conflict: it is done, or being sent at this moment.
    """
    action = _locked(code)
    if action.status in UNANSWERED:
        Action.objects.filter(pk=action.pk).update(due_at=IppNow())
    elif action.status in ACTION.moves["retry"][0]:
        changes = {"due_at": IppNow(), "settled_at": None, "trouble_since": None, "attempts": 0, "contradictions": 0}
        advance(Action.objects.all(), ACTION, "retry", ids=[action.pk], command_no=F("command_no") + 1, **changes)
    else:
        raise Conflict("action_done", _("This action is done already. Reload the list to see where it stands."))
    fact = ActionRetried(action.code, action.kind, action.reference)
    record(fact, actor=actor, subject=action, about=action.organization_id)
    ring_after_commit(TASK)
    return action


@transaction.atomic
def settle_by_hand(*, actor: Actor, code: str, note: str) -> Action:
    """Note that a person did on the marketplace what was asked, and saw it done.

    Raises:
        NotFound: no such action.
        InvalidInput: the note is empty.
        IllegalTransition: it is not waiting for a person.
    """
    if not note.strip():
        raise InvalidInput("note_missing", _("Say what was done and how it can be checked; the note is the proof."))
    action = _locked(code)
    person = {"settled_by_id": actor.person_id, "note": note.strip(), "last_error": ""}
    moments = dict.fromkeys(("sent_at", "acknowledged_at", "confirmed_at", "settled_at"), IppNow())
    advance(Action.objects.all(), ACTION, "settle_by_hand", ids=[action.pk], **person, **moments)
    settled = ActionSettledByHand(action.code, action.kind, action.reference, note.strip())
    record(settled, actor=actor, subject=action, about=action.organization_id)
    for fact in (ActionsAcknowledged, ActionsConfirmed):
        record(fact(action.kind, action.source, [action.source_id], [action.pk]), actor=actor, about=action.organization_id)
    return action


def note_effects(*, action_ids: Iterable[int]) -> None:
    """Write into the catalogue what people say they saw; what machines see is read from the marketplace itself."""
    rows = Action.objects.filter(pk__in=list(action_ids), settled_by__isnull=False, confirmed_at__isnull=False)
    for row in rows.order_by("id"):
        table = "listing" if row.target == Target.LISTING else "seller"
        effect = EFFECTS.get(ActionKind(row.kind))
        assert row.confirmed_at is not None
        if effect is not None:
            write_states(table, row.marketplace_id, {row.target_external_id: effect}, read_at=row.confirmed_at)


def _propose(
    actor: Actor,
    kind: ActionKind,
    targets: Sequence[ActionTarget],
    *,
    source: str,
    status: str,
    reference: str,
    reason: str = "",
    text: str = "",
    route: str = "",
) -> list[int]:
    values: dict[str, Any] = {
        "organization": actor.organization_id,
        "kind": kind.value,
        "target": TARGETS[kind].value,
        "status": status,
        "reason": reason,
        "reference": reference,
        "text": text,
        "route": route,
        "source": source,
        "rows": json.dumps([{"code": new_code()} | asdict(target) for target in targets]),
    }
    with connection.cursor() as cursor:
        cursor.execute(PROPOSE, values)
        if cursor.rowcount and status == Status.PROPOSED.value:
            ring_after_commit(TASK)
        cursor.execute(FIND, values)
        return [row[0] for row in cursor.fetchall()]


def _message_target(message: ShopMessage, shop: Seller) -> ActionTarget:
    return ActionTarget(message.source_id, message.round, shop.marketplace_id, shop.external_id, seller_id=shop.pk)


def _target_of(row: Action) -> ActionTarget:
    return ActionTarget(row.source_id, row.round, row.marketplace_id, row.target_external_id, row.listing_id, row.seller_id)


def _locked(code: str) -> Action:
    action = Action.objects.select_for_update(of=("self",)).filter(code=code).first()
    if action is None:
        raise NotFound
    return action

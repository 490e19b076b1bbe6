"""Carrying actions out: claim a batch by lease, send each command outside any transaction, settle the batch in one."""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.events import DomainEvent, record
from ipp.core.lifecycle import advance
from ipp.core.services.deliveries import backoff
from ipp.core.services.platform import platform
from ipp.core.tenancy import engine_scope
from marketplaces.events import ActionsAcknowledged, ActionsConfirmed, ActionsFailed
from marketplaces.gateways import connector_for
from marketplaces.gateways.connector import Command, ConnectorRefused, ConnectorUnavailable, NeedsPerson
from marketplaces.lifecycle import ACTION, UNANSWERED, ActionKind, Status
from marketplaces.models import Action
from marketplaces.queries import message_link
from marketplaces.services.claiming import invitation_for

log = structlog.get_logger(__name__)

BATCH = 20
LEASE = timedelta(seconds=90)
SENDING_SECONDS = 45.0
"""After this no further command of the batch is sent: one more answer (20 s at most) has to fit into the lease."""
TROUBLE = timedelta(hours=24)
"""A marketplace that cannot be reached for this long is a matter for a person."""
CONFIRM_AFTER = timedelta(seconds=5)
KEPT_DOWN = "kept_down"
"""Why a listing is not put back: somebody else's complaint still keeps it down."""

# One turn per organization before anyone's second, as for deliveries. What is older about the same target goes first and alone,
# so no command overtakes another: a restore can never arrive before the removal it undoes.
CLAIM = """
    UPDATE marketplaces_action SET lease_until = ipp_now() + make_interval(secs => %(lease)s), lease_token = %(token)s,
        attempts = attempts + 1
    WHERE id = ANY (ARRAY(
        SELECT a.id
        FROM (
            SELECT w.id, w.due_at, w.turn
            FROM (SELECT DISTINCT organization_id FROM marketplaces_action
                  WHERE settled_at IS NULL AND status IN ('proposed', 'sent') AND due_at <= ipp_now()) o
            CROSS JOIN LATERAL (
                SELECT id, due_at, row_number() OVER (ORDER BY due_at, id) AS turn
                FROM (SELECT id, due_at FROM marketplaces_action c
                      WHERE c.organization_id = o.organization_id AND c.settled_at IS NULL AND c.status IN ('proposed', 'sent')
                        AND c.due_at <= ipp_now() AND (c.lease_until IS NULL OR c.lease_until < ipp_now())
                        AND NOT EXISTS (SELECT 1 FROM marketplaces_action b
                                        WHERE b.marketplace_id = c.marketplace_id AND b.target_external_id = c.target_external_id
                                          AND b.target = c.target AND b.id < c.id AND b.status IN ('proposed', 'sent'))
                      ORDER BY due_at, id LIMIT %(batch)s) q
            ) w
        ) ranked
        JOIN marketplaces_action a ON a.id = ranked.id
        WHERE a.settled_at IS NULL AND a.status IN ('proposed', 'sent') AND (a.lease_until IS NULL OR a.lease_until < ipp_now())
        ORDER BY ranked.turn, ranked.due_at
        LIMIT %(batch)s
        FOR UPDATE OF a SKIP LOCKED
    ))
    RETURNING id
"""

# A listing that two complaints took down stays down when one of them falls. A person who retries the restore has decided otherwise.
KEPT = """
    SELECT a.id FROM marketplaces_action a
    WHERE a.id = ANY (%(ids)s) AND a.kind = 'restore' AND a.command_no = 1 AND EXISTS (
        SELECT 1 FROM marketplaces_action r
        WHERE r.marketplace_id = a.marketplace_id AND r.target_external_id = a.target_external_id AND r.kind = 'remove'
          AND r.status IN ('proposed', 'sent', 'acknowledged') AND (r.source, r.source_id) <> (a.source, a.source_id)
          AND NOT EXISTS (SELECT 1 FROM marketplaces_action s
                          WHERE s.source = r.source AND s.source_id = r.source_id AND s.kind = 'restore' AND s.round >= r.round
                            AND s.status NOT IN ('failed', 'reversed')))
"""


@dataclass(frozen=True)
class Outcome:
    """How one command ended: the lifecycle's action (`acknowledge`, `fail`, `hold`), or nothing where it has to be tried again."""

    step: str
    error: str = ""


AGAIN = ""


def carry_out_due(*, seconds: float = 20.0) -> int:
    """Send commands until nothing is due or `seconds` have passed; return how many were answered."""
    deadline = time.monotonic() + seconds
    answered = 0
    while time.monotonic() < deadline:
        token, actions = claim_actions()
        if not actions:
            break
        outcomes = send_commands(token, actions)
        answered += settle(token, actions, outcomes)
    return answered


def claim_actions(batch: int = BATCH) -> tuple[uuid.UUID, list[Action]]:
    """Lease up to `batch` due actions to this caller; those that another's complaint forbids are put before a person instead."""
    token = uuid.uuid4()
    with engine_scope("claim actions"):
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, {"lease": LEASE.total_seconds(), "token": token, "batch": batch})
            ids = [row[0] for row in cursor.fetchall()]
            cursor.execute(KEPT, {"ids": ids})
            kept = [row[0] for row in cursor.fetchall()]
        advance(Action.objects.all(), ACTION, "hold", ids=kept, last_error=KEPT_DOWN, lease_until=None, lease_token=None)
        rows = Action.objects.select_related("marketplace", "invitation").filter(lease_token=token).order_by("id")
        actions = list(rows)
    return (token, actions) if actions or not kept else claim_actions(batch)


def send_commands(token: uuid.UUID, actions: Sequence[Action]) -> dict[int, Outcome]:
    """Send each action's command; return the outcomes by id. What is missing was not sent: the lease was lost, or time ran out.

    After a marketplace did not answer, nothing more is sent there in this batch: one that is down costs one wait, not twenty.
    """
    until = time.monotonic() + SENDING_SECONDS
    outcomes: dict[int, Outcome] = {}
    away: dict[str, str] = {}
    for action in actions:
        if time.monotonic() > until:
            break
        if action.marketplace_id in away:
            outcomes[action.pk] = Outcome(AGAIN, away[action.marketplace_id])
        elif _mark_sent(token, action):
            outcomes[action.pk] = outcome = _send(action)
            if outcome.step == AGAIN:
                away[action.marketplace_id] = outcome.error
    return outcomes


def settle(token: uuid.UUID, actions: Sequence[Action], outcomes: dict[int, Outcome]) -> int:
    """Write what came of a batch and tell of it, for the actions this lease still holds; return how many were answered."""
    answered = 0
    with engine_scope("settle actions"):
        held = Action.objects.select_for_update(of=("self",)).filter(lease_token=token, status__in=UNANSWERED).order_by("id")
        rows = {row.pk: row for row in held}
        for (step, error), ids in _grouped(rows, outcomes).items():
            answered += STEPS[step]([rows[pk] for pk in ids], error)
        Action.objects.filter(pk__in=rows.keys() - outcomes.keys(), lease_token=token).update(lease_until=None, lease_token=None)
    return answered


def tell(rows: Iterable[Action], make: Callable[[str, str, list[int], list[int]], DomainEvent]) -> None:
    """Record one event per organization, source and kind about these actions, in the transaction in force."""
    groups: dict[tuple[int, str, str], list[Action]] = defaultdict(list)
    for row in rows:
        groups[row.organization_id, row.source, row.kind].append(row)
    for (organization_id, source, kind), group in sorted(groups.items()):
        actor = Actor.system(platform().pk, "marketplaces.carry_out")
        fact = make(kind, source, [row.source_id for row in group], [row.pk for row in group])
        record(fact, actor=actor, about=organization_id)


def fail(rows: Sequence[Action], error: str, *, is_certain: bool) -> int:
    """End actions without success. `is_certain` says that the command surely had no effect, so nothing has to be undone later."""
    changes = {"last_error": error[:300], "settled_at": IppNow(), "lease_until": None, "lease_token": None}
    if is_certain:
        changes["sent_at"] = None
    moved = advance(Action.objects.all(), ACTION, "fail", ids=[row.pk for row in rows], **changes)
    tell(rows, partial(ActionsFailed, error=error[:300]))
    return moved


def _mark_sent(token: uuid.UUID, action: Action) -> bool:
    """Say that the command may arrive from now on, unless the lease was lost or the action cancelled in the meantime."""
    with engine_scope("send an action"):
        rows = Action.objects.filter(lease_token=token, lease_until__gt=IppNow(), status__in=UNANSWERED)
        status = rows.select_for_update(of=("self",)).filter(pk=action.pk).values_list("status", flat=True).first()
        if status is None:
            return False
        if action.kind == ActionKind.MESSAGE and action.seller_id is not None and status == Status.PROPOSED:
            # Chosen once a command: sent again under the same id it has to be the same message.
            action.invitation = invitation_for(action.seller_id)
        changes = {"sent_at": Coalesce(F("sent_at"), IppNow()), "invitation": action.invitation}
        advance(Action.objects.all(), ACTION, "send", ids=[action.pk], **changes)
    return True


def _send(action: Action) -> Outcome:
    command = Command(
        id=action.command_id,
        action=action.kind,
        marketplace=action.marketplace_id,
        target=action.target_external_id,
        reason=action.reason,
        reference=action.reference,
        text=action.text,
        link=message_link(action),
    )
    try:
        connector_for(action.marketplace.connector).send(command)
    except NeedsPerson:
        return Outcome("hold")
    except ConnectorRefused as error:
        return Outcome("fail", str(error))
    except ConnectorUnavailable as error:
        log.warning("action_not_answered", action=action.code, marketplace=action.marketplace_id, error=str(error))
        return Outcome(AGAIN, str(error))
    return Outcome("acknowledge")


def _grouped(rows: dict[int, Action], outcomes: dict[int, Outcome]) -> dict[tuple[str, str], list[int]]:
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for pk, outcome in outcomes.items():
        if pk in rows:
            groups[outcome.step, outcome.error].append(pk)
    return groups


def _acknowledge(rows: Sequence[Action], error: str) -> int:
    changes = {
        "acknowledged_at": IppNow(),
        "due_at": IppNow() + CONFIRM_AFTER,
        "attempts": 0,
        "trouble_since": None,
        "last_error": error,
        "lease_until": None,
        "lease_token": None,
    }
    moved = advance(Action.objects.all(), ACTION, "acknowledge", ids=[row.pk for row in rows], **changes)
    tell(rows, ActionsAcknowledged)
    _confirm_messages([row for row in rows if row.kind == ActionKind.MESSAGE])
    _free_kept([row for row in rows if row.kind == ActionKind.RESTORE])
    return moved


def _confirm_messages(rows: Sequence[Action]) -> None:
    """Be done with messages: there is nothing on the marketplace that could be read back."""
    Action.objects.filter(pk__in=[row.pk for row in rows]).update(confirmed_at=IppNow(), settled_at=IppNow())
    tell(rows, ActionsConfirmed)


def _free_kept(restored: Sequence[Action]) -> None:
    """Let other restores of the same listings go on: what kept them down is gone, or they are held again."""
    for row in restored:
        kept = Action.objects.filter(marketplace_id=row.marketplace_id, target_external_id=row.target_external_id, kind=row.kind)
        ids = list(kept.filter(status=Status.HELD, last_error=KEPT_DOWN).values_list("pk", flat=True))
        advance(Action.objects.all(), ACTION, "retry", ids=ids, due_at=IppNow(), last_error="")


def _fail(rows: Sequence[Action], error: str) -> int:
    return fail(rows, error, is_certain=True)


def _hold(rows: Sequence[Action], error: str) -> int:
    changes = {"sent_at": None, "last_error": error, "lease_until": None, "lease_token": None}
    return advance(Action.objects.all(), ACTION, "hold", ids=[row.pk for row in rows], **changes)


def _try_again(rows: Sequence[Action], error: str) -> int:
    """Make actions due again after a growing pause; what has been in trouble for a day is given up. Answers: none yet."""
    ids = [row.pk for row in rows]
    ours = Action.objects.filter(pk__in=ids)
    tired = list(ours.filter(status=Status.SENT, trouble_since__lt=IppNow() - TROUBLE))
    if tired:
        fail(tired, f"unreachable: {error}", is_certain=False)
    for row in rows:
        Action.objects.filter(pk=row.pk, settled_at=None).update(
            due_at=IppNow() + backoff(min(row.attempts, 10)),
            trouble_since=Coalesce(F("trouble_since"), IppNow()),
            last_error=Value(error[:300]),
            lease_until=None,
            lease_token=None,
        )
    return 0


STEPS: dict[str, Callable[[Sequence[Action], str], int]] = {
    "acknowledge": _acknowledge,
    "fail": _fail,
    "hold": _hold,
    AGAIN: _try_again,
}

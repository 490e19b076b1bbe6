"""Reading marketplaces back: what they say is done must be seen to be done, or they are told again."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.db.models import F

from ipp.core.clock import IppNow, now
from ipp.core.doorbell import ring_after_commit
from ipp.core.lifecycle import advance
from ipp.core.services.deliveries import backoff
from ipp.core.tenancy import engine_scope
from marketplaces.events import ActionsConfirmed, ActionsContradicted
from marketplaces.gateways import connector_for
from marketplaces.gateways.connector import ConnectorError, ConnectorUnavailable
from marketplaces.lifecycle import ACTION, EFFECTS, ActionKind, Status, Target
from marketplaces.models import Action
from marketplaces.services.actions import TASK
from marketplaces.services.carrying_out import TROUBLE, fail, tell
from marketplaces.services.catalogue import write_states

log = structlog.get_logger(__name__)

BATCH = 100
LEASE = timedelta(seconds=90)
MOST_CONTRADICTIONS = 3

# Where a later command asked for another effect, the earlier one's can no longer be seen, and need not be.
SUPERSEDE = """
    UPDATE marketplaces_action SET settled_at = ipp_now()
    WHERE id IN (
        SELECT a.id FROM marketplaces_action a
        WHERE a.settled_at IS NULL AND a.status IN ('acknowledged') AND a.due_at <= ipp_now()
          AND (%(ids)s::bigint[] IS NULL OR a.id = ANY (%(ids)s))
          AND EXISTS (SELECT 1 FROM marketplaces_action b
                      WHERE b.marketplace_id = a.marketplace_id AND b.target_external_id = a.target_external_id
                        AND b.target = a.target AND b.id > a.id AND b.kind <> a.kind AND b.kind <> 'message'
                        AND b.status IN ('proposed', 'sent', 'acknowledged'))
        ORDER BY a.id FOR UPDATE OF a SKIP LOCKED)
"""
CLAIM = """
    UPDATE marketplaces_action SET lease_until = ipp_now() + make_interval(secs => %(lease)s), lease_token = %(token)s,
        attempts = attempts + 1
    WHERE id = ANY (ARRAY(
        SELECT id FROM marketplaces_action
        WHERE settled_at IS NULL AND status = 'acknowledged' AND due_at <= ipp_now()
          AND (lease_until IS NULL OR lease_until < ipp_now())
          AND marketplace_id = (SELECT marketplace_id FROM marketplaces_action
                                WHERE settled_at IS NULL AND status = 'acknowledged' AND due_at <= ipp_now()
                                  AND (lease_until IS NULL OR lease_until < ipp_now())
                                ORDER BY due_at, id LIMIT 1)
        ORDER BY due_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED))
    RETURNING id
"""

States = Mapping[tuple[str, str], str]
"""What was read: the state by kind of target and external id. What the marketplace does not know is not in it."""


def reconcile_due(*, seconds: float = 20.0) -> int:
    """Read back until nothing is due or `seconds` have passed; return how many actions were confirmed or contradicted."""
    deadline = time.monotonic() + seconds
    judged = 0
    while time.monotonic() < deadline:
        token, actions = claim_acknowledged()
        if not actions:
            break
        read_at = now()
        try:
            states = _read(actions)
        except ConnectorError as error:
            put_back(token, actions, error)
            continue
        judged += judge(token, states, read_at)
    return judged


def claim_acknowledged() -> tuple[uuid.UUID, list[Action]]:
    """Lease the acknowledged actions of one marketplace that are due to be seen."""
    token = uuid.uuid4()
    with engine_scope("claim acknowledged actions"):
        with connection.cursor() as cursor:
            cursor.execute(SUPERSEDE, {"ids": None})
            cursor.execute(CLAIM, {"lease": LEASE.total_seconds(), "token": token, "batch": BATCH})
        return token, list(Action.objects.select_related("marketplace").filter(lease_token=token).order_by("id"))


def judge(token: uuid.UUID, states: States, read_at: datetime) -> int:
    """Compare what was read with what was asked, for the actions this lease still holds; return how many were judged."""
    with engine_scope("reconcile actions"):
        ours = Action.objects.filter(lease_token=token, status=Status.ACKNOWLEDGED, settled_at=None).order_by("id")
        # Locked first: whoever takes one of them back from here on waits, and cancels what is decided below.
        ids = list(ours.select_for_update(of=("self",)).values_list("pk", flat=True))
        with connection.cursor() as cursor:
            cursor.execute(SUPERSEDE, {"ids": ids})
        rows = list(ours)
        _write(rows, states, read_at)
        seen = [row for row in rows if is_seen(row, states)]
        unseen = [row for row in rows if not is_seen(row, states)]
        _confirm(seen)
        _contradict([row for row in unseen if row.contradictions + 1 < MOST_CONTRADICTIONS])
        hopeless = [row for row in unseen if row.contradictions + 1 >= MOST_CONTRADICTIONS]
        if hopeless:
            Action.objects.filter(pk__in=[row.pk for row in hopeless]).update(contradictions=F("contradictions") + 1)
            fail(hopeless, "contradicted: acknowledged again and again without effect", is_certain=False)
    return len(rows)


def is_seen(action: Action, states: States) -> bool:
    """Tell whether the marketplace shows the effect. A listing that is not there at all is as good as removed."""
    state = states.get((action.target, action.target_external_id))
    return state == EFFECTS[ActionKind(action.kind)] or (state is None and action.kind == ActionKind.REMOVE)


def put_back(token: uuid.UUID, actions: Sequence[Action], error: ConnectorError) -> None:
    """Look again after a growing pause; what cannot be looked at, or not for a day, stays acknowledged and unconfirmed."""
    log.warning("actions_not_seen", marketplace=actions[0].marketplace_id, error=str(error))
    is_final = not isinstance(error, ConnectorUnavailable)
    with engine_scope("put unseen actions back"):
        for row in actions:
            ours = Action.objects.filter(pk=row.pk, lease_token=token, settled_at=None)
            changes = {"lease_until": None, "lease_token": None, "last_error": str(error)[:300]}
            tired = ours if is_final else ours.filter(acknowledged_at__lt=IppNow() - TROUBLE)
            if not tired.update(settled_at=IppNow(), **changes):
                ours.update(due_at=IppNow() + backoff(min(row.attempts, 10)), **changes)


def _read(actions: Sequence[Action]) -> States:
    """Ask the marketplace, outside any transaction."""
    marketplace = actions[0].marketplace
    connector = connector_for(marketplace.connector)
    listings = [row.target_external_id for row in actions if row.target == Target.LISTING]
    states: dict[tuple[str, str], str] = {}
    for seen in connector.read_listings(marketplace.key, listings) if listings else ():
        states[Target.LISTING.value, seen.external_id] = seen.state
    for shop_id in sorted({row.target_external_id for row in actions if row.target == Target.SELLER}):
        shop = connector.read_shop(marketplace.key, shop_id)
        if shop is not None:
            states[Target.SELLER.value, shop.external_id] = shop.state
    return states


def _write(rows: Sequence[Action], states: States, read_at: datetime) -> None:
    """Write what was read into the catalogue."""
    for target in Target:
        found = {key[1]: state for key, state in states.items() if key[0] == target}
        if rows and found:
            write_states(target.value, rows[0].marketplace_id, found, read_at=read_at)


def _confirm(rows: Sequence[Action]) -> None:
    changes = {"confirmed_at": IppNow(), "settled_at": IppNow(), "lease_until": None, "lease_token": None, "last_error": ""}
    Action.objects.filter(pk__in=[row.pk for row in rows]).update(**changes)
    tell(rows, ActionsConfirmed)


def _contradict(rows: Sequence[Action]) -> None:
    """Have the command sent again, under a new id: the old id's answer is stored over there and would only be repeated."""
    if not rows:
        return
    changes = {
        "command_no": F("command_no") + 1,
        "contradictions": F("contradictions") + 1,
        "acknowledged_at": None,
        "due_at": IppNow(),
        "attempts": 0,
        "lease_until": None,
        "lease_token": None,
        "last_error": "contradicted",
    }
    advance(Action.objects.all(), ACTION, "contradict", ids=[row.pk for row in rows], **changes)
    log.warning("actions_contradicted", marketplace=rows[0].marketplace_id, actions=[row.code for row in rows])
    tell(rows, ActionsContradicted)
    ring_after_commit(TASK)

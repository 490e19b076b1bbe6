"""Sanctions given and taken back as the rules ask: warnings and restrictions at once, closures to be agreed on by two persons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ipp.core.actors import Actor
from ipp.core.clock import IppNow, now
from ipp.core.lifecycle import advance
from marketplaces.models import Seller
from penalties import rules
from penalties.events import ClosureFellDue, SanctionLifted, ShopRestricted, WarningGiven
from penalties.lifecycle import SANCTION, Measure, Status
from penalties.models import Sanction, Strike
from penalties.services.records import tell_of

Key = tuple[int, int, str]
"""What names a sanction among those of a shop: strike, step, measure."""

Given = Mapping[Key, tuple[Strike, rules.Standing, rules.Due]]


def lift_undue(*, actor: Actor, seller: Seller, due: Given, fallen: Sequence[Strike]) -> dict[int, list[str]]:
    """Take back every sanction that no longer follows, also one that is over.

    Returns: what each strike that fell had brought, as measures.
    """
    gone = {strike.pk for strike in fallen}
    undue = [row for row in _standing(seller) if key_of(row) not in due]
    advance(Sanction.objects.all(), SANCTION, "lift", ids=[row.pk for row in undue], over_at=IppNow())
    lifted: dict[int, list[str]] = defaultdict(list)
    for row in undue:
        was_in_force = row.status == Status.IN_FORCE
        if was_in_force or row.status == Status.ENDED:
            lifted[row.strike_id].append(row.measure)
        fact = SanctionLifted(
            code=seller.code,
            shop=seller.name,
            sanction=row.code,
            reference=row.reference,
            measure=row.measure,
            was_in_force=was_in_force,
            with_strike=row.strike_id in gone,
        )
        tell_of(fact, actor=actor, seller=seller)
    return lifted


def give_due(*, actor: Actor, seller: Seller, due: Given) -> None:
    """Give every sanction that follows and is not there yet.

    One closure is enough, and a restriction whose time would be over already is not made up for.
    """
    there = _standing(seller)
    known = {key_of(row) for row in there}
    is_closing = any(row.measure == Measure.CLOSURE for row in there)
    moment = now()
    for key, (strike, standing, item) in due.items():
        is_over = item.ends_at is not None and item.ends_at <= moment
        if key in known or is_over or (item.measure == rules.Measure.CLOSURE and is_closing):
            continue
        is_closing = is_closing or item.measure == rules.Measure.CLOSURE
        _give(actor, seller, strike, standing, item)


def key_of(row: Sanction) -> Key:
    """Return what names a sanction among those of its shop."""
    return (row.strike_id, row.step, row.measure)


def _standing(seller: Seller) -> list[Sanction]:
    return list(Sanction.objects.filter(seller=seller).standing().order_by("id"))


def _give(actor: Actor, seller: Seller, strike: Strike, standing: rules.Standing, item: rules.Due) -> None:
    is_closure = item.measure == rules.Measure.CLOSURE
    row = Sanction.objects.create(
        seller=seller,
        strike=strike,
        policy_id=strike.policy_id,
        step=item.step,
        measure=item.measure.value,
        lesson=item.lesson,
        status=Status.DUE if is_closure else Status.IN_FORCE,
        in_force_at=None if is_closure else now(),
        ends_at=item.ends_at,
    )
    named: dict[str, Any] = {
        "code": seller.code,
        "shop": seller.name,
        "sanction": row.code,
        "reference": row.reference,
        "level": standing.level,
    }
    of = item.strike.pack.last_step
    if is_closure:
        tell_of(ClosureFellDue(**named), actor=actor, seller=seller)
    elif item.ends_at is not None:
        tell_of(ShopRestricted(**named, of=of, ends_at=item.ends_at.isoformat()), actor=actor, seller=seller)
    else:
        tell_of(WarningGiven(**named, of=of), actor=actor, seller=seller)

"""Strikes and sanctions brought in line with the violations that stand: what the rules say is compared with what is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from marketplaces.models import Seller
from penalties import rules
from penalties.events import StrikeChanged, StrikeCounted, StrikeTakenBack
from penalties.models import Strike, Violation
from penalties.services.carrying_out import carry_out
from penalties.services.records import tell_of
from penalties.services.sanctioning import Key, give_due, lift_undue

Violations = Mapping[int, Violation]


def recount(*, actor: Actor, seller: Seller) -> None:
    """Group a shop's violations anew, take back what no longer follows, give what follows now, and tell the marketplace.

    The caller holds the shop's lock. Doing it again changes nothing.
    """
    violations = {row.pk: row for row in Violation.objects.filter(seller=seller).standing().select_related("policy")}
    wanted = rules.standings(rules.group(_offence(row) for row in violations.values()))
    stored = list(Strike.objects.filter(seller=seller).standing().order_by("id"))
    matched = match(stored, violations, wanted)
    fallen = [strike for strike in stored if strike not in matched.values()]
    lifted = lift_undue(actor=actor, seller=seller, due=_due(matched, wanted), fallen=fallen)
    for strike in fallen:
        Strike.objects.filter(pk=strike.pk).update(taken_back_at=IppNow())
        tell_of(StrikeTakenBack(seller.code, seller.name, strike.code, lifted[strike.pk]), actor=actor, seller=seller)
    for place, standing in enumerate(wanted):
        if place in matched:
            _bring_up_to_date(actor, seller, matched[place], standing, violations)
        else:
            matched[place] = _count(actor, seller, standing, violations)
    give_due(actor=actor, seller=seller, due=_due(matched, wanted))
    carry_out(actor=actor, seller_id=seller.pk)


def match(stored: Sequence[Strike], violations: Violations, wanted: Sequence[rules.Standing]) -> dict[int, Strike]:
    """Return which stored strike goes on as which wanted one (by its place): a strike stays itself while violations join or leave it.

    It goes where its anchor is, or where the first of what is left of it is. Of two that became one, the older goes on.
    """
    place_of = {member.id: place for place, standing in enumerate(wanted) for member in standing.strike.members}
    matched: dict[int, Strike] = {}
    for strike in stored:
        left = [strike.anchor_id, *sorted(row.pk for row in violations.values() if row.strike_id == strike.pk)]
        home = next((place_of[pk] for pk in left if pk in place_of), None)
        if home is not None:
            matched.setdefault(home, strike)
    return matched


def _offence(row: Violation) -> rules.Offence:
    return rules.Offence(
        id=row.pk,
        received_at=row.received_at,
        confirmed_at=row.confirmed_at,
        severity=row.severity,
        right_kind=row.right_kind,
        reason=row.reason,
        pack=row.policy.pack if row.policy is not None else None,
    )


def _due(matched: Mapping[int, Strike], wanted: Sequence[rules.Standing]) -> dict[Key, tuple[Strike, rules.Standing, rules.Due]]:
    """Return what is due for the strikes that are stored, by strike, step and measure."""
    return {
        (strike.pk, due.step, due.measure.value): (strike, wanted[place], due)
        for place, strike in sorted(matched.items())
        for due in rules.measures_due(wanted[place])
    }


def _count(actor: Actor, seller: Seller, standing: rules.Standing, violations: Violations) -> Strike:
    anchor = violations[standing.strike.anchor.id]
    assert anchor.policy is not None
    strike = Strike.objects.create(seller=seller, anchor=anchor, policy=anchor.policy, **_values(standing))
    _put_in(strike, standing)
    fact = StrikeCounted(
        code=seller.code,
        shop=seller.name,
        strike=strike.code,
        level=standing.level,
        of=standing.strike.pack.last_step,
        listings=len(standing.strike.members),
        expires_at=strike.expires_at.isoformat(),
        version=anchor.policy.version,
        measures=[due.measure.value for due in rules.measures_due(standing)],
    )
    tell_of(fact, actor=actor, seller=seller)
    return strike


def _bring_up_to_date(actor: Actor, seller: Seller, strike: Strike, standing: rules.Standing, violations: Violations) -> None:
    anchor = violations[standing.strike.anchor.id]
    values = _values(standing) | {"anchor_id": anchor.pk, "policy_id": anchor.policy_id}
    joined = [member.id for member in standing.strike.members if violations[member.id].strike_id != strike.pk]
    if not joined and all(getattr(strike, name) == value for name, value in values.items()):
        return
    Strike.objects.filter(pk=strike.pk).update(**values)
    _put_in(strike, standing)
    expires = standing.strike.expires_at.isoformat()
    listings = len(standing.strike.members)
    tell_of(StrikeChanged(seller.code, seller.name, strike.code, standing.level, listings, expires), actor=actor, seller=seller)


def _values(standing: rules.Standing) -> dict[str, object]:
    strike = standing.strike
    return {
        "level": standing.level,
        "opened_at": strike.opened_at,
        "expires_at": strike.expires_at,
        "counted_at": strike.counted_at,
    }


def _put_in(strike: Strike, standing: rules.Standing) -> None:
    Violation.objects.filter(pk__in=[member.id for member in standing.strike.members]).update(strike=strike)

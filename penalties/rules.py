"""Pure rules of penalties: which upheld listings are one strike, how high a shop stands, and which measures are due for it.

Everything is a function of the violations that stand. Nothing remembers what was decided before, so a violation that is taken back
leaves exactly what would be there had it never been.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo


class Measure(StrEnum):
    """What a shop can be given, mildest first."""

    WARNING = "warning"
    RESTRICTION = "restriction"
    CLOSURE = "closure"


SOURCE = "penalties.sanction"
"""What the actions of this app are asked for by; their `source_id` is the sanction they are for."""

FIRST, SLIDING = "first", "sliding"
RECEIVED, CONFIRMED = "complaint_received", "confirmed"


@dataclass(frozen=True)
class Step:
    """What strike number `at` brings. `days` is how long a restriction lasts, `lesson` the page to read first."""

    at: int
    measures: tuple[Measure, ...]
    days: int = 0
    lesson: str = ""


@dataclass(frozen=True)
class Escalation:
    """A strike with so many listings for one of these reasons stands at step `to` at least, however few strikes there are."""

    reasons: frozenset[str]
    listings: int
    to: int


@dataclass(frozen=True)
class Pack:
    """One version of a marketplace's penalty policy, read from its data.

    `merge_days` counts calendar days of `zone`: with 3, what arrived on the first day and on the two days after it is one strike.
    They are counted from a strike's first violation (`first`) or from the latest one before (`sliding`); domain.md U8.
    """

    severities: frozenset[str]
    right_kinds: frozenset[str]
    merge_anchor: str
    merge_days: int
    merge_basis: str
    zone: str
    valid_hours: int
    steps: tuple[Step, ...]
    escalations: tuple[Escalation, ...] = ()

    @property
    def last_step(self) -> int:
        """The highest step; a strike beyond it brings the same again."""
        return self.steps[-1].at

    def step(self, level: int) -> Step | None:
        """Return what strike number `level` brings."""
        return next((step for step in self.steps if step.at == min(level, self.last_step)), None)

    def day(self, moment: datetime) -> date:
        """Return the calendar day of a moment where the policy counts days."""
        return moment.astimezone(ZoneInfo(self.zone)).date()


def read_pack(data: Mapping[str, Any]) -> Pack:
    """Read a policy's data.

    Raises:
        ValueError: it is no policy that can be followed; the message says which part.
    """
    merge = data["merge"]
    pack = Pack(
        severities=frozenset(data["strike_severities"]),
        right_kinds=frozenset(data.get("right_kinds", ())),
        merge_anchor=merge["anchor"],
        merge_days=int(merge["days"]),
        merge_basis=merge["basis"],
        zone=merge["time_zone"],
        valid_hours=int(data["valid_hours"]),
        steps=tuple(
            Step(int(item["at"]), tuple(Measure(name) for name in item["measures"]), int(item.get("days", 0)), item.get("lesson", ""))
            for item in data["steps"]
        ),
        escalations=tuple(
            Escalation(frozenset(item["reasons"]), int(item["listings"]), int(item["to"])) for item in data.get("escalations", ())
        ),
    )
    _check(pack)
    return pack


@dataclass(frozen=True)
class Offence:
    """What the rules need to know of a violation. Without a pack in force when its complaint arrived it counts for nothing."""

    id: int
    received_at: datetime
    confirmed_at: datetime
    severity: str
    right_kind: str
    reason: str
    pack: Pack | None

    @property
    def counts(self) -> bool:
        """Whether it makes a strike."""
        pack = self.pack
        return pack is not None and self.severity in pack.severities and (not pack.right_kinds or self.right_kind in pack.right_kinds)

    @property
    def moment(self) -> datetime:
        """The moment its policy counts by."""
        assert self.pack is not None
        return self.confirmed_at if self.pack.merge_basis == CONFIRMED else self.received_at


@dataclass(frozen=True)
class Strike:
    """Violations that count as one, under the policy of the first of them."""

    members: tuple[Offence, ...]

    @property
    def anchor(self) -> Offence:
        """The first of them."""
        return self.members[0]

    @property
    def pack(self) -> Pack:
        """The policy it is judged by."""
        assert self.anchor.pack is not None
        return self.anchor.pack

    @property
    def opened_at(self) -> datetime:
        """When it begins to count."""
        return self.anchor.moment

    @property
    def expires_at(self) -> datetime:
        """When it no longer counts: hours, not calendar years (domain.md U9, vector 3)."""
        return self.opened_at + timedelta(hours=self.pack.valid_hours)

    @property
    def counted_at(self) -> datetime:
        """When it first stood: its earliest confirmation. Strikes are numbered in this order, so a late one renumbers none before it."""
        return min(member.confirmed_at for member in self.members)

    def is_valid_at(self, moment: datetime) -> bool:
        """Whether it counts at a moment."""
        return self.opened_at <= moment < self.expires_at


@dataclass(frozen=True)
class Standing:
    """How high a strike stands: `level` strikes count together with it at one moment, `with_it` are those, itself among them."""

    strike: Strike
    level: int
    with_it: tuple[Strike, ...]


@dataclass(frozen=True)
class Due:
    """A measure that is due for a strike. `ends_at` is set where it ends by itself."""

    strike: Strike
    step: int
    measure: Measure
    days: int
    ends_at: datetime | None
    lesson: str


def group(offences: Iterable[Offence]) -> list[Strike]:
    """Return the strikes that violations make, in the order of their moments; those that count for nothing are left out."""
    groups: list[list[Offence]] = []
    for offence in sorted((item for item in offences if item.counts), key=lambda item: (item.moment, item.id)):
        if groups and _joins(groups[-1], offence):
            groups[-1].append(offence)
        else:
            groups.append([offence])
    return [Strike(tuple(members)) for members in groups]


def standings(strikes: Iterable[Strike]) -> list[Standing]:
    """Return how high each strike stands, in the order in which they came to count."""
    opened: list[datetime] = []
    expires: list[datetime] = []
    found: list[Standing] = []
    before: list[Strike] = []
    for strike in sorted(strikes, key=lambda item: (item.counted_at, item.opened_at, item.anchor.id)):
        before.append(strike)
        insort(opened, strike.opened_at)
        insort(expires, strike.expires_at)
        moments = [moment for moment in opened if strike.is_valid_at(moment)]
        peak = max(moments, key=lambda moment: bisect_right(opened, moment) - bisect_right(expires, moment))
        together = tuple(item for item in before if item.is_valid_at(peak))
        found.append(Standing(strike, len(together), together))
    return found


def measures_due(standing: Standing) -> list[Due]:
    """Return the measures that are due for one strike: those of its number, and those of what it is made of where that is graver."""
    strike = standing.strike
    steps = [strike.pack.step(standing.level)]
    if (higher := _escalated(strike)) > standing.level:
        steps.append(strike.pack.step(higher))
    return [
        Due(strike, step.at, measure, step.days, _end_of(strike, step, measure), step.lesson)
        for step in steps
        if step is not None
        for measure in step.measures
    ]


def _joins(members: Sequence[Offence], offence: Offence) -> bool:
    first = members[0]
    assert first.pack is not None
    since = first if first.pack.merge_anchor == FIRST else members[-1]
    return (first.pack.day(offence.moment) - first.pack.day(since.moment)).days < first.pack.merge_days


def _escalated(strike: Strike) -> int:
    """Return the step a strike stands at by what it is made of, 0 where that is nothing special (domain.md 2.4, intentional)."""
    return max(
        (rule.to for rule in strike.pack.escalations if sum(member.reason in rule.reasons for member in strike.members) >= rule.listings),
        default=0,
    )


def _end_of(strike: Strike, step: Step, measure: Measure) -> datetime | None:
    return strike.counted_at + timedelta(days=step.days) if measure == Measure.RESTRICTION else None


def _check(pack: Pack) -> None:
    """Refuse data that would judge nobody, or for ever."""
    places = [step.at for step in pack.steps]
    if not places or places != sorted(set(places)) or places[0] < 1:
        raise ValueError("steps: number them upwards, from 1")
    if pack.merge_anchor not in (FIRST, SLIDING) or pack.merge_basis not in (RECEIVED, CONFIRMED):
        raise ValueError("merge: anchor is first or sliding, basis is complaint_received or confirmed")
    if pack.merge_days < 1 or pack.valid_hours < 1:
        raise ValueError("merge.days and valid_hours: at least 1")
    if any(Measure.RESTRICTION in step.measures and step.days < 1 for step in pack.steps):
        raise ValueError("steps: a restriction says how many days it lasts")
    if any(rule.listings < 1 or rule.to > pack.last_step for rule in pack.escalations):
        raise ValueError("escalations: at least one listing, to a step there is")
    ZoneInfo(pack.zone)

"""One shop's record, as both the seller and the platform read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import get_language

from marketplaces.models import Seller
from penalties import rules
from penalties.lifecycle import Measure, Status
from penalties.models import PenaltyPolicy, Sanction, Strike, Violation
from penalties.queries.policies import penalty_in_force
from takedowns.models import ReasonCode


@dataclass(frozen=True)
class StrikeLine:
    """A strike with the listings it rests on and what it brought."""

    strike: Strike
    violations: Sequence[Violation]
    sanctions: Sequence[Sanction]
    is_valid: bool


@dataclass(frozen=True)
class Record:
    """A shop's whole record at `moment`: what counts, what lapsed, what never counted, and what was taken back; newest first."""

    seller: Seller
    moment: datetime
    policy: PenaltyPolicy | None
    strikes: Sequence[StrikeLine]
    uncounted: Sequence[Violation]
    taken_back: Sequence[Violation]
    lifted: Sequence[Sanction]

    @property
    def valid(self) -> int:
        """How many strikes count now."""
        return sum(line.is_valid for line in self.strikes)

    @property
    def next_step(self) -> rules.Step | None:
        """What the next strike would bring, under the version in force."""
        return self.policy.pack.step(self.valid + 1) if self.policy is not None else None

    @property
    def last_step(self) -> int:
        """How many strikes there are to the end, under the version in force; 0 where there are no rules."""
        return self.policy.pack.last_step if self.policy is not None else 0

    @property
    def unread(self) -> Sanction | None:
        """The newest sanction whose lesson was not read yet."""
        given = [row for line in self.strikes for row in line.sanctions]
        return next((row for row in given if row.lesson and row.read_at is None and row.status in (Status.IN_FORCE, Status.ENDED)), None)

    @property
    def is_closed(self) -> bool:
        """Whether a closure is in force: nothing is left that could follow."""
        return any(row.measure == Measure.CLOSURE and row.status == Status.IN_FORCE for line in self.strikes for row in line.sanctions)

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing on it."""
        return not (self.strikes or self.uncounted or self.taken_back)


def record_of(seller: Seller, moment: datetime, day: date, *, public_only: bool = True) -> Record:
    """Return a shop's record; `public_only` leaves out what the seller is not told: closures nobody has agreed to."""
    violations = list(_worded(Violation.objects.filter(seller=seller).select_related("policy").order_by("-received_at", "-id")))
    given = Sanction.objects.as_sellers_see_it() if public_only else Sanction.objects.all()
    sanctions = list(given.filter(seller=seller).select_related("policy").order_by("-id"))
    by_strike: dict[int, list[Sanction]] = defaultdict(list)
    for row in sanctions:
        if row.status != Status.LIFTED:
            by_strike[row.strike_id].append(row)
    members: dict[int, list[Violation]] = defaultdict(list)
    for violation in violations:
        if violation.strike_id is not None and violation.taken_back_at is None:
            members[violation.strike_id].append(violation)
    strikes = Strike.objects.filter(seller=seller).standing().select_related("policy").order_by("-opened_at", "-id")
    return Record(
        seller=seller,
        moment=moment,
        policy=penalty_in_force(seller.marketplace_id, day),
        strikes=[StrikeLine(row, members[row.pk], by_strike[row.pk], row.opened_at <= moment < row.expires_at) for row in strikes],
        uncounted=[row for row in violations if row.strike_id is None and row.taken_back_at is None],
        taken_back=[row for row in violations if row.taken_back_at is not None],
        lifted=[row for row in sanctions if row.status == Status.LIFTED],
    )


def rests_on(sanction: Sanction) -> list[StrikeLine]:
    """Return the strikes a sanction rests on, oldest first: those that counted together with its own when it came to count."""
    strikes = list(Strike.objects.filter(seller_id=sanction.seller_id).standing().select_related("policy").order_by("opened_at", "id"))
    own = next((row for row in strikes if row.pk == sanction.strike_id), None)
    if own is None:
        return []
    earlier = [row for row in strikes if (row.counted_at, row.opened_at, row.anchor_id) <= (own.counted_at, own.opened_at, own.anchor_id)]
    moments = [row.opened_at for row in earlier if own.opened_at <= row.opened_at < own.expires_at]
    peak = max(moments, key=lambda moment: sum(row.opened_at <= moment < row.expires_at for row in earlier))
    members: dict[int, list[Violation]] = defaultdict(list)
    for violation in _worded(Violation.objects.filter(seller_id=sanction.seller_id).standing().order_by("received_at", "id")):
        members[violation.strike_id or 0].append(violation)
    return [StrikeLine(row, members[row.pk], (), True) for row in earlier if row.opened_at <= peak < row.expires_at]


def _worded(rows: QuerySet[Violation]) -> QuerySet[Violation]:
    """Give each violation its reason in the reader's language (`reason_words`): a code tells a shop nothing."""
    words = "label_zh" if (get_language() or "en").startswith("zh") else "label_en"
    return rows.annotate(reason_words=Subquery(ReasonCode.objects.filter(pk=OuterRef("reason")).values(words)[:1]))

"""The rights holder's days to answer a seller, to the second; what silence does after them, and what each ending counts as."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from ipp.core import clock, tenancy
from ipp.core.errors import Conflict
from marketplaces.services import carry_out_due
from takedowns import services
from takedowns.models import CounterNoticeListing
from takedowns.queries.own import metrics_of
from tests.factories.disputes import contested, countered, fresh_counter, ruled, told
from tests.factories.takedowns import fresh, rows_of
from tests.takedowns.cases import withdraw


@contextmanager
def living(moment: datetime) -> Iterator[None]:
    """Live at a moment while the block runs; within a test no time passes by itself."""
    with clock.moved(moment - clock.now()):
        yield


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def accept(holder, counter):
    with tenancy.acting(holder):
        return services.accept_counter_notice(actor=holder, code=counter.code)


def figures(holder):
    with tenancy.acting(holder):
        found = metrics_of(holder)
    return found.accepted, found.successful_counter_notices, found.counter_notice_rate


def outcomes(counter):
    with tenancy.engine_scope("tests"):
        return set(CounterNoticeListing.objects.filter(counter_notice=counter).values_list("outcome", flat=True))


@pytest.fixture
def work(run_engine):
    """Return a function that lets the engine do all there is to do now, the commands to the marketplace included."""

    def run() -> None:
        run_engine()
        while carry_out_due():
            run_engine()

    return run


@pytest.mark.parametrize(
    ("notified", "answered", "last_second", "why"),
    [
        ("2026-03-13T18:00:00", "2026-03-17T09:00:00", "2026-03-20T23:59:59", "domain.md 12: from a Tuesday to the Friday"),
        ("2026-09-28T10:00:00", "2026-09-30T23:30:00", "2026-10-10T23:59:59", "domain.md 6.3: a make-up Saturday is the third day"),
        ("2026-09-17T10:00:00", "2026-09-18T12:00:00", "2026-09-22T23:59:59", "domain.md 6.3: a make-up Sunday is the first"),
        ("2026-02-13T10:00:00", "2026-02-14T15:00:00", "2026-02-26T23:59:59", "domain.md 6.3: nine days off come after a make-up Saturday"),
    ],
)
def test_silence_withdraws_at_the_midnight_after_the_third_business_day(
    alice, cast, marketplace, work, notified, answered, last_second, why
):
    """Domain.md 12, counter-notice: automatic withdrawal at 00:00:00, the listing restored, the row counted."""
    sunny, midnight = cast("sunny"), shanghai(last_second) + timedelta(seconds=1)
    with living(shanghai(notified)):
        notice = told(alice, sunny, seen_on=clock.now().date())
        work()
    with living(shanghai(answered)):
        counter = countered(alice, sunny, notice=notice)
        work()

    assert counter.holder_due_at == shanghai(last_second)
    assert {row.holder_due_at for row in rows_of(counter.complaint)} == {shanghai(last_second)}
    with living(shanghai(last_second)):
        assert services.close_windows() == 0
        assert (outcomes(counter), figures(alice)) == ({""}, (2, 0, 0.0))
    with living(midnight):
        with pytest.raises(Conflict) as refused:
            accept(alice, counter)
        assert services.close_windows() == 2
        work()
        assert figures(alice) == (2, 2, 1.0)

    assert refused.value.code == "window_closed"
    rows = rows_of(counter.complaint)
    assert [(row.status, row.ending, row.settled_at) for row in rows] == [("withdrawn", "lapsed", midnight)] * 2
    assert [(row.removed_at, row.restored_at) for row in rows] == [(shanghai(notified), midnight)] * 2
    assert [command.action for command in marketplace.sent] == ["remove"] * 2 + ["restore"] * 2
    assert [command.target for command in marketplace.sent[:2]] == [command.target for command in marketplace.sent[2:]]
    assert (outcomes(counter), fresh_counter(counter).status, fresh(counter.complaint).status) == ({"lapsed"}, "closed", "withdrawn")


def conceding(holder, seller):
    counter = countered(holder, seller)
    accept(holder, counter)
    return counter


def silent(holder, seller):
    counter = countered(holder, seller)
    with living(counter.holder_due_at + timedelta(seconds=1)):
        assert services.close_windows() == 2
    return counter


def withdrawing_unanswered(holder, seller):
    counter = countered(holder, seller)
    withdraw(holder, counter.complaint)
    return counter


def withdrawing_disputed(holder, seller):
    counter = contested(holder, seller)
    withdraw(holder, counter.complaint)
    return counter


def overruled(holder, seller):
    return ruled(holder, seller, outcome="overturned")


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (conceding, "conceded"),
        (silent, "lapsed"),
        (withdrawing_unanswered, "withdrawn"),
        (withdrawing_disputed, "withdrawn"),
        (overruled, "overturned"),
    ],
)
def test_each_answer_that_gives_the_listing_back_counts_against_the_filer(alice, cast, marketplace, end, outcome):
    counter = end(alice, cast("sunny"))

    assert outcomes(counter) == {outcome}
    assert figures(alice) == (2, 2, 1.0)


@pytest.mark.parametrize("stand", [countered, contested, ruled])
def test_an_answer_that_is_open_or_was_ruled_unfounded_does_not_count(alice, cast, marketplace, stand):
    stand(alice, cast("sunny"))

    assert figures(alice) == (2, 0, 0.0)

"""The rights holder accepts a counter-notice, rejects it with reasons, or says nothing; and what a seller's silence does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from ipp.core import clock, tenancy
from ipp.core.actors import Actor
from ipp.core.errors import Conflict, IllegalTransition, InvalidInput, NotFound
from ipp.core.models import Event
from marketplaces.models import Action
from takedowns import services
from takedowns.models import CounterNoticeAnswer, CounterNoticeListing, Exhibit, SellerNotice
from tests.factories.disputes import claimed_shop, contested, countered, fresh_counter, notice_of, told
from tests.factories.marketplaces import inside_engine
from tests.factories.rightsholders import stored_file
from tests.factories.takedowns import decided, fresh, link_texts, rows_of, seen_listings
from tests.takedowns.cases import withdraw

pytestmark = pytest.mark.usefixtures("marketplace")

OVER = timedelta(days=15)
"""Longer than any window, holidays included."""


def accept(holder, counter, *positions, **changes):
    with tenancy.acting(holder):
        return services.accept_counter_notice(actor=holder, code=counter.code, positions=positions or None, **changes)


def reject(holder, counter, *positions, reasons=("NOT_GENUINE",), message="They are copies.", files=()):
    with tenancy.acting(holder):
        return services.reject_counter_notice(
            actor=holder, code=counter.code, positions=positions or None, reasons=reasons, message=message, files=files
        )


def states(counter):
    return [(row.status, row.ending) for row in rows_of(counter.complaint)]


def outcomes(counter):
    with tenancy.engine_scope("tests"):
        rows = CounterNoticeListing.objects.filter(counter_notice=counter).order_by("reported_listing__position")
        return list(rows.values_list("status", "outcome"))


def kinds(complaint):
    with tenancy.engine_scope("tests"):
        return sorted(Action.objects.filter(reference=complaint.reference).values_list("kind", "status"))


def events(name):
    with tenancy.engine_scope("tests"):
        return list(Event.objects.filter(name=name).order_by("id"))


def acknowledged(complaint, kind="remove"):
    """Let the marketplace have done what it was asked."""
    with inside_engine(Actor.system(complaint.organization_id, "tests")) as engine:
        Action.objects.filter(reference=complaint.reference, kind=kind).update(status="acknowledged", sent_at=clock.now())
        services.note_actions(actor=engine, kind=kind, source_ids=[row.pk for row in rows_of(complaint)])


def test_accepting_withdraws_the_claim_and_asks_for_the_listing_back_at_once(alice, cast, run_engine):
    counter = countered(alice, cast("sunny"))
    acknowledged(counter.complaint)

    accept(alice, counter, message="Our mistake.")

    assert states(counter) == [("withdrawn", "conceded")] * 2
    assert outcomes(counter) == [("closed", "conceded")] * 2
    assert (fresh_counter(counter).status, fresh(counter.complaint).status) == ("closed", "withdrawn")
    run_engine()
    assert kinds(counter.complaint) == [("remove", "acknowledged")] * 2 + [("restore", "proposed")] * 2
    assert notice_of(counter.complaint).status == "closed"
    letters = [item for item in mail.outbox if item.subject.startswith("Your answer was accepted")]
    assert sorted(item.to[0] for item in letters) == ["suki@people.example", "sunny@people.example"]
    assert "Our mistake." in letters[0].body


def test_one_listing_is_accepted_and_the_other_rejected(alice, cast):
    counter = countered(alice, cast("sunny"))

    accept(alice, counter, 1)
    reject(alice, counter, 2)

    assert states(counter) == [("withdrawn", "conceded"), ("contested", "")]
    after = fresh_counter(counter)
    first, second = rows_of(counter.complaint)
    assert (after.status, after.platform_due_at) == ("contested", second.platform_due_at)
    assert (first.round, second.round) == (1, 2)
    complaint = fresh(counter.complaint)
    assert (complaint.status, complaint.accepted_count, complaint.disputed_count, complaint.withdrawn_count) == ("decided", 1, 1, 1)


def test_a_rejection_tells_the_seller_and_keeps_reasons_words_and_pages(alice, cast, run_engine, storage):
    counter = countered(alice, cast("sunny"))
    with tenancy.acting(alice):
        paper = stored_file(alice)

    reject(alice, counter, reasons=["NOT_GENUINE", "PAPERS_DO_NOT_MATCH"], files=[paper])
    run_engine()

    with tenancy.acting(cast("sunny")):
        said = CounterNoticeAnswer.objects.get()
        shown = Exhibit.objects.get(answer=said)
    assert (said.kind, said.reasons, said.message, said.positions) == (
        "rejected",
        ["NOT_GENUINE", "PAPERS_DO_NOT_MATCH"],
        "They are copies.",
        [1, 2],
    )
    assert (shown.sha256, shown.side) == (paper.sha256, "complainant")
    assert [item.to[0] for item in mail.outbox if item.subject.startswith("Your answer was rejected")] == [
        "sunny@people.example",
        "suki@people.example",
    ]


@pytest.mark.parametrize(
    ("reasons", "message", "pointer"),
    [([], "No.", "reasons"), (["BECAUSE"], "No.", "reasons"), (["AUTHORISED"], "No.", "reasons"), (["NOT_GENUINE"], " ", "message")],
)
def test_a_rejection_without_reasons_is_refused_and_writes_nothing(alice, cast, reasons, message, pointer):
    counter = countered(alice, cast("sunny"))

    with pytest.raises(InvalidInput) as refused:
        reject(alice, counter, reasons=reasons, message=message)

    assert pointer in {item.pointer for item in refused.value.errors}
    assert states(counter) == [("countered", "")] * 2
    with tenancy.engine_scope("tests"):
        assert not CounterNoticeAnswer.objects.exists()


def test_a_stranger_and_the_seller_find_nothing_to_answer(alice, gus, cast):
    counter = countered(alice, cast("sunny"))

    for stranger in (gus, cast("sunny"), cast("moon")):
        with pytest.raises(NotFound):
            accept(stranger, counter)
    with pytest.raises(NotFound):
        accept(alice, counter, 7)
    assert states(counter) == [("countered", "")] * 2


def test_answering_twice_is_refused(alice, cast):
    counter = countered(alice, cast("sunny"))
    accept(alice, counter, 1)

    for again in (accept, reject):
        with pytest.raises(IllegalTransition):
            again(alice, counter, 1)
    assert states(counter) == [("withdrawn", "conceded"), ("countered", "")]


def test_an_answer_one_second_late_is_refused_and_silence_withdraws(alice, cast, run_engine):
    counter = countered(alice, cast("sunny"))
    acknowledged(counter.complaint)
    late = counter.holder_due_at - clock.now() + timedelta(seconds=1)

    with clock.moved(late):
        for answer in (accept, reject):
            with pytest.raises(Conflict) as refused:
                answer(alice, counter)
            assert refused.value.code == "window_closed"
        assert services.close_windows() == 2

    assert states(counter) == [("withdrawn", "lapsed")] * 2
    assert outcomes(counter) == [("closed", "lapsed")] * 2
    assert (fresh_counter(counter).status, fresh(counter.complaint).status) == ("closed", "withdrawn")
    run_engine(after=late)
    assert kinds(counter.complaint)[2:] == [("restore", "proposed")] * 2
    subjects = [item.subject for item in mail.outbox]
    assert sum(subject.startswith("Withdrawn, because nobody answered") for subject in subjects) == 3
    assert sum(subject.startswith("The complaint was withdrawn") for subject in subjects) == 2


def test_the_last_second_is_in_time(alice, cast):
    counter = countered(alice, cast("sunny"))

    with clock.moved(counter.holder_due_at - clock.now()):
        assert services.close_windows() == 0
        reject(alice, counter)

    assert states(counter) == [("contested", "")] * 2


def test_a_sellers_silence_confirms_what_was_decided_once(alice, cast, run_engine):
    notice = told(alice, cast("sunny"))

    with clock.moved(OVER):
        assert services.close_windows() == 2
        assert services.close_windows() == 0

    rows = rows_of(notice.complaint)
    assert [(row.status, row.ending, row.settled_at is not None) for row in rows] == [("upheld", "silence", True)] * 2
    (event,) = events("takedowns.listings.upheld")
    assert (event.payload["how"], event.payload["listing_ids"]) == ("silence", [row.pk for row in rows])
    assert (notice_of(notice.complaint).status, fresh(notice.complaint).upheld_count) == ("closed", 2)
    run_engine(after=OVER)
    subjects = [item.subject for item in mail.outbox]
    assert sum("claims stand" in subject for subject in subjects) == 3
    assert sum(subject.startswith("The time to answer is over") for subject in subjects) == 2


def test_silence_says_nothing_about_a_shop_that_was_never_told(alice):
    seen_listings([3_000_000_000])
    complaint = decided(alice, links=link_texts(1))

    with clock.moved(OVER):
        assert services.close_windows() == 0

    assert [row.status for row in rows_of(complaint)] == ["accepted"]


def test_a_listing_that_waits_for_the_window_comes_down_when_it_is_over(alice, cast, storage):
    from tests.factories.rightsholders import validated_right

    right = validated_right(alice, "invention")
    with tenancy.acting(alice):
        chart = stored_file(alice)
    notice = told(alice, cast("sunny"), right=right, reason="PT-CLAIM", statements={}, evidence=[("claim_chart", chart.code)])
    assert kinds(notice.complaint) == []

    with clock.moved(OVER):
        services.close_windows()

    assert kinds(notice.complaint) == [("remove", "proposed")] * 2


def test_a_shop_is_not_silent_about_what_it_answered(alice, cast):
    counter = countered(alice, cast("sunny"), positions=[1])
    contested_row = fresh_counter(counter)
    reject(alice, contested_row)

    with clock.moved(OVER):
        services.close_windows()

    assert states(counter) == [("contested", ""), ("upheld", "silence")]
    assert notice_of(counter.complaint).status == "open"


def test_withdrawing_a_disputed_listing_closes_the_dispute_and_brings_it_back(alice, cast, run_engine):
    counter = contested(alice, cast("sunny"))
    acknowledged(counter.complaint)

    withdraw(alice, counter.complaint, 1)
    run_engine()

    assert states(counter) == [("withdrawn", "withdrawn"), ("contested", "")]
    assert outcomes(counter) == [("closed", "withdrawn"), ("contested", "")]
    assert fresh_counter(counter).status == "contested"
    assert kinds(counter.complaint)[2:] == [("restore", "proposed")]


def test_withdrawing_what_was_upheld_gives_it_back_and_says_so_to_whoever_counted_it(alice, cast, run_engine):
    notice = told(alice, cast("sunny"))
    acknowledged(notice.complaint)
    with clock.moved(OVER):
        services.close_windows()

        withdraw(alice, fresh(notice.complaint), 1)
    run_engine(after=OVER)

    first, second = rows_of(notice.complaint)
    assert [(first.status, first.ending), (second.status, second.ending)] == [("withdrawn", "withdrawn"), ("upheld", "silence")]
    (event,) = events("takedowns.listings.released")
    assert (event.payload["how"], event.payload["listing_ids"]) == ("withdrawn", [first.pk])


def test_a_sweep_steps_over_a_complaint_that_cannot_be_closed_and_closes_the_others(alice, cast, monkeypatch):
    sunny = cast("sunny")
    first, second = told(alice, sunny, count=1), told(alice, sunny, count=1, start=3_000_000_050)
    from takedowns.services import closing

    def broken(actor, complaint, rows, *, confirm=closing._confirm):
        if complaint.pk == first.complaint_id:
            raise RuntimeError("broken")
        confirm(actor, complaint, rows)

    monkeypatch.setattr(closing, "_confirm", broken)
    with clock.moved(OVER), pytest.raises(RuntimeError):
        services.close_windows()

    assert [row.status for row in rows_of(first.complaint)] == ["accepted"]
    assert [row.status for row in rows_of(second.complaint)] == ["upheld"]


def test_every_notice_closes_only_when_nothing_is_open(alice, cast):
    claimed_shop_of = cast("sunny")
    counter = countered(alice, claimed_shop_of, positions=[1])

    with tenancy.engine_scope("tests"):
        notice = SellerNotice.objects.get(pk=counter.notice_id)
    assert (notice.status, notice.due_at) == ("open", rows_of(counter.complaint)[1].seller_due_at)
    assert claimed_shop(claimed_shop_of).organization_id == claimed_shop_of.organization_id

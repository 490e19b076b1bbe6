"""A seller answers: in time, once a listing, with what its ground asks for; late means closed, with the moment."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from ipp.core import clock, tenancy
from ipp.core.errors import Conflict, IllegalTransition, InvalidInput, NotFound
from takedowns import services
from takedowns.models import CounterNotice, CounterNoticeListing, DisputeCode, Exhibit, SellerNotice, Transition
from tests.factories.disputes import another_shop, answer, claimed_shop, countered, notice_of, told
from tests.factories.rightsholders import stored_file
from tests.factories.takedowns import decided, fresh, link_texts, rows_of, seen_listings
from tests.takedowns.cases import withdraw

pytestmark = pytest.mark.usefixtures("marketplace")


def file(seller, notice, *positions, **changes):
    with tenancy.acting(seller):
        return services.file_counter_notice(actor=seller, notice_code=notice.code, positions=positions, answer=answer(**changes))


def kept():
    with tenancy.engine_scope("tests"):
        return list(CounterNotice.objects.order_by("id"))


def states(notice):
    return [row.status for row in rows_of(notice.complaint)]


def fields_of(error):
    return {item.pointer for item in error.value.errors}


def test_one_answer_for_several_listings_makes_it_the_rights_holders_turn(alice, cast):
    notice = told(alice, cast("sunny"), count=3)

    counter = file(cast("sunny"), notice, 1, 3)

    assert states(notice) == ["countered", "accepted", "countered"]
    assert (counter.listing_count, counter.status, counter.grounds) == (2, "waiting", ["NOT_INFRINGING"])
    first, second, third = rows_of(notice.complaint)
    assert first.holder_due_at == third.holder_due_at == counter.holder_due_at
    assert second.holder_due_at is None
    with tenancy.engine_scope("tests"):
        trail = Transition.objects.filter(action="counter").values_list("organization_id", "from_status", "to_status")
        assert list(trail) == [(alice.organization_id, "accepted", "countered")] * 2


def test_the_rights_holder_is_told_once_and_the_case_counts_it(alice, cast, run_engine):
    notice = told(alice, cast("sunny"))
    counter = file(cast("sunny"), notice, 1)

    run_engine()
    run_engine()

    letters = [item for item in mail.outbox if counter.reference in item.subject]
    assert sorted(item.to[0] for item in letters) == ["alice@people.example", "finn@people.example", "vera@people.example"]
    assert fresh(notice.complaint).disputed_count == 1


def test_typed_proof_is_kept_with_the_statement_and_files_are_shown_as_pages(alice, cast, storage):
    sunny = cast("sunny")
    notice = told(alice, sunny)
    with tenancy.acting(sunny):
        invoice = stored_file(sunny)

    counter = file(sunny, notice, 1, grounds=["NOT_INFRINGING", "LAWFUL_PURCHASE"], files=[("proof_of_purchase", invoice)])

    assert "Another name, another shape." in counter.statement
    with tenancy.acting(alice):
        (exhibit,) = Exhibit.objects.filter(side="seller")
        assert (exhibit.counter_notice_id, exhibit.requirement, exhibit.sha256) == (counter.pk, "proof_of_purchase", invoice.sha256)
        assert len(exhibit.pages) == invoice.page_count


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"grounds": []}, "grounds"),
        ({"grounds": ["BECAUSE"]}, "grounds"),
        ({"grounds": ["NOT_GENUINE"]}, "grounds"),
        ({"grounds": ["LAWFUL_PURCHASE"]}, "evidence.proof_of_purchase"),
        ({"details": {}}, "evidence.difference"),
        ({"details": {"difference": "  "}}, "evidence.difference"),
        ({"statement": " "}, "statement"),
        ({"statement": "x" * 5001}, "statement"),
        ({"declarations": ["truth", "good_faith"]}, "declarations"),
        ({"signed_name": ""}, "signed_name"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_written(alice, cast, changes, field):
    notice = told(alice, cast("sunny"))

    with pytest.raises(InvalidInput) as refused:
        file(cast("sunny"), notice, 1, **changes)

    assert field in fields_of(refused)
    assert (kept(), states(notice)) == ([], ["accepted", "accepted"])


def test_a_ground_for_another_kind_of_right_is_not_offered(alice):
    with tenancy.engine_scope("tests"):
        codes = {code.pk for code in services.grounds_in_force("copyright")}

    assert "DESCRIPTIVE" not in codes
    assert "NOT_INFRINGING" in codes


def test_a_new_ground_is_a_row_and_no_code(alice, cast):
    with tenancy.scope(tenancy.Context()):
        DisputeCode.objects.create(
            code="PARODY", about="ground", position=99, label_en="It is a parody", label_zh="戏仿", effective_from="2026-01-01", evidence=[]
        )
    notice = told(alice, cast("sunny"))

    assert file(cast("sunny"), notice, 1, grounds=["PARODY"]).grounds == ["PARODY"]


def test_choosing_nothing_is_refused(alice, cast):
    notice = told(alice, cast("sunny"))

    with pytest.raises(InvalidInput) as refused:
        file(cast("sunny"), notice)

    assert fields_of(refused) == {"positions"}


def test_a_listing_of_another_shop_in_the_same_complaint_is_not_there(alice, cast):
    seen_listings([3_000_000_000])
    seen_listings([3_000_000_001], shop=another_shop("911204999"))
    claimed_shop(cast("sunny"))
    claimed_shop(cast("moon"), "911204999")
    complaint = decided(alice, links=link_texts(2))
    with tenancy.acting(cast("sunny")):
        notice = SellerNotice.objects.get()

    with pytest.raises(NotFound):
        file(cast("sunny"), notice, 2)
    assert [row.status for row in rows_of(complaint)] == ["accepted", "accepted"]


def test_a_stranger_finds_no_notice(alice, cast):
    notice = told(alice, cast("sunny"))

    for stranger in (cast("moon"), alice, cast("gus")):
        with pytest.raises(NotFound):
            file(stranger, notice, 1)
    assert states(notice) == ["accepted", "accepted"]


def test_a_second_answer_for_the_same_listing_is_told_that_a_colleague_was_first(alice, cast):
    notice = told(alice, cast("sunny"))
    file(cast("sunny"), notice, 1)

    with pytest.raises(Conflict) as refused:
        file(cast("suki"), notice, 1, statement="Me too.")

    assert refused.value.code == "answered_already"
    assert len(kept()) == 1


def test_an_answer_to_a_withdrawn_claim_has_nothing_to_answer(alice, cast):
    notice = told(alice, cast("sunny"))
    withdraw(alice, fresh(notice.complaint), 1)

    with pytest.raises(IllegalTransition):
        file(cast("sunny"), notice, 1)


def at(text: str) -> timedelta:
    """Return how far a moment in Shanghai is from now."""
    return datetime.fromisoformat(f"{text}+08:00") - clock.now()


@pytest.mark.parametrize(
    ("notified", "last_second", "why"),
    [
        ("2026-03-13T18:00:00", "2026-03-18T23:59:59", "a Friday evening, as in domain.md 12"),
        ("2026-09-30T23:30:00", "2026-10-10T23:59:59", "domain.md 6.3: a make-up Saturday is the third day"),
        ("2026-09-18T12:00:00", "2026-09-22T23:59:59", "domain.md 6.3: a make-up Sunday is the first"),
    ],
)
def test_the_window_closes_with_the_third_business_day_to_the_second(alice, cast, notified, last_second, why):
    sunny = cast("sunny")
    begin = at(notified)
    with clock.moved(begin):
        notice = told(alice, sunny, seen_on=clock.now().date())

    over = at(last_second) + timedelta(seconds=1)
    with clock.moved(over), pytest.raises(Conflict) as refused:
        file(sunny, notice, 1)
    assert refused.value.code == "window_closed"
    closed_since = datetime.fromisoformat(refused.value.details["closed_since"])
    assert closed_since == datetime.fromisoformat(f"{last_second}+08:00") + timedelta(seconds=1)

    with clock.moved(at(last_second)):
        assert file(sunny, notice, 2).listing_count == 1


def test_late_is_late_also_after_silence_was_carried_out(alice, cast):
    sunny = cast("sunny")
    notice = told(alice, sunny)

    with clock.moved(notice.due_at - clock.now() + timedelta(seconds=2)):
        services.close_windows()
        with pytest.raises(Conflict) as refused:
            file(sunny, notice_of(notice.complaint), 1)

    assert refused.value.code == "window_closed"


def test_an_answer_is_open_once_per_listing_also_for_the_database(alice, cast):
    counter = countered(alice, cast("sunny"))
    with tenancy.engine_scope("tests"):
        place = CounterNoticeListing.objects.filter(counter_notice=counter).first()
    with tenancy.acting(cast("sunny")), pytest.raises(IntegrityError, match="one_open_counter_notice"), transaction.atomic():
        CounterNoticeListing.objects.create(
            organization_id=place.organization_id,
            counter_notice=counter,
            reported_listing_id=place.reported_listing_id,
            seller_id=place.seller_id,
        )

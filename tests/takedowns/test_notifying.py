"""Sellers are told: once per complaint and shop, of their own listings only; their time runs from when the notice arrived."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from ipp.core import clock, tenancy
from ipp.core.actors import Actor
from ipp.core.errors import NotFound
from ipp.core.models import Notification
from marketplaces.models import Action, Seller
from takedowns import services
from takedowns.models import Evidence, Exhibit, SellerNotice
from takedowns.rules import NOTICE_SOURCE
from tests.factories.disputes import another_shop, claimed_shop, notice_of, told
from tests.factories.marketplaces import SHOP, inside_engine
from tests.factories.rightsholders import stored_file, validated_right
from tests.factories.takedowns import asked, claimed, decided, fresh, link_texts, rows_of, seen_listings
from tests.takedowns.cases import carry_out, decide

pytestmark = pytest.mark.usefixtures("marketplace")

OTHER = "911204999"


def notices():
    with tenancy.engine_scope("tests"):
        return list(SellerNotice.objects.select_related("seller").order_by("id"))


def exhibits():
    with tenancy.engine_scope("tests"):
        return list(Exhibit.objects.order_by("id"))


def messages():
    with tenancy.engine_scope("tests"):
        return list(Action.objects.filter(kind="message").order_by("id"))


def arrive(notice):
    """Let the marketplace say that it handed the message over."""
    with inside_engine(Actor.system(notice.organization_id, "tests")) as engine:
        services.deliver_notices(actor=engine, notice_ids=[notice.pk])


def test_each_shop_is_told_once_of_its_own_listings_only(alice, cast):
    seen_listings([3_000_000_000, 3_000_000_001])
    seen_listings([3_000_000_002], shop=another_shop(OTHER))
    claimed_shop(cast("sunny"))
    claimed_shop(cast("moon"), OTHER)

    complaint = decided(alice, links=link_texts(3))

    assert [(notice.seller.external_id, notice.listing_count) for notice in notices()] == [(SHOP, 2), (OTHER, 1)]
    first, second = notices()
    assert [row.notice_id for row in rows_of(complaint)] == [first.pk, first.pk, second.pk]


def test_a_claimed_shop_is_told_at_once_and_has_three_business_days(alice, cast):
    notice = told(alice, cast("sunny"))

    rows = rows_of(notice.complaint)

    assert notice.status == "open"
    assert [row.notified_at for row in rows] == [notice.notified_at] * 2
    assert {row.seller_due_at for row in rows} == {notice.due_at}
    assert timedelta(days=2) < notice.due_at - notice.notified_at < timedelta(days=12)


def test_every_member_of_the_shop_is_mailed_once_in_their_language(alice, cast, run_engine):
    notice = told(alice, cast("sunny"))

    run_engine()
    run_engine()

    letters = [item for item in mail.outbox if notice.reference in item.subject]
    assert sorted(item.to[0] for item in letters) == ["suki@people.example", "sunny@people.example"]
    assert notice.code in letters[0].body
    assert "Acme Tools Ltd" in letters[0].body


def test_a_shop_nobody_claimed_is_told_through_its_marketplace_and_its_time_waits_for_that(alice):
    notice = told(alice, None)

    assert notice.status == "sending"
    assert [(item.source, item.source_id, item.round) for item in messages()] == [(NOTICE_SOURCE, notice.pk, 1)]
    assert [(row.notified_at, row.seller_due_at) for row in rows_of(notice.complaint)] == [(None, None)] * 2
    with clock.moved(timedelta(days=30)):
        assert services.close_windows() == 0

    arrive(notice)

    assert notice_of(notice.complaint).status == "open"
    assert all(row.seller_due_at for row in rows_of(notice.complaint))


def test_a_message_that_is_acknowledged_twice_starts_the_time_once(alice):
    notice = told(alice, None)
    arrive(notice)
    first = notice_of(notice.complaint)

    with clock.moved(timedelta(days=1)):
        arrive(notice)

    again = notice_of(notice.complaint)
    assert (again.notified_at, again.due_at, again.listing_count) == (first.notified_at, first.due_at, 2)


def test_a_complaint_decided_in_parts_sends_the_same_notice_again_and_each_part_has_its_own_time(alice, cast):
    seen_listings(range(3_000_000_000, 3_000_000_002))
    claimed_shop(cast("sunny"))
    rex = cast("rex")
    complaint = claimed(alice, links=link_texts(2))
    carry_out(complaint, decide(rex, complaint, 1))
    early = notice_of(complaint)

    with clock.moved(timedelta(days=1)):
        with tenancy.acting(rex):
            services.claim_complaint(actor=rex, code=complaint.code)
        carry_out(complaint, decide(rex, complaint, 2))

    notice = notice_of(complaint)
    first, second = rows_of(complaint)
    assert (notice.pk, notice.round, notice.listing_count) == (early.pk, 2, 2)
    assert first.seller_due_at == early.due_at == notice.due_at
    assert second.seller_due_at > first.seller_due_at


def test_a_shop_that_becomes_known_late_is_told_then(alice, cast):
    complaint = decided(alice, links=link_texts(1))
    assert notices() == []

    (listing,) = seen_listings([3_000_000_000])
    claimed_shop(cast("sunny"))
    services.find_shops(marketplace="bazarro", listing_ids=[listing.pk])

    notice = notice_of(complaint)
    assert notice.status == "open"
    assert [(row.seller_id, row.notice_id) for row in rows_of(complaint)] == [(notice.seller_id, notice.pk)]


def test_a_listing_that_was_not_accepted_is_told_to_nobody(alice, cast):
    seen_listings(range(3_000_000_000, 3_000_000_002))
    claimed_shop(cast("sunny"))

    complaint = decided(alice, links=link_texts(2), reject=[2])

    assert [row.notice_id is None for row in rows_of(complaint)] == [False, True]
    assert notice_of(complaint).listing_count == 1


def test_evidence_is_shown_as_pages_and_what_was_not_meant_for_the_seller_stays_out(alice, cast, storage):
    right = validated_right(alice)
    with tenancy.acting(alice):
        shown, hidden = stored_file(alice), stored_file(alice)
    seen_listings([3_000_000_000])
    claimed_shop(cast("sunny"))
    evidence = [("side_by_side", shown.code)]
    complaint = claimed(alice, right, links=link_texts(1), reason="TM-IDENTMARK", statements={}, evidence=evidence)
    with tenancy.acting(alice):
        kept = {"organization_id": alice.organization_id, "complaint": complaint, "requirement": "side_by_side", "position": 9}
        Evidence.objects.create(file=hidden, for_seller=False, **kept)

    carry_out(complaint, decide(cast("rex"), complaint, 1))

    (exhibit,) = exhibits()
    assert (exhibit.sha256, exhibit.side, len(exhibit.pages)) == (shown.sha256, "complainant", shown.page_count)
    assert shown.sealed_key not in str(exhibit.pages)
    with tenancy.engine_scope("tests"):
        assert Evidence.objects.count() == 2


def test_a_notice_on_its_way_is_no_notice_yet_and_never_a_strangers(alice, cast):
    sunny, moon = cast("sunny"), cast("moon")
    notice = told(alice, None)
    claimed_shop(sunny)

    with tenancy.acting(sunny), pytest.raises(NotFound):
        services.own_notice(sunny, notice.code)
    arrive(notice)

    with tenancy.acting(sunny):
        assert services.own_notice(sunny, notice.code).pk == notice.pk
    with tenancy.acting(moon), pytest.raises(NotFound):
        services.own_notice(moon, notice.code)


def test_what_the_seller_may_know_holds_no_word_of_other_listings_or_of_the_filers_papers(alice, cast):
    notice = told(alice, cast("sunny"))

    body = notice.body

    assert (body["complainant"], body["reason"]["code"], body["complaint"]) == (
        "Acme Tools Ltd",
        "TM-JARGON",
        fresh(notice.complaint).reference,
    )
    assert [said["text"] for said in body["statements"]] == ["1:1, in the title"]
    assert set(body) == {"complaint", "complainant", "filed_at", "seen_on", "right", "reason", "explanation", "statements"}


def test_a_closed_shop_account_hears_nothing_but_the_case_goes_on(alice, cast, run_engine):
    notice = told(alice, cast("sunny"))
    with tenancy.engine_scope("tests"):
        Seller.objects.filter(pk=notice.seller_id).update(organization=None)

    run_engine()

    assert [item for item in mail.outbox if notice.reference in item.subject] == []


def test_who_has_two_shops_in_one_complaint_is_told_about_each(alice, cast, run_engine):
    """One event, such as a silence, is news about both notices."""
    sunny = cast("sunny")
    seen_listings([3_000_000_000])
    seen_listings([3_000_000_001], shop=another_shop(OTHER))
    claimed_shop(sunny)
    claimed_shop(sunny, OTHER)
    decided(alice, links=link_texts(2))
    over = timedelta(days=15)

    with clock.moved(over):
        services.close_windows()
    run_engine(after=over)
    run_engine(after=over)

    for notice in notices():
        letters = [item.to[0] for item in mail.outbox if item.subject == f"The time to answer is over ({notice.reference})"]
        assert sorted(letters) == ["suki@people.example", "sunny@people.example"]
        with tenancy.acting(sunny):
            told_of = Notification.objects.filter(name="takedowns.to_seller.silence", subject_id=notice.pk)
            assert told_of.count() == 1


def test_what_a_reviewer_was_sent_is_not_laid_before_the_seller(alice, cast, storage):
    rex = cast("rex")
    seen_listings([3_000_000_000])
    claimed_shop(cast("sunny"))
    complaint = asked(alice, links=link_texts(1))
    with tenancy.acting(alice):
        services.answer_question(actor=alice, code=complaint.code, answer="See our ledger.", files=[stored_file(alice)])
    with tenancy.acting(rex):
        services.claim_complaint(actor=rex, code=complaint.code)

    carry_out(complaint, decide(rex, complaint, 1))

    assert notice_of(complaint).status == "open"
    assert exhibits() == []

"""Filing a complaint: what gets in, what is refused and why, and that nothing is written when it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ipp.core import clock, tenancy
from ipp.core.errors import Forbidden, InvalidInput
from ipp.core.models import Clock, Event
from takedowns import services
from takedowns.models import Complaint, ReportedListing
from takedowns.rules import DECLARATIONS
from tests.factories.rightsholders import expired_right, stored_file, validated_right, verified, waiting_right

DAY = timedelta(days=1)


def links(count: int, start: int = 3000000000) -> list[str]:
    return [f"bazarro {start + number}" for number in range(count)]


def filing(right, **changes) -> services.Filing:
    values = {
        "right": right.code,
        "reason": "TM-JARGON",
        "links": links(3),
        "seen_on": clock.now().date(),
        "statements": {"quoted_words": "1:1, in the title"},
        "declarations": DECLARATIONS,
        "signed_name": "Alice Ames",
        "signed_role": "Owner",
    } | changes
    return services.Filing(**values)


def filed(actor, right, **changes):
    with tenancy.acting(actor):
        return services.file_complaint(actor=actor, filing=filing(right, **changes))


def refusal(actor, right, **changes) -> InvalidInput:
    """File what is to be refused; nothing may be left of it."""
    with tenancy.acting(actor):
        before = (Complaint.objects.count(), ReportedListing.objects.count(), Clock.objects.count(), Event.objects.count())
        with pytest.raises(InvalidInput) as caught:
            services.file_complaint(actor=actor, filing=filing(right, **changes))
        assert (Complaint.objects.count(), ReportedListing.objects.count(), Clock.objects.count(), Event.objects.count()) == before
    return caught.value


def pointers(error: InvalidInput) -> dict[str, str]:
    return {item.pointer: item.code for item in error.errors}


def rows_of(actor, complaint) -> list[ReportedListing]:
    with tenancy.acting(actor):
        return list(ReportedListing.objects.filter(complaint=complaint).order_by("position"))


@pytest.fixture
def right(alice):
    return validated_right(alice)


def test_a_complaint_is_filed_with_its_rows_clock_and_event(alice, right):
    complaint = filed(alice, right).complaint

    rows = rows_of(alice, complaint)
    assert complaint.reference.startswith("TK-")
    assert [(row.position, row.key, row.status) for row in rows] == [
        (number, f"bazarro:{3000000000 + number - 1}", "received") for number in (1, 2, 3)
    ]
    assert {(row.removal, row.policy.version) for row in rows} == {("on_accept", 1)}
    assert (complaint.clock.unit, complaint.clock.budget, complaint.due_at) == ("business_hours", 24, complaint.clock.due_at)
    with tenancy.acting(alice):
        event = Event.objects.get(name="takedowns.complaint.filed")
    assert event.payload["listing_count"] == 3


def test_three_hundred_listings_are_one_complaint_and_301_are_none(alice, right):
    error = refusal(alice, right, links=links(301))
    complaint = filed(alice, right, links=links(300)).complaint

    assert pointers(error) == {"listings": "too_many_listings"}
    assert "301" in str(error.errors[0].message)
    assert len(rows_of(alice, complaint)) == 300


def test_no_listing_at_all_is_refused(alice, right):
    assert pointers(refusal(alice, right, links=[])) == {"listings": "no_listing"}


def test_the_same_listing_in_five_spellings_is_filed_once(alice, right):
    spellings = [
        "https://item.taobao.com/item.htm?id=564176654249",
        "https://detail.tmall.com/item.htm?id=564176654249&spm=a1z10",
        "//world.taobao.com/item/564176654249.htm",
        "taobao 564176654249",
        "HTTPS://ITEM.TAOBAO.COM./item.htm?spm=x&id=564176654249",
    ]

    result = filed(alice, right, links=spellings)

    assert [row.key for row in rows_of(alice, result.complaint)] == ["taobao_family:564176654249"]
    assert [(row.number, row.result) for row in result.left_out] == [(1, "merged"), (2, "merged"), (3, "merged"), (4, "merged")]


def test_one_bad_row_refuses_the_whole_unless_told_otherwise(alice, right):
    mixed = [*links(260), *(f"https://evil.example/{number}" for number in range(40))]

    error = refusal(alice, right, links=mixed)
    result = filed(alice, right, links=mixed, on_row_error="accept_valid")

    assert set(pointers(error)) == {f"listings/{number}" for number in range(260, 300)}
    assert len(rows_of(alice, result.complaint)) == 260
    assert [row.number for row in result.left_out] == list(range(260, 300))


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("https://user@item.taobao.com/item.htm?id=564176654249", "link"),
        ("https://item.taobao.com:8443/item.htm?id=564176654249", "link"),
        ("https://127.0.0.1/item.htm?id=564176654249", "link"),
        ("https://item.taobao.com.evil.test/item.htm?id=564176654249", "link"),
        ("https://item.taobao.com/item.htm?id=5641\u200e76654249\x00", "link"),
        ("https://shop123.taobao.com/", "not_a_listing"),
        ("https://e.tb.cn/h.SQ6rjlgiow5ob5s?tk=MJN9f2bd29s", "needs_resolution"),
        ("https://www.trendyol.com/apple/iphone-p-857296077", "merchant"),
    ],
)
def test_what_is_no_listing_says_so_and_how_to_mend_it(alice, right, link, code):
    everywhere = validated_right(alice, territories=("CN", "TR"))
    error = refusal(alice, everywhere, links=[link])

    assert pointers(error)["listings/0"] == code
    assert str(error.errors[-1].message)


def test_a_right_must_cover_where_the_marketplace_sells(alice):
    european = validated_right(alice, territories=("EU",))
    european_listing, chinese_listing = "nordmart 1234567890", "taobao 564176654249"

    error = refusal(alice, european, links=[chinese_listing])
    taken = filed(alice, european, links=["bazarro 3000000000"])

    assert pointers(error)["listings/0"] == "territory"
    assert len(rows_of(alice, taken.complaint)) == 1
    assert european_listing


def test_a_right_that_nobody_confirmed_is_refused(alice):
    assert pointers(refusal(alice, waiting_right(alice)))["right"] == "right_validated"


def test_an_expired_right_is_refused(alice):
    right = expired_right(alice)

    assert pointers(refusal(alice, right))["right"] == "right_in_force_today"


def test_another_tenants_right_is_no_right_at_all(alice, gus, right):
    verified(gus)

    assert pointers(refusal(gus, right))["right"] == "unknown_right"


def test_another_tenants_file_is_no_file_at_all(alice, gus, right):
    file = stored_file(gus)

    error = refusal(alice, right, reason="TM-LABEL", statements={"where_used": "box"}, evidence=[("photo", file.code)])

    assert pointers(error) == {"evidence/0": "unknown_file"}


def test_a_reason_of_another_type_is_refused(alice, right):
    error = refusal(alice, right, reason="CR-GOODS", evidence=[("side_by_side", stored_file(alice).code)])

    assert pointers(error) == {"reason": "reason_fits_right"}


def test_a_reason_for_good_faith_only_is_refused_to_a_standard_filer(alice, right):
    error = refusal(
        alice, right, reason="TM-PRICE", statements={"no_authorisation": True}, evidence=[("price_list", stored_file(alice).code)]
    )

    assert pointers(error) == {"reason": "reason_open_to_tier"}


def test_a_test_purchase_is_about_one_listing(alice, right):
    brought = {"order_number": "1", "purchased_on": "2026-11-01", "differences": "cap"}
    files = [("purchase_photos", stored_file(alice).code), ("examination_report", stored_file(alice).code)]

    error = refusal(alice, right, reason="TM-TESTBUY", statements=brought, evidence=files)
    taken = filed(alice, right, reason="TM-TESTBUY", statements=brought, evidence=files, links=links(1))

    assert pointers(error) == {"listings": "too_many_listings"}
    assert len(rows_of(alice, taken.complaint)) == 1


def test_missing_evidence_is_named_one_by_one(alice, right):
    error = refusal(alice, right, reason="TM-FEATURES", statements={})

    assert pointers(error) == {"evidence/genuine_image": "evidence_missing", "statements/differences": "evidence_missing"}


def test_declarations_and_signature_are_needed(alice, right):
    error = refusal(alice, right, declarations=["good_faith"], signed_name=" ")

    assert set(pointers(error)) == {"declarations/accuracy", "declarations/authority", "declarations/liability", "signed_name"}


def test_an_unverified_account_files_nothing(gus):
    with tenancy.acting(gus), pytest.raises(Forbidden, match="not_verified"):
        services.file_complaint(actor=gus, filing=services.Filing("x", "TM-JARGON", ["bazarro 1"], clock.now().date()))


def test_a_listing_under_an_open_claim_is_not_reported_twice(alice, right):
    first = filed(alice, right).complaint

    error = refusal(alice, right, links=links(4))
    result = filed(alice, right, links=links(4), on_row_error="accept_valid")

    assert pointers(error) == {f"listings/{number}": "duplicate_open" for number in (0, 1, 2)}
    assert first.reference in str(error.errors[0].message)
    assert (result.complaint.listing_count, len(rows_of(alice, result.complaint))) == (1, 1)


def test_the_same_listing_may_be_reported_for_another_reason(alice, right):
    filed(alice, right)

    other = filed(alice, right, reason="TM-OBSCURE", statements={"what_is_covered": "the logo"})

    assert len(rows_of(alice, other.complaint)) == 3


def test_a_withdrawn_claim_frees_its_listing(alice, right):
    first = filed(alice, right).complaint
    with tenancy.acting(alice):
        services.withdraw_listings(actor=alice, code=first.code)

    assert filed(alice, right).complaint.listing_count == 3


def test_a_patent_is_decided_later_and_comes_down_after_the_sellers_window(alice):
    patent = validated_right(alice, kind="invention")

    complaint = filed(
        alice, patent, reason="PT-CLAIM", statements={}, evidence=[("claim_chart", stored_file(alice).code)], links=links(1)
    ).complaint

    assert complaint.clock.budget == 72
    assert [row.removal for row in rows_of(alice, complaint)] == ["after_window"]


def test_the_number_of_queries_does_not_grow_with_the_listings(alice, right, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with tenancy.acting(alice):
        services.file_complaint(actor=alice, filing=filing(right, links=links(1, 1000000000)))
        with CaptureQueriesContext(connection) as few:
            services.file_complaint(actor=alice, filing=filing(right, links=links(3, 2000000000)))
    with tenancy.acting(alice), django_assert_num_queries(len(few)):
        services.file_complaint(actor=alice, filing=filing(right, links=links(300)))


def test_a_preflight_says_it_all_and_writes_nothing(alice, right):
    first = filed(alice, right).complaint
    with tenancy.acting(alice):
        before = Complaint.objects.count()
        checked = services.preflight(actor=alice, filing=filing(right, links=[*links(4), "nonsense", *links(1, 3000000003)]))
        after = Complaint.objects.count()

    assert before == after
    assert [row.result for row in checked.rows] == ["block", "block", "block", "pass", "block", "merged"]
    assert first.reference in checked.rows[0].message


def test_two_countries_sites_may_share_a_number(alice):
    right = validated_right(alice, territories=("MY", "SG"))

    rows = rows_of(alice, filed(alice, right, links=["lazada:MY:1299546099", "lazada:SG:1299546099"]).complaint)

    assert [(row.external_id, row.site) for row in rows] == [("MY:1299546099", "MY"), ("SG:1299546099", "SG")]


def test_listings_under_an_open_claim_do_not_count_towards_the_limit(alice, right):
    filed(alice, right, links=links(3))

    result = filed(alice, right, links=links(301), on_row_error="accept_valid")

    assert result.complaint.listing_count == 298

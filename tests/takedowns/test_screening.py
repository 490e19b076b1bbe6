"""The engine's checks: each a finding, none a decision; what marketplaces show is pinned; private findings stay private."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from ipp.core import clock, tenancy
from ipp.core.actors import Actor
from ipp.core.models import Event, Organization
from marketplaces.models import Listing, Seller, Sighting
from takedowns import services
from takedowns.models import Finding, PrivateFinding, ReasonCode, ReportedListing, Transition
from tests.factories.marketplaces import inside_engine, known_listing
from tests.factories.rightsholders import stored_file, validated_right
from tests.takedowns.cases import (
    NUMBERS,
    UNDO_OVER,
    carry_out,
    decide,
    decisions_of,
    filed,
    fresh,
    held,
    rows_of,
    screen,
    screened,
    states_of,
    withdraw,
)

pytestmark = pytest.mark.usefixtures("marketplace")


def findings(complaint):
    with tenancy.engine_scope("tests"):
        rows = Finding.objects.filter(complaint=complaint)
        return {row.check_name: (row.result, row.positions) for row in rows}


def private(complaint):
    with tenancy.engine_scope("tests"):
        return {row.check_name: (row.result, row.positions, row.facts) for row in PrivateFinding.objects.filter(complaint=complaint)}


def sight(complaint, *listings, missing=()):
    """Tell what a marketplace showed, as its event does: for the platform, not for a tenant."""
    with inside_engine(engine_of_platform()):
        return services.note_sightings(marketplace="bazarro", listing_ids=[item.pk for item in listings], missing=list(missing))


def engine_of_platform():
    with tenancy.engine_scope("tests"):
        return Actor.system(Organization.objects.get(kind="platform").pk, "tests")


def test_a_filed_complaint_is_screened_by_its_event_and_waits_for_review(alice, run_engine):
    complaint = filed(alice)

    run_engine()

    checked = fresh(complaint)
    assert (checked.status, states_of(complaint)) == ("queued", ["under_review"] * 3)
    assert checked.screened_at is not None
    with tenancy.engine_scope("tests"):
        assert Event.objects.filter(name="takedowns.complaint.screened").count() == 1
        assert Transition.objects.filter(action="screen").count() == 3


def test_screening_twice_changes_nothing(alice):
    complaint = filed(alice)

    assert screen(complaint)
    before = (fresh(complaint).version, len(findings(complaint)))
    with tenancy.engine_scope("tests"):
        count = Finding.objects.count()
    assert not screen(complaint)

    with tenancy.engine_scope("tests"):
        assert Finding.objects.count() == count
    assert (fresh(complaint).version, len(findings(complaint))) == before


def test_a_withdrawn_complaint_is_not_screened(alice):
    complaint = filed(alice)
    withdraw(alice, complaint)

    assert not screen(complaint)
    assert findings(complaint) == {}


def test_titles_that_name_the_mark_and_those_that_do_not_are_told_apart(alice):
    one, two = str(next(NUMBERS)), str(next(NUMBERS))
    known_listing(external_id=one, title="ＡＣＭＥ steel bottle")
    known_listing(external_id=two, title="Steel bottle")

    complaint = screened(alice, ids=[one, two], known=False)

    found = findings(complaint)
    assert found["words"] == ("pass", [1])
    assert found["words_absent"] == ("warn", [2])
    assert found["right_usable"] == ("pass", [])


def test_a_picture_has_no_words_to_look_for(alice):
    right = validated_right(alice, "copyright")
    complaint = screened(alice, right=right, reason="CR-PIRATE", statements=asked_by("CR-PIRATE"), evidence=brought_for(alice, "CR-PIRATE"))

    assert not {"words", "words_absent"} & set(findings(complaint))


def asked_by(code):
    with tenancy.engine_scope("tests"):
        return {item["key"]: "x" for item in ReasonCode.objects.get(pk=code).requirements("standard") if item["kind"] != "file"}


def brought_for(actor, code):
    with tenancy.engine_scope("tests"):
        keys = [item["key"] for item in ReasonCode.objects.get(pk=code).requirements("standard") if item["kind"] == "file"]
    return [(key, stored_file(actor).code) for key in keys]


def test_a_right_that_ended_since_filing_is_named(alice):
    right = validated_right(alice, expires_on=clock.now().date() + timedelta(days=2))
    complaint = filed(alice, right=right)

    with clock.moved(timedelta(days=4)):
        screen(complaint)

    assert findings(complaint)["right_in_force_today"][0] == "block"
    assert "right_usable" not in findings(complaint)
    assert fresh(complaint).status == "queued"


def test_an_earlier_rejection_of_the_same_listing_is_brought_up_for_thirty_days(alice, rex):
    number = str(next(NUMBERS))
    right = validated_right(alice)
    first = held(alice, rex, right=right, ids=[number, str(next(NUMBERS))])
    batch = decide(rex, first, 1, outcome="rejected", rejection="R06")
    carry_out(first, batch)

    again = screened(alice, right=right, ids=[str(next(NUMBERS)), number])
    with clock.moved(timedelta(days=31)):
        late = screened(
            alice,
            right=right,
            ids=[number],
            reason="TM-IDENTMARK",
            statements=asked_by("TM-IDENTMARK"),
            evidence=brought_for(alice, "TM-IDENTMARK"),
        )

    assert findings(again)["rejected_before"] == ("warn", [2])
    assert "rejected_before" not in findings(late)


def test_others_who_reported_the_same_listing_are_told_to_the_desk_alone(alice, gus):
    number = str(next(NUMBERS))
    theirs = screened(gus, ids=[number])

    mine = screened(alice, ids=[str(next(NUMBERS)), number])

    assert private(mine)["other_complainants"] == ("warn", [2], {"references": [theirs.reference]})
    assert "other_complainants" not in private(theirs)
    with tenancy.acting(alice), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        list(PrivateFinding.objects.all())
    with tenancy.acting(alice):
        assert theirs.reference not in str(list(Finding.objects.values_list("facts", flat=True)))


def test_a_listing_nobody_else_reported_has_no_private_finding(alice, gus):
    screened(gus)

    assert private(screened(alice)) == {}


def test_leads_about_a_listing_are_counted(alice):
    complaint = filed(alice, 2)
    row = rows_of(complaint)[1]
    with tenancy.scope(tenancy.Context(audience="portal")):
        services.receive_lead(url=row.url, reason="counterfeit")

    screen(complaint)

    assert private(complaint)["leads"] == ("warn", [2], {"count": 1})


def test_the_complainants_own_shop_is_noticed_at_screening_and_when_the_shop_becomes_known(alice):
    number = str(next(NUMBERS))
    listing = known_listing(external_id=number)
    with tenancy.engine_scope("tests"):
        Seller.objects.filter(pk=listing.seller_id).update(organization_id=alice.organization_id)
    at_once = screened(alice, ids=[number])
    later = str(next(NUMBERS))
    unseen = screened(alice, ids=[later], known=False)
    assert private(unseen) == {}

    sight(unseen, known_listing(external_id=later))

    assert private(at_once)["own_shop"][:2] == ("warn", [1])
    assert private(unseen)["own_shop"][:2] == ("warn", [1])


def test_listings_are_asked_for_in_the_transaction_of_the_screening_unless_seen_just_now(alice):
    complaint = filed(alice, 2, known=False)
    known = filed(alice, 1)

    screen(complaint)
    screen(known)

    with tenancy.engine_scope("tests"):
        assert set(Sighting.objects.values_list("external_id", flat=True)) == {row.external_id for row in rows_of(complaint)}


def test_what_a_marketplace_shows_is_pinned_once_and_stays(alice):
    complaint = screened(alice, 2, known=False)
    row, other = rows_of(complaint)
    assert (row.listing, row.snapshot_filed) == (None, None)
    listing = known_listing(external_id=row.external_id, title="ACME bottle")

    assert sight(complaint, listing) == 1
    again = known_listing(external_id=row.external_id, title="Other words", version=2)
    assert sight(complaint, again) == 0

    row, other = rows_of(complaint)
    assert (row.listing_id, row.seller_id, row.snapshot_filed_id) == (listing.pk, listing.seller_id, listing.latest_id)
    assert other.listing_id is None
    assert findings(complaint)["words"] == ("pass", [1])


def test_a_listing_the_marketplace_does_not_know_is_rejected_by_rule(alice, run_engine):
    complaint = screened(alice, 2, known=False)
    gone, there = rows_of(complaint)

    sight(complaint, known_listing(external_id=there.external_id), missing=[gone.external_id])

    (decision,) = decisions_of(complaint)
    assert states_of(complaint) == ["rejected", "under_review"]
    assert (decision.rule, decision.rejection_id) == ("listing_missing", "R07")
    run_engine(after=UNDO_OVER)
    assert fresh(complaint).rejected_count == 1


def test_a_listing_that_is_down_is_rejected_by_rule_whenever_that_is_learned(alice):
    before, after = str(next(NUMBERS)), str(next(NUMBERS))
    known_listing(external_id=before, state="removed")
    complaint = screened(alice, ids=[before, after], known=False)
    assert states_of(complaint) == ["rejected", "under_review"]

    sight(complaint, known_listing(external_id=after, state="removed", version=2))

    assert states_of(complaint) == ["rejected", "rejected"]
    assert {(item.rule, item.rejection_id) for item in decisions_of(complaint)} == {("listing_down", "R13")}
    assert fresh(complaint).status == "decided"


def test_what_was_down_an_hour_ago_is_looked_at_again_first(alice):
    number = str(next(NUMBERS))
    known_listing(external_id=number, state="removed")

    with clock.moved(timedelta(hours=1)):
        complaint = screened(alice, ids=[number], known=False)

    assert states_of(complaint) == ["under_review"]
    with tenancy.engine_scope("tests"):
        assert Sighting.objects.filter(external_id=number).exists()


def test_a_decided_row_learns_nothing_from_a_later_sighting(alice, rex):
    complaint = held(alice, rex, 1, known=False)
    decide(rex, complaint, 1)
    (row,) = rows_of(complaint)

    assert sight(complaint, known_listing(external_id=row.external_id), missing=[row.external_id]) == 0

    assert states_of(complaint) == ["accepted"]
    assert rows_of(complaint)[0].snapshot_filed is None


def test_a_sighting_reaches_every_tenants_complaint_about_the_listing(alice, gus):
    number = str(next(NUMBERS))
    mine, theirs = screened(alice, ids=[number], known=False), screened(gus, ids=[number], known=False)
    listing = known_listing(external_id=number)

    assert sight(mine, listing) == 2

    assert {rows_of(item)[0].listing_id for item in (mine, theirs)} == {listing.pk}


def test_screening_asks_the_database_as_often_for_three_listings_as_for_three_hundred(alice):
    counts = []
    for size in (3, 300):
        complaint = filed(alice, size, known=False)
        seen_all(complaint)
        with CaptureQueriesContext(connection) as made:
            assert screen(complaint)
        counts.append(len(made))

    assert counts[0] == counts[1]


def test_sightings_ask_the_database_as_often_for_three_listings_as_for_three_hundred(alice):
    counts = []
    for size in (3, 300):
        complaint = screened(alice, size, known=False)
        listings = seen_all(complaint, pin=False)
        with CaptureQueriesContext(connection) as made:
            assert sight(complaint, *listings) == size
        counts.append(len(made))

    assert counts[0] == counts[1]


def seen_all(complaint, *, pin=True):
    """Put a complaint's listings into the catalogue in one go; the catalogue's own tests take the long way."""
    one = known_listing(external_id=str(next(NUMBERS)))
    with tenancy.engine_scope("tests"):
        rows = list(ReportedListing.objects.filter(complaint=complaint))
        made = Listing.objects.bulk_create(
            [
                Listing(
                    marketplace_id="bazarro",
                    external_id=row.external_id,
                    key=row.key,
                    url=row.url,
                    title="Bottle",
                    seller_id=one.seller_id,
                    latest_id=one.latest_id,
                )
                for row in rows
            ]
        )
        if pin:
            for row, listing in zip(rows, made, strict=True):
                row.listing_id, row.seller_id = listing.pk, one.seller_id
            ReportedListing.objects.bulk_update(rows, ["listing_id", "seller_id"])
    return made


def test_the_engine_alone_writes_findings(alice, rex):
    complaint = screened(alice, 1)

    for actor in (alice, rex):
        with tenancy.acting(actor), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            Finding.objects.create(organization_id=complaint.organization_id, complaint=complaint, check_name="words", result="pass")

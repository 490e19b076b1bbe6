"""Between a ruling and its effect nothing has happened: nobody can tell, an undo always finds its place, and the rest can be ruled."""

from __future__ import annotations

import pytest

from ipp.core import tenancy
from ipp.core.errors import InvalidInput
from takedowns import services
from takedowns.models import CounterNotice
from tests.actors import actor_named
from tests.factories.disputes import carry_out_ruling, contested, fresh_counter, notice_of, ruled
from tests.factories.takedowns import decided, filing, fresh, link_texts, rows_of
from tests.takedowns.cases import undo

pytestmark = pytest.mark.usefixtures("marketplace")


def rule(counter, version, *positions, outcome="upheld", ruling="INFRINGEMENT_STANDS"):
    ruth = actor_named("ruth")
    with tenancy.acting(ruth):
        return services.adjudicate(actor=ruth, code=counter.code, version=version, positions=positions, outcome=outcome, ruling=ruling)


def preflight(holder, complaint):
    with tenancy.acting(holder):
        wanted = filing(complaint.right, links=link_texts(1))
        return [row.found.check if row.found else None for row in services.preflight(actor=holder, filing=wanted).rows]


@pytest.mark.parametrize("outcome", ["upheld", "overturned"])
def test_a_pre_flight_answers_alike_before_a_ruling_and_while_it_is_secret(alice, cast, outcome):
    counter = contested(alice, cast("sunny"), count=1)
    before = preflight(alice, fresh(counter.complaint))

    ruth = cast("ruth")
    with tenancy.acting(ruth):
        held = services.claim_dispute(actor=ruth, code=counter.code)
    batch = rule(
        counter, held.version, 1, outcome=outcome, ruling={"upheld": "INFRINGEMENT_STANDS", "overturned": "ORIGIN_PROVEN"}[outcome]
    )
    assert preflight(alice, fresh(counter.complaint)) == before

    carry_out_ruling(counter.organization_id, counter.complaint_id, batch)
    assert preflight(alice, fresh(counter.complaint)) != before


def test_nobody_files_the_same_again_while_a_ruling_is_secret_so_an_undo_finds_its_place(alice, cast):
    counter = ruled(alice, cast("sunny"), count=1, outcome="overturned", told=False)

    with tenancy.acting(alice), pytest.raises(InvalidInput):
        services.file_complaint(actor=alice, filing=filing(fresh(counter.complaint).right, links=link_texts(1)))
    ruth = cast("ruth")
    with tenancy.engine_scope("tests"):
        batch = rows_of(counter.complaint)[0].decisions.latest("id").batch
    with tenancy.acting(ruth):
        services.undo_ruling(actor=ruth, batch=batch)

    assert [row.status for row in rows_of(counter.complaint)] == ["contested"]


def test_nobody_files_the_same_again_while_a_rejection_is_secret(alice, cast):
    complaint = decided(alice, links=link_texts(1), reject=[1], told=False)

    with tenancy.acting(alice), pytest.raises(InvalidInput):
        services.file_complaint(actor=alice, filing=filing(complaint.right, links=link_texts(1)))
    with tenancy.engine_scope("tests"):
        batch = rows_of(complaint)[0].decisions.latest("id").batch

    assert undo(cast("rex"), complaint, batch).status == "in_review"


def test_a_reviewer_rules_listing_by_listing_though_the_first_ruling_took_effect_meanwhile(alice, cast):
    counter = contested(alice, cast("sunny"), count=2)
    ruth = cast("ruth")
    with tenancy.acting(ruth):
        held = services.claim_dispute(actor=ruth, code=counter.code)
    batch = rule(counter, held.version, 1)
    seen = fresh_counter(counter).version

    carry_out_ruling(counter.organization_id, counter.complaint_id, batch)
    rule(counter, seen, 2)

    assert [row.status for row in rows_of(counter.complaint)] == ["upheld", "upheld"]


def test_a_notice_stays_open_while_a_ruling_of_one_of_its_listings_is_secret(alice, cast):
    counter = contested(alice, cast("sunny"), count=2)
    ruth = cast("ruth")
    with tenancy.acting(ruth):
        held = services.claim_dispute(actor=ruth, code=counter.code)
    first = rule(counter, held.version, 1)
    with tenancy.engine_scope("tests"):
        version = CounterNotice.objects.get(pk=counter.pk).version
    rule(counter, version, 2, outcome="overturned", ruling="ORIGIN_PROVEN")

    carry_out_ruling(counter.organization_id, counter.complaint_id, first)
    assert notice_of(counter.complaint).status == "open"

    carry_out_ruling(counter.organization_id, counter.complaint_id)
    assert notice_of(counter.complaint).status == "closed"


def test_what_a_reviewer_decided_of_another_complaint_is_left_alone(alice, cast):
    """A decision's twin: what took effect is free to be reported again."""
    complaint = decided(alice, links=link_texts(1), reject=[1])

    with tenancy.acting(alice):
        again = services.file_complaint(actor=alice, filing=filing(complaint.right, links=link_texts(1)))

    assert again.complaint.pk != complaint.pk

"""Claiming a shop: by the house's own link, once, in time, by a seller; and what the portal's login cannot do around it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.signing import Signer
from django.db import DatabaseError, connection, transaction

from ipp.core import clock, tenancy
from ipp.core.errors import Conflict, Forbidden, NotFound
from ipp.core.models import Event
from marketplaces import queries, services
from marketplaces.models import Action, Invitation, Seller
from tests.factories.marketplaces import claimed_shop, invitation_token, only_action, shop, shop_as_it_is

TOO_LATE = timedelta(days=30, seconds=1)


@pytest.fixture
def sunny(cast: Any) -> Any:
    """Owner of a seller's organization."""
    return cast("sunny")


@pytest.fixture
def moon(cast: Any) -> Any:
    """Owner of another seller's organization."""
    return cast("moon")


def claim(actor: Any, token: str) -> Seller:
    with tenancy.acting(actor):
        return services.claim_shop(actor=actor, token=token)


def seen(actor: Any, token: str) -> str:
    with tenancy.acting(actor):
        return queries.invitation(token).state


def claims() -> list[Event]:
    with tenancy.scope(tenancy.Context(audience="staff", scope="staff")):
        return list(Event.objects.filter(name="marketplaces.shop.claimed"))


def test_who_follows_the_link_has_the_shop(sunny):
    row = shop()
    token = invitation_token(row)
    assert seen(sunny, token) == "open"

    claimed = claim(sunny, token)

    assert (claimed.pk, claimed.organization_id) == (row.pk, sunny.organization_id)
    assert shop_as_it_is(row).organization_id == sunny.organization_id
    assert seen(sunny, token) == "yours"
    (fact,) = claims()
    assert fact.payload == {"shop": row.code, "marketplace": "bazarro", "shop_name": "Lumaway Trading"}
    assert (fact.organization_id, fact.subject_type, fact.subject_id) == (sunny.organization_id, "marketplaces.seller", row.pk)


def test_the_same_organization_twice_claims_once(sunny):
    token = invitation_token()

    assert claim(sunny, token) == claim(sunny, token)

    assert len(claims()) == 1


def test_a_link_works_for_one_organization_only(sunny, moon):
    row = shop()
    token = invitation_token(row)
    claim(sunny, token)
    assert seen(moon, token) == "used"

    with pytest.raises(Conflict) as refused:
        claim(moon, token)

    assert refused.value.code == "invitation_used"
    assert shop_as_it_is(row).organization_id == sunny.organization_id
    assert len(claims()) == 1


def test_a_shop_claimed_by_another_link_stays_claimed(sunny, moon):
    row = shop()
    first = invitation_token(row)
    with clock.moved(TOO_LATE):
        second = invitation_token(row)
        claim(sunny, second)

    assert seen(moon, first) == "taken"
    with pytest.raises(Conflict) as refused:
        claim(moon, first)

    assert refused.value.code == "shop_taken"


@pytest.mark.parametrize(("after", "state"), [(timedelta(days=30) - timedelta(minutes=1), "open"), (timedelta(days=30), "expired")])
def test_a_link_is_good_for_thirty_days(sunny, after, state):
    row = shop()
    token = invitation_token(row)

    with clock.moved(after):
        assert seen(sunny, token) == state
        if state == "open":
            claim(sunny, token)
        else:
            with pytest.raises(Conflict) as refused:
                claim(sunny, token)
            assert refused.value.code == "invitation_expired"

    assert (shop_as_it_is(row).organization_id is not None) == (state == "open")


@pytest.mark.parametrize("name", ["alice", "lena"])
def test_only_a_seller_claims(cast, name):
    row = shop()
    token = invitation_token(row)

    with pytest.raises(Forbidden) as refused:
        claim(cast(name), token)

    assert refused.value.code == "sellers_only"
    assert shop_as_it_is(row).organization_id is None


def test_a_link_the_house_did_not_make_leads_nowhere(sunny):
    token = invitation_token()
    code, signature = token.split(".")
    foreign = Signer(salt="something else", sep=".").sign(code)

    for wrong in (code, f"{code}.", f".{signature}", f"{code}.{signature[:-1]}", foreign, f"{code}x.{signature}", "", "\x00", "." * 5000):
        with pytest.raises(NotFound):
            seen(sunny, wrong)
        with pytest.raises(NotFound):
            claim(sunny, wrong)


def test_a_signed_code_of_no_invitation_leads_nowhere(sunny):
    token = queries.token_of("A" * 22)

    with pytest.raises(NotFound):
        seen(sunny, token)
    with pytest.raises(NotFound):
        claim(sunny, token)


def test_an_open_invitation_is_used_again_and_an_old_one_makes_room(db):
    row = shop()

    first, again = invitation_token(row), invitation_token(row)
    with clock.moved(TOO_LATE):
        later = invitation_token(row)

    assert (first == again, first == later) == (True, False)
    with tenancy.engine_scope("test"):
        assert [row.closed_at is not None for row in Invitation.objects.order_by("id")] == [True, False]


def test_one_organization_claims_many_shops_and_sees_only_its_own(sunny, moon):
    mine = [claimed_shop(sunny, number, name=name) for number, name in (("1", "Wool"), ("2", "Amber"))]
    theirs = claimed_shop(moon, "3", name="Tin")

    with tenancy.acting(sunny):
        found = queries.shops_of(sunny.organization_id)

    assert [row.name for row in found] == ["Amber", "Wool"]
    assert {row.pk for row in found} == {row.pk for row in mine}
    assert theirs.pk not in {row.pk for row in found}


# What the portal's login cannot do


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT code FROM marketplaces_invitation",
        "INSERT INTO marketplaces_invitation (code, seller_id, expires_at) VALUES ('x', 1, now())",
        "UPDATE marketplaces_invitation SET expires_at = now() + interval '1 year'",
        "DELETE FROM marketplaces_invitation",
        "UPDATE marketplaces_seller SET organization_id = app_organization()",
    ],
)
def test_the_portal_reads_no_invitation_and_writes_no_shop(sunny, statement):
    invitation_token()

    with tenancy.acting(sunny), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement)


def test_without_an_organization_nobody_claims(db):
    row = shop()
    code = queries.code_of(invitation_token(row))

    with tenancy.scope(tenancy.Context(audience="portal")), connection.cursor() as cursor:
        cursor.execute("SELECT outcome FROM ipp_claim_shop(%s)", [code])
        assert cursor.fetchone() == ("not_a_seller",)

    assert shop_as_it_is(row).organization_id is None


@pytest.mark.parametrize("function", ["ipp_claim_shop('x')", "ipp_shop_invitation('x')"])
@pytest.mark.parametrize("audience", ["staff", "engine"])
def test_only_the_portal_may_ask(db, function, audience):
    with tenancy.scope(tenancy.Context(audience=audience, scope=audience)):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {function}")


# Inviting without a notice


def test_staff_invite_a_shop_and_the_marketplace_hands_the_link_over(cast, run_engine):
    olga, row = cast("olga"), shop()

    with tenancy.acting(olga):
        services.invite_shop(actor=olga, seller_code=row.code)
    run_engine()

    action = only_action()
    assert (action.kind, action.source, action.seller_id, action.organization_id) == (
        "message",
        services.INVITING,
        row.pk,
        olga.organization_id,
    )
    assert "Lumaway Trading" in action.text and "Bazarro" in action.text
    assert len(action.text) <= 1000


def test_a_second_invitation_waits_for_the_first(cast, run_engine):
    olga, row = cast("olga"), shop()
    with tenancy.acting(olga):
        services.invite_shop(actor=olga, seller_code=row.code)
    run_engine()

    with tenancy.acting(olga), pytest.raises(Conflict) as refused:
        services.invite_shop(actor=olga, seller_code=row.code)

    assert refused.value.code == "invitation_under_way"
    with tenancy.engine_scope("test"):
        assert Action.objects.count() == 1


def test_a_claimed_shop_is_not_invited(cast, sunny):
    olga, row = cast("olga"), claimed_shop(sunny)

    with tenancy.acting(olga), pytest.raises(Conflict) as refused:
        services.invite_shop(actor=olga, seller_code=row.code)

    assert refused.value.code == "shop_claimed"


def test_nobody_invites_what_is_not_there(cast):
    olga = cast("olga")

    with tenancy.acting(olga), pytest.raises(NotFound):
        services.invite_shop(actor=olga, seller_code="no-such-shop")

"""T-MATRIX: every route x method x role x {own, foreign, absent}, generated from the URLconfs and the access-policy file.

A route without a policy fails; a role gets exactly what its lines say; another tenant's record and a missing one are the same bytes.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ipp.core import tenancy
from ipp.core.access import load_policies
from ipp.core.models import Delivery
from ipp.core.services import keys
from marketplaces.models import Listing, Seller
from tests.actors import AudienceClient, actor_named, signed_in
from tests.factories.disputes import another_shop, claimed_shop, contested, countered, notice_of
from tests.factories.marketplaces import cause, found, invitation_token, propose, shop
from tests.factories.penalties import ago, closure_due, sanctions, upheld
from tests.factories.rightsholders import submitted, waiting_right
from tests.factories.takedowns import claimed, decided, draft, link_texts, seen_listings

MEMBERS = {
    "portal": {"owner": "alice", "filer": "finn", "viewer": "vera"},
    "staff": {"verifier": "bob", "reviewer": "rex", "approver": "ann", "operations": "olga", "auditor": "ada"},
}
METHODS = ("GET", "POST", "PUT", "DELETE")
EVERY_METHOD = ("anyone", "owner", "operations")
"""Who tries the methods no route has, which are refused before anybody asks for a role."""
SCOPES = tuple(keys.SCOPES)


def routes(audience: str) -> Iterator[tuple[str, Any]]:
    """Yield (name, callback) of every leaf of an audience's URLconf."""

    def walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLPattern):
                yield prefix + (pattern.name or ""), pattern
            else:
                yield from walk(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)

    yield from walk(get_resolver(f"ipp.urls.{audience}"), "")


POLICIES = load_policies()
ALL_ROUTES = [(audience, name, pattern) for audience in MEMBERS for name, pattern in routes(audience)]
ROUTES = [route for route in ALL_ROUTES if route[:2] in POLICIES]
CLOSED = [route for route in ALL_ROUTES if route[:2] not in POLICIES]


def test_every_route_has_a_name_and_a_policy_and_every_policy_a_route():
    named = {(audience, name) for audience, name, _pattern in ALL_ROUTES}

    assert {(audience, name) for audience, name in named if not name or name.endswith(":")} == set()
    assert set(POLICIES) <= named
    # The account library brings routes the console does not open; without a policy they answer nobody.
    assert {name for audience, name in named - set(POLICIES)} == {
        "account_signup",
        "account_email",
        "account_email_verification_sent",
        "account_confirm_login_code",
        "mfa_deactivate_totp",
    }
    assert {audience for audience, _name, _pattern in CLOSED} == {"staff"}


@pytest.mark.parametrize("name", [name for _audience, name, _pattern in CLOSED])
def test_a_route_without_a_policy_answers_nobody(db, name):
    for client in (AudienceClient("staff"), signed_in("olga")):
        for method in METHODS:
            assert ask(client, method, reverse(name, urlconf="ipp.urls.staff")).status_code == 404


def test_a_route_with_an_argument_says_what_it_points_at():
    for audience, name, pattern in ROUTES:
        arguments = list(pattern.pattern.converters)
        assert bool(arguments) == bool(POLICIES[audience, name].object), (audience, name, arguments)


def test_policies_name_only_roles_and_scopes_that_exist():
    for (audience, route), policy in POLICIES.items():
        for role in policy.roles:
            known = role in ("anyone", "member") or role in MEMBERS[audience] or role.removeprefix("key ") in SCOPES
            assert known, (audience, route, role)


def address_of(audience: str, name: str, pattern: Any, target: str) -> str:
    """Return the address of a route, its argument filled with `target`."""
    arguments = dict.fromkeys(pattern.pattern.converters, target)
    return reverse(name, urlconf=f"ipp.urls.{audience}", kwargs=arguments)


def make_object(owner: Any, kind: str) -> str:
    """Return the public id of a record of a kind a route can point at, owned by `owner`'s organization."""
    is_alice = owner.user_id == actor_named("alice").user_id
    makers: dict[str, Callable[[], str]] = {
        "verification": lambda: submitted(owner, **({} if is_alice else {"kind": "passport", "holder_name": "Gus"})).code,
        "api_key": lambda: new_key(owner),
        "delivery": lambda: delivery_about(owner),
        "mail": lambda: "none-such",
        "right": lambda: waiting_right(owner).code,
        "right_kind": lambda: "trademark",
        "complaint": lambda: claimed(owner).code,
        "draft": lambda: draft(owner).code,
        "action": lambda: found(propose(owner, cause(f"7{owner.organization_id}"), held=True)[0]).code,
        "seller": lambda: seller_of(seen_listings([8_000_000_001])[0]),
        "listing": lambda: seen_listings([8_000_000_002])[0].code,
        "counter_notice": lambda: countered(owner, actor_named("sunny"), count=1, start=8_100_000_000 + owner.organization_id).code,
        "dispute": lambda: contested(owner, actor_named("sunny"), count=1, start=8_200_000_000 + owner.organization_id).code,
        "notice": lambda: notice_to(owner),
        "shop": lambda: shop_of_own(owner).code,
        "sanction": lambda: sanction_of(owner),
        "closure": lambda: closure_due(owner, shop=f"54{owner.organization_id}").code,
        "invitation": lambda: invitation_token(shop(f"55{owner.organization_id}")),
        "marketplace": lambda: "bazarro",
        "lesson": lambda: "first_strike",
    }
    return makers[kind]()


def shop_of_own(owner: Any) -> Seller:
    number = f"51{owner.organization_id}"
    seen_listings([8_300_000_000 + owner.organization_id], shop=another_shop(number))
    return claimed_shop(owner, number)


def notice_to(owner: Any) -> str:
    """Return a notice to a shop of the owner's about a complaint of somebody else's."""
    shop_of_own(owner)
    return notice_of(decided(other_than(owner), links=link_texts(1, 8_300_000_000 + owner.organization_id))).code


def sanction_of(owner: Any) -> str:
    number = f"52{owner.organization_id}"
    upheld(other_than(owner), ago(20), shop=number, owner=owner)
    return sanctions(number)[0].code


def other_than(owner: Any) -> Any:
    return actor_named("gus" if owner.user_id == actor_named("alice").user_id else "alice")


def seller_of(listing: Listing) -> str:
    assert listing.seller is not None
    return listing.seller.code


def new_key(owner: Any) -> str:
    with tenancy.acting(owner):
        return keys.create_key(actor=owner, name="matrix", scopes=["files:write"], days=1).key.code


def delivery_about(owner: Any) -> str:
    with tenancy.engine_scope("matrix"):
        delivery = Delivery.objects.filter(organization_id=owner.organization_id).first()
    assert delivery is not None
    return str(delivery.pk)


EVERYBODYS = {"right_kind", "invitation", "marketplace", "lesson"}
"""What a route can point at that is nobody's own."""

ABSENT = {
    kind: letter * 22
    for kind, letter in zip(
        (
            "verification",
            "api_key",
            "mail",
            "right",
            "complaint",
            "draft",
            "action",
            "seller",
            "listing",
            "counter_notice",
            "dispute",
            "notice",
            "shop",
            "sanction",
            "closure",
        ),
        "ABCDEFGHIJKLMNO",
        strict=True,
    )
} | {"delivery": str(uuid.UUID(int=1))}


def bare(response: Any) -> tuple[int, bytes]:
    """Return status and body without what differs by nature: request id, CSRF token, the address itself."""
    body = re.sub(rb"[0-9a-f]{32}", b"", response.content)
    body = re.sub(rb'(csrfmiddlewaretoken" value="|X-CSRFToken&quot;: &quot;|X-CSRFToken": ")[A-Za-z0-9]+', b"", body)
    return response.status_code, body


def ask(client: AudienceClient, method: str, path: str) -> Any:
    """Send a request with an empty body; a page that fails inside is a failure here."""
    more: dict[str, Any] = {"content_type": "application/json", "data": "{}"} if path.startswith("/api/v1/") and method != "GET" else {}
    return getattr(client, method.lower())(path, **more)


def caller(audience: str, role: str) -> AudienceClient:
    """Return a client of a role (`anyone`, `key SCOPE`, or a member's role)."""
    if role == "anyone":
        return AudienceClient(audience)
    if role.startswith("key "):
        alice = actor_named("alice")
        with tenancy.acting(alice):
            secret = keys.create_key(actor=alice, name="m", scopes=[role.removeprefix("key ")], days=1).secret
        return AudienceClient(audience, headers={"Authorization": f"Bearer {secret}"})
    return signed_in(MEMBERS[audience][role])


def callers(audience: str, name: str) -> list[str]:
    if name.startswith("api:"):
        return ["anyone", *(f"key {scope}" for scope in SCOPES)]
    return ["anyone", *MEMBERS[audience]]


@pytest.fixture(scope="module")
def objects(django_db_setup: None, django_db_blocker: Any) -> Iterator[Callable[[str, str], str]]:
    """Return a function that gives a record of somebody's, made once: each test works on it inside a savepoint of its own."""
    made: dict[tuple[str, str], str] = {}
    with django_db_blocker.unblock(), transaction.atomic():
        kinds = {policy.object for policy in POLICIES.values() if policy.object}
        for kind in sorted(kinds, key=lambda kind: (kind != "verification", kind)):  # who is verified sends no paper in
            for name in ("alice", "gus"):
                made[name, kind] = make_object(actor_named(name), kind)
        yield lambda name, kind: made[name, kind]
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def enter(objects: Any) -> Callable[[str, str], AudienceClient]:
    """Return a function that gives a client of a role, signed in (or handed its key) once: what a test does there is taken back."""
    everybody = {(audience, role) for audience, name, _pattern in ROUTES for role in callers(audience, name)}
    doors = {door: caller(*door) for door in sorted(everybody)}

    def fresh(audience: str, role: str) -> AudienceClient:
        client = AudienceClient(audience)
        client.defaults |= doors[audience, role].defaults
        client.cookies.load({name: morsel.value for name, morsel in doors[audience, role].cookies.items()})
        return client

    return fresh


@pytest.mark.parametrize(("audience", "name", "pattern"), [pytest.param(*route, id=f"{route[0]}-{route[1]}") for route in ROUTES])
def test_a_route_gives_each_role_exactly_what_the_policy_says(objects, enter, db, own_counters, audience, name, pattern):
    kind = POLICIES[audience, name].object
    path = address_of(audience, name, pattern, objects("alice", kind) if kind else "")
    faults = {}

    for role in callers(audience, name):
        own_counters()
        with transaction.atomic():  # each role finds everything as it was
            client = enter(audience, role)
            for method in METHODS if role in EVERY_METHOD else METHODS[:2]:
                response = ask(client, method, path)
                if not is_right(response, method, role, audience, name):
                    faults[role, method] = (response.status_code, response.content[:500])
            assert connection.in_atomic_block
            transaction.set_rollback(True)

    assert faults == {}


def is_right(response: Any, method: str, role: str, audience: str, name: str) -> bool:
    """Tell whether a method of a route answered a role as its policy says."""
    policy, status = POLICIES[audience, name], response.status_code
    scopes = frozenset([role.removeprefix("key ")]) if role.startswith("key ") else frozenset()
    if method in policy.methods_of(None if role == "anyone" else "key" if scopes else role, scopes):
        return status < 500 and (status not in (401, 403, 405) or is_domain_refusal(response))
    if method not in policy.methods:
        return bool(status == 405)
    if role == "anyone":
        return bool(status == (401 if name.startswith("api:") else 302))
    return bool(status == 403)


def is_domain_refusal(response: Any) -> bool:
    """Tell a refusal of the use case itself (a claim that is not held) from one of the access policy."""
    return b"role_not_allowed" not in response.content and response.status_code == 403


FOREIGN = [
    pytest.param(name, pattern, role, method, id=f"{name}-{role.replace(' ', '-')}-{method}")
    for audience, name, pattern in ROUTES
    if audience == "portal" and POLICIES[audience, name].object and POLICIES[audience, name].object not in EVERYBODYS
    for role in callers(audience, name)
    if role != "anyone"
    for method in METHODS
    if method
    in POLICIES[audience, name].methods_of(
        "key" if role.startswith("key ") else role, frozenset([role.removeprefix("key ")]) if role.startswith("key ") else frozenset()
    )
]


@pytest.mark.parametrize(("name", "pattern", "role", "method"), FOREIGN)
def test_another_tenants_record_is_byte_for_byte_a_missing_one(objects, enter, db, name, pattern, role, method):
    kind = POLICIES["portal", name].object
    foreign = objects("gus", kind)
    client = enter("portal", role)

    theirs = ask(client, method, address_of("portal", name, pattern, foreign))
    missing = ask(client, method, address_of("portal", name, pattern, ABSENT[kind]))

    assert bare(theirs)[0] == 404
    assert bare(theirs)[1].replace(foreign.encode(), b"") == bare(missing)[1].replace(ABSENT[kind].encode(), b"")


def test_the_foreign_matrix_is_not_empty():
    assert len(FOREIGN) >= 12


@pytest.fixture
def unfiltered(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Break wall one: reads no longer filter by organization."""
    from rightsholders import queries

    def leaky(actor: Any) -> Any:
        from rightsholders.models import Verification

        return Verification.objects.filter(right=None).select_related("paper", "paper__file", "clock").prefetch_related("decisions__reason")

    return lambda: monkeypatch.setattr(queries, "own_verifications", leaky)


def test_with_the_code_wall_down_the_database_still_answers_not_found(objects, db, machine, unfiltered):
    own, foreign = objects("alice", "verification"), objects("gus", "verification")
    unfiltered()

    assert machine("alice").get(f"/api/v1/verifications/{foreign}").status_code == 404
    assert own in {row["code"] for row in machine("alice").get("/api/v1/verifications").json()["data"]}
    assert foreign not in {row["code"] for row in machine("alice").get("/api/v1/verifications").json()["data"]}


def test_with_the_database_wall_down_the_code_still_answers_not_found(objects, alice, gus):
    """`ipp_test` without a role sees all rows under the staff scope; the filter alone must hold."""
    from ipp.core.errors import NotFound
    from rightsholders import queries

    foreign = objects("gus", "verification")

    with tenancy.scope(tenancy.Context(audience="staff", scope="staff")):
        with pytest.raises(NotFound):
            queries.own_verification(alice, foreign)
        assert queries.own_verification(gus, foreign).code == foreign

"""Each wall alone: with the database's wall down the code must hold, with the code's wall down the database must hold.

The rest of the suite runs with both up, so a forgotten filter would hide behind row-level security. Here it cannot.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection

from ipp.core import clock, tenancy
from ipp.core.models import ApiKey, Event, Membership, Notification, Organization, StoredFile
from ipp.core.services import keys
from rightsholders.models import Right
from takedowns import services as takedowns
from takedowns.queries import own
from tests.actors import AudienceClient, actor_named, api_client, signed_in
from tests.architecture.test_access_matrix import ABSENT, FOREIGN, POLICIES, address_of, ask, caller, make_object
from tests.factories.rightsholders import approved, stored_file, submitted, validated_right
from tests.factories.takedowns import decided, draft, filing

CANARY = "Globex-canary-7319"


@pytest.fixture
def owner_connection(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Log in as the owner, whom no policy binds, before the test's transaction begins."""
    owner = urlsplit(os.environ["DATABASE_URL"])
    before = dict(connection.settings_dict)
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict.update(USER=unquote(owner.username or ""), PASSWORD=unquote(owner.password or ""))
    yield
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict.update(USER=before["USER"], PASSWORD=before["PASSWORD"])


@pytest.fixture
def database_wall_down(owner_connection: None, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every statement see and change every row, whatever the context says."""
    monkeypatch.setattr(settings, "TEST_SET_ROLE", False)


@pytest.fixture
def marked(db: None) -> Any:
    """Give Globex one of everything, each with a marker in every text it has."""
    gus = actor_named("gus")
    row = submitted(gus, kind="passport", holder_name=CANARY, number=CANARY)
    stored_file(gus, name=f"{CANARY}.png")
    with tenancy.acting(gus):
        keys.create_key(actor=gus, name=CANARY, scopes=["files:write"], days=1)
        event = Event.objects.filter(organization_id=gus.organization_id).first()
        Organization.objects.filter(pk=gus.organization_id).update(name=CANARY)
    with tenancy.scope(tenancy.Context(audience="engine", organization_id=gus.organization_id)):
        Notification.objects.create(
            organization_id=gus.organization_id,
            event=event,
            name="core.api_key.created",
            facts={"key": CANARY, "key_name": CANARY},
            occurred_at=event.occurred_at,
        )
    _mark_complaints(gus)
    return row


def _mark_complaints(gus: Any) -> None:
    """Give Globex rights, drafts and complaints in several states about the very listings Acme complains about."""
    right = validated_right(gus, name=CANARY, owner_name=CANARY)
    begun = draft(gus, right)
    with tenancy.acting(gus):
        takedowns.save_draft(actor=gus, code=begun.code, links=CANARY, data={"explanation": CANARY})
    for reason, statements in (("TM-JARGON", "quoted_words"), ("TM-OBSCURE", "what_is_covered")):
        decided(gus, right, reason=reason, statements={statements: CANARY}, explanation=CANARY, reject=[1], message=CANARY)


def test_the_wall_is_really_down_here(database_wall_down, marked):
    with tenancy.acting(actor_named("alice")):
        assert Organization.objects.filter(name=CANARY).exists()
        assert Notification.objects.exists()
        assert ApiKey.objects.filter(name=CANARY).update(name=CANARY) == 1


@pytest.mark.parametrize(("name", "pattern", "role", "method"), FOREIGN)
def test_without_the_database_wall_another_tenants_record_is_still_missing(database_wall_down, name, pattern, role, method):
    kind = POLICIES["portal", name].object
    foreign = make_object(actor_named("gus"), kind)
    client = caller("portal", role)

    assert ask(client, method, address_of("portal", name, pattern, foreign)).status_code == 404
    assert ask(client, method, address_of("portal", name, pattern, ABSENT[kind])).status_code == 404


PAGES = [
    "/start/",
    "/identity/",
    "/notices/",
    "/developer/keys/",
    "/identity/send/",
    "/accounts/sessions/",
    "/rights/",
    "/complaints/",
    "/complaints/new/",
    "/complaints/export.csv",
]
ENDPOINTS = ["organization", "verifications", "rights", "complaints", "events"]


@pytest.mark.parametrize("path", PAGES)
def test_without_the_database_wall_no_page_shows_another_tenants_words(database_wall_down, marked, path):
    submitted(actor_named("alice"))

    page = signed_in("alice").get(path)

    assert page.status_code == 200
    assert CANARY.encode() not in content_of(page)


def content_of(page: Any) -> bytes:
    return b"".join(page.streaming_content) if page.streaming else bytes(page.content)


@pytest.mark.parametrize("step", ["", "right/", "reason/", "links/", "evidence/", "sign/"])
def test_without_the_database_wall_ones_own_draft_and_complaint_show_ones_own_words(database_wall_down, marked, step):
    alice = actor_named("alice")
    right = validated_right(alice)
    own, complaint = draft(alice, right), decided(alice, right, reason="TM-JARGON", reject=[2])
    browser = signed_in("alice")

    pages = [browser.get(f"/complaints/drafts/{own.code}/{step}", follow=True), browser.get(f"/complaints/{complaint.code}/")]

    assert [page.status_code for page in pages] == [200, 200]
    assert all(CANARY.encode() not in content_of(page) for page in pages)


def test_without_the_database_wall_a_filing_uses_ones_own_right_file_and_claims(database_wall_down, marked):
    """The listings are under Globex's claim; Acme's complaint about them is another matter, and learns nothing of it."""
    alice = actor_named("alice")
    right, foreign = validated_right(alice), Right.objects.get(name=CANARY)
    file = StoredFile.objects.filter(name=f"{CANARY}.png").earliest("id")

    with tenancy.acting(alice):
        checked = takedowns.preflight(actor=alice, filing=filing(right, reason="TM-LABEL", evidence=[("x", file.code)]))
        stranger = takedowns.preflight(actor=alice, filing=filing(foreign))

    assert [row.result for row in checked.rows] == ["pass", "pass", "pass"]
    assert "unknown_file" in {error.code for error in checked.errors}
    assert "unknown_right" in {error.code for error in stranger.errors}


def test_without_the_database_wall_the_figures_are_ones_own(database_wall_down, marked):
    metrics = own.metrics_of(actor_named("alice"))

    assert (metrics.submitted, metrics.accepted, metrics.rejected) == (0, 0, 0)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_without_the_database_wall_no_list_of_the_api_shows_another_tenants_words(database_wall_down, marked, endpoint):
    submitted(actor_named("alice"))

    answer = api_client("alice").get(f"/api/v1/{endpoint}")

    assert answer.status_code == 200
    assert CANARY.encode() not in answer.content
    assert marked.reference.encode() not in answer.content


def test_without_the_database_wall_marking_notices_as_read_touches_ones_own_only(database_wall_down, marked):
    signed_in("alice").post("/notices/read/")

    assert Notification.objects.filter(read_at=None, facts__key=CANARY).exists()


def test_without_the_database_wall_a_file_of_another_tenant_cannot_be_sent_in(database_wall_down, marked):
    foreign = stored_file(actor_named("gus"))
    body = {"file": foreign.code, "kind": "business_licence", "holder_name": "Acme", "number": "1", "country": "GB"}

    answer = api_client("alice").post("/api/v1/verifications", body, "application/json", headers={"Idempotency-Key": "walls"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/file"


def test_without_the_database_wall_the_same_key_of_another_tenant_is_not_replayed(database_wall_down, marked):
    mine, theirs = stored_file(actor_named("alice")), stored_file(actor_named("lena"))
    body = {"kind": "business_licence", "holder_name": "Acme", "number": "1", "country": "GB"}

    first = api_client("alice").post(
        "/api/v1/verifications", body | {"file": mine.code}, "application/json", headers={"Idempotency-Key": "k"}
    )
    second = api_client("lena").post(
        "/api/v1/verifications", body | {"file": theirs.code}, "application/json", headers={"Idempotency-Key": "k"}
    )

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["code"] != second.json()["code"]


def test_without_the_database_wall_one_cannot_switch_into_an_organization_one_does_not_belong_to(database_wall_down, marked):
    foreign = Organization.objects.get(name=CANARY)

    assert signed_in("alice").post("/organization/switch/", {"organization": foreign.code}).status_code == 404


def test_without_the_database_wall_ones_memberships_are_ones_own(database_wall_down, marked):
    page = signed_in("alice").get("/start/")

    assert page.context["shell"].organization_name == "Acme Tools Ltd"
    assert page.context["shell"].notifications_new == 0
    assert Membership.objects.count() > 3


def test_with_the_code_wall_down_the_database_shows_ones_own_rows_only(marked, monkeypatch):
    """The same question without any filter: `Model.objects.all()` through the portal's login."""
    submitted(actor_named("alice"))
    from rightsholders import queries
    from rightsholders.models import Verification

    everything = (
        Verification.objects.filter(right=None).select_related("paper", "paper__file", "clock").prefetch_related("decisions__reason")
    )
    monkeypatch.setattr(queries, "own_verifications", lambda actor: everything.all())

    answer = api_client("alice").get("/api/v1/verifications").json()["data"]

    assert len(answer) == 1
    assert answer[0]["holder_name"] == "Acme Tools Ltd"


def test_a_visitor_without_any_context_reads_nothing(marked):
    with tenancy.scope(tenancy.Context(audience="portal")):
        assert not Organization.objects.exists()
    assert AudienceClient("portal").get("/start/").status_code == 302


def test_without_the_database_wall_mail_about_a_case_goes_to_its_own_organization_only(database_wall_down, marked, run_engine):
    row = approved(actor_named("alice"), actor_named("bob"))

    run_engine(after=timedelta(seconds=16))

    told = {message.to[0] for message in mail.outbox if row.reference in message.subject}
    assert told == {"alice@people.example", "finn@people.example", "vera@people.example"}


def test_without_the_database_wall_a_timeline_holds_ones_own_events_and_what_one_was_told(database_wall_down, marked, run_engine):
    row = approved(actor_named("alice"), actor_named("bob"))
    run_engine(after=timedelta(seconds=16))
    told = Notification.objects.get(subject_id=row.pk, name="rightsholders.verification.approved")
    gus = actor_named("gus")
    Notification.objects.create(
        organization_id=gus.organization_id,
        event_id=told.event_id,
        name="rightsholders.verification.refused",
        subject_type=told.subject_type,
        subject_id=row.pk,
        facts={"message": CANARY},
        occurred_at=told.occurred_at,
    )

    with clock.moved(timedelta(seconds=20)):
        page = signed_in("alice").get(f"/identity/{row.code}/")

    story = [entry.who for entry in page.context["story"]]
    assert "Bob" not in story
    assert len(story) == 2
    assert CANARY.encode() not in page.content

"""The code's wall alone: with the database's wall down nothing of another tenant shows. (The other way round: test_code_wall_down.)

The rest of the suite runs with both up, so a forgotten filter would hide behind row-level security. Here it cannot.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from ipp.core import clock, tenancy
from ipp.core.models import ApiKey, Membership, Notification, Organization, StoredFile
from rightsholders.models import Right
from takedowns import services as takedowns
from takedowns.queries import own
from tests.actors import actor_named, api_client, signed_in
from tests.architecture.walls import CANARY, database_wall_taken_down, mark_globex
from tests.factories.rightsholders import approved, stored_file, submitted, validated_right
from tests.factories.takedowns import decided, draft, filing


@pytest.fixture(scope="module")
def database_wall_down(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let every statement see and change every row, whatever the context says."""
    with database_wall_taken_down(django_db_blocker):
        yield


@pytest.fixture(scope="module")
def marked(database_wall_down: None) -> Any:
    """Give Globex one of everything, once; what a test adds or changes is taken back."""
    return mark_globex()


def test_the_wall_is_really_down_here(database_wall_down, marked, db):
    with tenancy.acting(actor_named("alice")):
        assert Organization.objects.filter(name=CANARY).exists()
        assert Notification.objects.exists()
        assert ApiKey.objects.filter(name=CANARY).update(name=CANARY) == 1


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
def test_without_the_database_wall_no_page_shows_another_tenants_words(database_wall_down, marked, path, db):
    submitted(actor_named("alice"))

    page = signed_in("alice").get(path)

    assert page.status_code == 200
    assert CANARY.encode() not in content_of(page)


def content_of(page: Any) -> bytes:
    return b"".join(page.streaming_content) if page.streaming else bytes(page.content)


@pytest.mark.parametrize("step", ["", "right/", "reason/", "links/", "evidence/", "sign/"])
def test_without_the_database_wall_ones_own_draft_and_complaint_show_ones_own_words(database_wall_down, marked, step, db):
    alice = actor_named("alice")
    right = validated_right(alice)
    own, complaint = draft(alice, right), decided(alice, right, reason="TM-JARGON", reject=[2])
    browser = signed_in("alice")

    pages = [browser.get(f"/complaints/drafts/{own.code}/{step}", follow=True), browser.get(f"/complaints/{complaint.code}/")]

    assert [page.status_code for page in pages] == [200, 200]
    assert all(CANARY.encode() not in content_of(page) for page in pages)


def test_without_the_database_wall_a_filing_uses_ones_own_right_file_and_claims(database_wall_down, marked, db):
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


def test_without_the_database_wall_the_figures_are_ones_own(database_wall_down, marked, db):
    metrics = own.metrics_of(actor_named("alice"))

    assert (metrics.submitted, metrics.accepted, metrics.rejected) == (0, 0, 0)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_without_the_database_wall_no_list_of_the_api_shows_another_tenants_words(database_wall_down, marked, endpoint, db):
    submitted(actor_named("alice"))

    answer = api_client("alice").get(f"/api/v1/{endpoint}")

    assert answer.status_code == 200
    assert CANARY.encode() not in answer.content
    assert marked.reference.encode() not in answer.content


def test_without_the_database_wall_marking_notices_as_read_touches_ones_own_only(database_wall_down, marked, db):
    signed_in("alice").post("/notices/read/")

    assert Notification.objects.filter(read_at=None, facts__key=CANARY).exists()


def test_without_the_database_wall_a_file_of_another_tenant_cannot_be_sent_in(database_wall_down, marked, db):
    foreign = stored_file(actor_named("gus"))
    body = {"file": foreign.code, "kind": "business_licence", "holder_name": "Acme", "number": "1", "country": "GB"}

    answer = api_client("alice").post("/api/v1/verifications", body, "application/json", headers={"Idempotency-Key": "walls"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/file"


def test_without_the_database_wall_the_same_key_of_another_tenant_is_not_replayed(database_wall_down, marked, db):
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


def test_without_the_database_wall_one_cannot_switch_into_an_organization_one_does_not_belong_to(database_wall_down, marked, db):
    foreign = Organization.objects.get(name=CANARY)

    assert signed_in("alice").post("/organization/switch/", {"organization": foreign.code}).status_code == 404


def test_without_the_database_wall_ones_memberships_are_ones_own(database_wall_down, marked, db):
    page = signed_in("alice").get("/start/")

    assert page.context["shell"].organization_name == "Acme Tools Ltd"
    assert page.context["shell"].notifications_new == 0
    assert Membership.objects.count() > 3


def test_without_the_database_wall_mail_about_a_case_goes_to_its_own_organization_only(database_wall_down, marked, run_engine, db):
    row = approved(actor_named("alice"), actor_named("bob"))

    run_engine(after=timedelta(seconds=16))

    told = {message.to[0] for message in mail.outbox if row.reference in message.subject}
    assert told == {"alice@people.example", "finn@people.example", "vera@people.example"}


def test_without_the_database_wall_a_timeline_holds_ones_own_events_and_what_one_was_told(database_wall_down, marked, run_engine, db):
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

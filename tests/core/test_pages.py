"""Pages of the ground floor: front door, notices, keys, the machine room, and what every answer carries."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from email.message import EmailMessage as Letter
from typing import Any

import pytest

from ipp.core import tenancy
from ipp.core.clock import IppNow, now
from ipp.core.models import ApiKey, CalendarDay, Clock, Delivery, Event, Membership, Notification, Organization, OutgoingMail, RolePolicy
from ipp.core.services.clocks import calendar_in_force, start_clock
from ipp.core.services.mails import queue_mail
from tests.actors import AudienceClient
from tests.browsing import fill_in, form_with, forms_of, press, words_of
from tests.factories.rightsholders import submitted

BOTH = pytest.mark.parametrize("audience", ["portal", "staff"])
SCOPES = ["files:write", "events:read"]


# -- front door ---------------------------------------------------------------------------------------------------------------


@BOTH
def test_a_visitor_finds_the_way_in(visitor, audience):
    page = visitor(audience).get("/")

    assert page.status_code == 200
    assert 'href="/accounts/login/"' in page.content.decode()
    assert ('href="/accounts/signup/"' in page.content.decode()) == (audience == "portal")


@pytest.mark.parametrize(
    ("name", "place"), [("alice", "/start/"), ("bob", "/verifications/"), ("olga", "/operations/"), ("ada", "/operations/")]
)
def test_who_is_signed_in_is_sent_to_where_work_waits(client_of, name, place):
    browser = client_of(name)

    answer = browser.get("/")
    while answer.status_code == 302:
        answer = browser.get(answer["Location"])

    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, place)


@BOTH
def test_the_styleguide_shows_every_part(visitor, audience):
    page = visitor(audience).get("/styleguide/")

    assert page.status_code == 200
    assert len(page.content) > 10_000


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_a_theme_is_kept_and_drawn(visitor, theme):
    browser = visitor("portal")

    answer = browser.post("/theme/", {"theme": theme, "next": "/styleguide/"})

    assert answer["Location"] == "/styleguide/"
    assert browser.cookies["ipp_theme"].value == theme
    assert f'data-bs-theme="{theme}"' in browser.get("/").content.decode()


@pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
@pytest.mark.parametrize("path", ["/theme/", "/i18n/setlang/"])
def test_a_switch_leads_to_no_other_site(visitor, path, next_page):
    answer = visitor("portal").post(path, {"theme": "<script>", "language": "xx", "next": next_page})

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "<script>" not in str(answer.cookies)


@BOTH
def test_a_language_is_kept_and_spoken(visitor, audience):
    browser = visitor(audience)

    browser.post("/i18n/setlang/", {"language": "zh-hans", "next": "/"})
    chinese = browser.get("/")
    browser.post("/i18n/setlang/", {"language": "en", "next": "/"})
    english = browser.get("/")

    assert '<html lang="zh-Hans"' in chinese.content.decode()
    assert "登录" in words_of(chinese)
    assert '<html lang="en"' in english.content.decode()


def test_a_browsers_own_language_is_spoken_first(visitor):
    assert "登录" in words_of(visitor("portal").get("/", headers={"Accept-Language": "zh-CN,zh;q=0.9"}))
    assert "Sign in" in words_of(visitor("portal").get("/", headers={"Accept-Language": "fr"}))


# -- notices --------------------------------------------------------------------------------------------------------------------


def test_what_the_organization_was_told_is_new_until_it_is_read(alice, client_of, run_engine):
    row = submitted(alice)
    run_engine()
    browser = client_of("vera")

    page = browser.get("/notices/")
    assert row.reference in words_of(page)
    press(browser, page, "/notices/read/")

    with tenancy.acting(alice):
        assert not Notification.objects.filter(read_at=None).exists()
    assert not [form for form in forms_of(browser.get("/notices/")) if form.action.endswith("/read/")]


def test_reading_marks_nobody_elses_notices(alice, gus, client_of, run_engine):
    submitted(gus, kind="passport", holder_name="Gus Globex")
    run_engine()

    client_of("alice").post("/notices/read/")

    with tenancy.acting(gus):
        assert Notification.objects.filter(read_at=None).count() == 1
    assert "VER-" not in words_of(client_of("alice").get("/notices/"))


# -- keys -----------------------------------------------------------------------------------------------------------------------


def test_a_key_is_shown_once(alice, client_of):
    browser = client_of("alice")

    made = fill_in(browser, browser.get("/developer/keys/"), "scopes", name="ERP", scopes=SCOPES, days="30")

    secret = re.search(r"ipp_live_[\w-]{49}", made.content.decode())[0]
    again = browser.get("/developer/keys/")
    assert secret not in again.content.decode()
    assert "ERP" in words_of(again)
    machine = AudienceClient("portal", headers={"Authorization": f"Bearer {secret}"})
    assert machine.get("/api/v1/events").status_code == 200
    assert machine.get("/api/v1/organization").status_code == 403


def test_a_revoked_key_is_dead_and_still_listed(alice, client_of):
    browser = client_of("alice")
    made = fill_in(browser, browser.get("/developer/keys/"), "scopes", name="ERP", scopes=SCOPES, days="30")
    secret = re.search(r"ipp_live_[\w-]{49}", made.content.decode())[0]

    gone = press(browser, browser.get("/developer/keys/"), "/revoke/")
    with tenancy.acting(alice):
        code = ApiKey.objects.get().code
    twice = browser.post(f"/developer/keys/{code}/revoke/")

    assert gone["Location"] == "/developer/keys/"
    assert twice.status_code == 409
    assert "ERP" in words_of(browser.get("/developer/keys/"))
    assert AudienceClient("portal", headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/events").status_code == 401


@pytest.mark.parametrize(
    ("changes", "field"), [({"name": ""}, "name"), ({"scopes": []}, "scopes"), ({"scopes": ["all"]}, "scopes"), ({"days": "9999"}, "days")]
)
def test_a_key_that_makes_no_sense_is_refused_by_its_field(alice, client_of, changes, field):
    browser = client_of("alice")
    form = form_with(browser.get("/developer/keys/"), "scopes").fields

    answer = browser.post("/developer/keys/", form | {"name": "ERP", "scopes": SCOPES, "days": "30"} | changes)

    assert answer.status_code == 422
    assert field in form_with(answer, "scopes").errors
    assert "ipp_live_" not in answer.content.decode()
    with tenancy.acting(alice):
        assert not ApiKey.objects.exists()


def test_an_empty_key_form_is_refused_too(alice, client_of):
    answer = client_of("alice").post("/developer/keys/")

    assert answer.status_code == 422
    assert set(form_with(answer, "scopes").errors) == {"name", "scopes", "days"}


def test_who_files_sees_the_keys_and_who_looks_on_does_not(client_of):
    assert client_of("finn").get("/developer/keys/").status_code == 200
    assert not [form for form in forms_of(client_of("finn").get("/developer/keys/")) if "scopes" in form.fields]
    assert client_of("finn").post("/developer/keys/").status_code == 403
    assert client_of("vera").get("/developer/keys/").status_code == 403


# -- organizations --------------------------------------------------------------------------------------------------------------


def place(name: str, at: str, role: str) -> str:
    """Make somebody a member of another organization too; return its code."""
    with tenancy.scope(tenancy.Context(audience="staff", scope="staff")):
        organization = Organization.objects.get(name=at)
        user = Membership.objects.get(user__email=f"{name}@people.example").user
    with tenancy.scope(tenancy.Context(audience="portal")), tenancy.inside(organization.pk):
        Membership.objects.create(organization=organization, user=user, role=role)
    return organization.code


def test_a_member_of_two_organizations_switches_and_has_the_role_of_each(db, client_of):
    lex = place("alice", "Lex & Partners", "viewer")
    browser = client_of("alice")
    assert "Acme Tools Ltd" in words_of(browser.get("/start/"))

    answer = browser.post("/organization/switch/", {"organization": lex})

    assert answer["Location"] == "/start/"
    page = browser.get("/start/")
    assert "<h1>Lex &amp; Partners</h1>" in page.content.decode()
    assert {"Acme Tools Ltd", "Lex & Partners"} <= set(re.findall("Acme Tools Ltd|Lex & Partners", words_of(page).replace("&amp;", "&")))
    assert browser.get("/identity/send/").status_code == 403


@pytest.mark.parametrize("code", ["", "x", "A" * 22, "a\0b", "é"])
def test_nobody_switches_to_an_organization_he_is_no_member_of(client_of, gus, code):
    browser = client_of("alice")
    with tenancy.acting(gus):
        theirs = Organization.objects.get(pk=gus.organization_id).code

    for wanted in (theirs, code):
        assert browser.post("/organization/switch/", {"organization": wanted}).status_code == 404
    assert "<h1>Acme Tools Ltd</h1>" in browser.get("/start/").content.decode()


def test_an_organization_in_the_session_that_one_is_no_member_of_is_not_acted_for(client_of, gus):
    browser = client_of("alice")
    session = browser.session
    session["_organization"] = gus.organization_id
    session.save()

    assert "<h1>Acme Tools Ltd</h1>" in browser.get("/start/").content.decode()


# -- the machine room -------------------------------------------------------------------------------------------------------------


def dead_delivery(actor: Any) -> Delivery:
    """Return a delivery that failed too often."""
    submitted(actor)
    with tenancy.engine_scope("test"):
        Delivery.objects.update(dead_at=IppNow(), attempts=8, last_error="RuntimeError('the tax office is closed')")
        return Delivery.objects.get()


def test_a_dead_letter_is_shown_and_tried_again(alice, client_of, run_engine):
    delivery = dead_delivery(alice)
    browser = client_of("olga")

    page = browser.get("/operations/")
    assert "the tax office is closed" in words_of(page)
    answer = press(browser, page, "/retry/")
    run_engine()

    assert answer["Location"] == "/operations/"
    assert "the tax office is closed" not in words_of(browser.get("/operations/"))
    with tenancy.engine_scope("test"):
        assert Delivery.objects.get(pk=delivery.pk).delivered_at is not None
    assert browser.post(f"/operations/deliveries/{delivery.pk}/retry/").status_code == 409


def test_a_dead_mail_is_shown_without_its_words_and_tried_again(db, client_of, run_engine):
    queue_mail(to="x@y.example", subject="Welcome", body="the secret words", dedupe_key="one")
    with tenancy.engine_scope("test"):
        OutgoingMail.objects.update(dead_at=IppNow(), attempts=8, last_error="refused")
    browser = client_of("olga")

    page = browser.get("/operations/")
    assert "Welcome" in words_of(page)
    assert "secret" not in words_of(page)
    press(browser, page, "/retry/")
    run_engine()

    with tenancy.engine_scope("test"):
        assert OutgoingMail.objects.get().sent_at is not None


@pytest.mark.parametrize(
    "path", [f"/operations/deliveries/{uuid.UUID(int=1)}/retry/", f"/operations/mails/{'A' * 22}/retry/", "/operations/deliveries/1/retry/"]
)
def test_nothing_is_retried_that_is_not_there(client_of, path):
    assert client_of("olga").post(path).status_code == 404


def test_an_auditor_looks_and_does_not_touch(alice, client_of):
    delivery = dead_delivery(alice)
    browser = client_of("ada")

    page = browser.get("/operations/")

    assert page.status_code == 200
    assert not [form for form in forms_of(page) if form.action.endswith("/retry/")]
    assert browser.post(f"/operations/deliveries/{delivery.pk}/retry/").status_code == 403


@pytest.mark.parametrize("path", ["/operations/", "/audit/", "/calendar/", "/roles/"])
@pytest.mark.parametrize("name", ["bob", "rex", "ann"])
def test_the_machine_room_is_closed_to_other_staff(client_of, path, name):
    assert client_of(name).get(path).status_code == 403


def test_the_audit_page_turns_its_pages_and_filters(alice, client_of):
    with tenancy.acting(alice):
        made = [
            Event(
                organization_id=alice.organization_id,
                about_id=alice.organization_id,
                name=f"tests.{n}",
                subject_type="",
                actor_kind="api_key",
                actor_label="m",
            )
            for n in range(60)
        ]
        Event.objects.bulk_create(made)
    browser = client_of("ada")

    seen, path = [], "/audit/?kind=api_key"
    while path:
        page = browser.get(path)
        table = page.context["page"]
        seen += [row.name for row in table.rows]
        path = table.next_url

    assert seen == [f"tests.{n}" for n in range(59, -1, -1)]
    assert "tests." not in words_of(browser.get("/audit/?kind=system"))
    assert browser.get(table.previous_url).status_code == 200
    assert browser.get("/audit/?kind=nobody").status_code == 422


def next_business_day() -> Any:
    """Return the first business day after today."""
    calendar = calendar_in_force("CN", now().year)
    day = now().astimezone(calendar.zone).date() + timedelta(days=1)
    while not calendar.is_business_day(day):
        day += timedelta(days=1)
    return day


def test_a_day_off_entered_by_operations_counts_for_the_clocks_that_start_afterwards(alice, client_of):
    browser = client_of("olga")
    with tenancy.acting(alice):
        before = start_clock(organization_id=alice.organization_id, unit=Clock.Unit.BUSINESS_DAYS, budget=3)

    answer = fill_in(browser, browser.get("/calendar/"), "day", day=next_business_day().isoformat(), note="State Council notice 2026-7")
    with tenancy.acting(alice):
        after = start_clock(organization_id=alice.organization_id, unit=Clock.Unit.BUSINESS_DAYS, budget=3)
        kept = Clock.objects.get(pk=before.pk)

    assert answer["Location"] == "/calendar/"
    assert "State Council notice 2026-7" in words_of(browser.get("/calendar/"))
    assert after.due_at > before.due_at
    assert after.calendar_version != before.calendar_version
    assert (kept.due_at, kept.calendar_version) == (before.due_at, before.calendar_version)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"day": "soon"}, "day"),
        ({"day": ""}, "day"),
        ({"note": " "}, "note"),
        ({"calendar": "XX"}, "calendar"),
        ({"is_working": "perhaps"}, "is_working"),
    ],
)
def test_a_day_that_makes_no_sense_is_refused_by_its_field(client_of, changes, field):
    browser = client_of("olga")
    form = form_with(browser.get("/calendar/"), "day").fields

    answer = browser.post("/calendar/", form | {"day": "2027-01-01", "note": "a notice"} | changes)

    assert answer.status_code == 422
    assert list(form_with(answer, "day").errors) == [field]
    assert not CalendarDay.objects.exists()


def test_an_auditor_enters_no_days(client_of):
    browser = client_of("ada")

    assert not [form for form in forms_of(browser.get("/calendar/")) if "day" in form.fields]
    assert browser.post("/calendar/", {"day": "2027-01-01"}).status_code == 403


def test_operations_says_what_a_role_must_prove(client_of):
    browser = client_of("olga")

    answer = browser.post("/roles/", {"role": "owner", "mfa_required": "1"})

    assert answer["Location"] == "/roles/"
    assert RolePolicy.objects.get(role="owner").mfa_required
    assert client_of("ada").get("/roles/").status_code == 200
    assert client_of("ada").post("/roles/", {"role": "owner", "mfa_required": "0"}).status_code == 403


@pytest.mark.parametrize(("role", "status"), [("verifier", 409), ("operations", 409), ("king", 404), ("", 404), ("a\0b", 404)])
def test_what_staff_must_prove_is_not_open_to_change(client_of, role, status):
    before = set(RolePolicy.objects.values_list("role", "mfa_required"))

    answer = client_of("olga").post("/roles/", {"role": role, "mfa_required": "0"})

    assert answer.status_code == status
    assert set(RolePolicy.objects.values_list("role", "mfa_required")) == before


# -- the development mailbox --------------------------------------------------------------------------------------------------------


def write_letter(folder: Any, to: str, subject: str) -> None:
    letter = Letter()
    letter["To"], letter["Subject"] = to, subject
    letter.set_content("Your code is <b>AAAA-BBBB</b>")
    (folder / f"{uuid.uuid4().hex}.log").write_bytes(letter.as_bytes() + b"\n" + b"-" * 79 + b"\n")


def test_the_mailbox_shows_what_was_written_and_finds_a_person(visitor, settings, tmp_path):
    settings.IPP_MAIL_FOLDER = tmp_path
    write_letter(tmp_path, "tora@people.example", "Confirm 地址")
    write_letter(tmp_path, "gus@people.example", "Hello")
    browser = visitor("portal")

    everything, hers = browser.get("/dev/mailbox/"), browser.get("/dev/mailbox/", {"to": "TORA"})

    assert "Confirm 地址" in words_of(everything)
    assert "Hello" in words_of(everything)
    assert "Hello" not in words_of(hers)
    assert "&lt;b&gt;AAAA-BBBB" in hers.content.decode()


def test_without_the_setting_there_is_no_mailbox(visitor, settings, tmp_path):
    settings.DEV_MAILBOX = False
    settings.IPP_MAIL_FOLDER = tmp_path
    write_letter(tmp_path, "tora@people.example", "Confirm")

    page = visitor("portal").get("/dev/mailbox/")

    assert page.status_code == 404
    assert "Confirm" not in words_of(page)
    assert visitor("staff").get("/dev/mailbox/").status_code == 404

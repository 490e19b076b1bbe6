"""Sessions and second factors: when a session ends, who must prove more than a password, and what is kept of it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.utils import timezone

from ipp.core import tenancy
from ipp.core.models import RolePolicy, Session
from ipp.core.services.roles import set_mfa_required
from tests.actors import AudienceClient, actor_named, signed_in
from tests.browsing import app_code, fill_in, is_in, press, sign_in, words_of
from tests.cast import PASSWORD, STAFF, TOTP_SECRET, address

SECURED = "/accounts/2fa/totp/activate/"


# -- sessions -----------------------------------------------------------------------------------------------------------------


def test_one_sees_ones_sessions_and_ends_the_others(visitor):
    here, there = visitor("portal"), visitor("portal")
    for browser in (here, there):
        sign_in(browser, address("alice"))
        browser.get("/start/")

    page = here.get("/accounts/sessions/")
    assert words_of(page).count("127.0.0.1") == 2
    answer = press(here, page, "/accounts/sessions/")

    assert answer.status_code == 302
    assert (is_in(here), is_in(there)) == (True, False)


def test_nobody_sees_another_persons_sessions(visitor):
    theirs, mine = visitor("portal"), visitor("portal")
    sign_in(theirs, address("gus"), HTTP_USER_AGENT="x")
    theirs.get("/start/")
    sign_in(mine, address("alice"))
    mine.get("/start/")

    assert words_of(mine.get("/accounts/sessions/")).count("127.0.0.1") == 1


def row_of(client: AudienceClient) -> Any:
    """Return the row of a browser's session."""
    return Session.objects.filter(session_key=client.cookies[f"ipp_{client.audience}_session"].value)


def test_an_idle_session_ends(client_of):
    browser = client_of("alice")
    assert is_in(browser)

    row_of(browser).update(expire_date=timezone.now() - timedelta(seconds=1))

    assert not is_in(browser)


def test_an_old_session_ends_however_busy_it_is(client_of, settings):
    browser = client_of("alice")

    row_of(browser).update(started_at=timezone.now() - settings.SESSION_MAX_AGE + timedelta(minutes=1))
    assert is_in(browser)
    row_of(browser).update(started_at=timezone.now() - settings.SESSION_MAX_AGE - timedelta(seconds=1))

    assert not is_in(browser)


def test_use_moves_the_idle_end_once_a_minute(client_of):
    browser = client_of("alice")
    browser.get("/start/")
    soon = timezone.now() + timedelta(minutes=5)

    row_of(browser).update(expire_date=soon)
    browser.get("/start/")
    assert row_of(browser).get().expire_date == soon

    forget_last_use(browser)
    browser.get("/start/")
    assert row_of(browser).get().expire_date > soon


def forget_last_use(client: AudienceClient) -> None:
    """Make a session look as if it was last used a while ago, and about to end."""
    row = row_of(client).get()
    data = row.get_decoded() | {"_seen": 0}
    row_of(client).update(session_data=row.get_session_store_class()().encode(data))


def test_signing_out_ends_the_session_on_the_server(client_of):
    browser = client_of("alice")
    key = browser.cookies["ipp_portal_session"].value

    press(browser, browser.get("/accounts/logout/"), "/accounts/logout/")

    assert not is_in(browser)
    assert not Session.objects.filter(session_key=key).exists()


def test_a_sign_in_gets_a_new_session_key(visitor):
    browser = visitor("portal")
    browser.get("/accounts/login/")
    browser.cookies["ipp_portal_session"] = "b" * 32

    sign_in(browser, address("alice"))

    assert browser.cookies["ipp_portal_session"].value != "b" * 32
    assert is_in(browser)


def test_the_session_cookie_is_out_of_reach_of_scripts(visitor):
    browser = visitor("portal")

    sign_in(browser, address("alice"))

    cookie = browser.cookies["ipp_portal_session"]
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"


# -- second factors -----------------------------------------------------------------------------------------------------------


def test_staff_without_a_code_app_reach_nothing_but_its_setting_up(db):
    Authenticator.objects.filter(user__email=address("bob")).delete()
    browser = signed_in("bob")

    for path in ("/verifications/", "/holders/", "/start/"):
        assert browser.get(path)["Location"] == f"{SECURED}?next={path.replace('/', '%2F')}"
    assert browser.post("/verifications/next/").status_code == 302
    assert browser.get("/verifications/", headers={"HX-Request": "true"}).status_code == 204
    assert browser.get(SECURED).status_code == 302  # the password once more, then the app


def test_a_role_that_must_prove_itself_is_sent_to_set_up_a_code_app(client_of, cast):
    owner, filer = client_of("alice"), client_of("finn")
    olga = cast("olga")
    with tenancy.acting(olga):
        set_mfa_required(actor=olga, role="owner", required=True)

    assert owner.get("/start/")["Location"].startswith(SECURED)
    assert owner.post("/identity/send/")["Location"].startswith(SECURED)
    assert filer.get("/start/").status_code == 200

    with tenancy.acting(olga):
        set_mfa_required(actor=olga, role="owner", required=False)
    assert owner.get("/start/").status_code == 200


def test_an_owner_sets_up_a_code_app_and_is_asked_for_it_from_then_on(visitor):
    browser = visitor("portal")
    sign_in(browser, address("alice"))
    asked = browser.get(SECURED)
    there = fill_in(browser, browser.get(asked["Location"]), "password", password=PASSWORD)
    page = browser.get(there["Location"])
    secret = re.search(r'id="authenticator_secret" value="([A-Z2-7]+)"', page.content.decode())[1]

    fill_in(browser, page, "code", code=app_code(secret))

    again = visitor("portal")
    assert sign_in(again, address("alice"))["Location"].startswith("/accounts/2fa/authenticate/")
    stored = Authenticator.objects.get(user__email=address("alice"), type="totp")
    assert secret not in str(stored.data)


def test_the_secrets_of_code_apps_are_stored_encrypted(db):
    stored = Authenticator.objects.filter(type="totp").values_list("data", flat=True)

    assert len(stored) == len(STAFF)
    assert not [data for data in stored if TOTP_SECRET in str(data)]
    assert len({data["secret"] for data in stored}) == len(STAFF)


def test_a_recovery_code_works_once(visitor):
    browser = visitor("staff")
    sign_in(browser, address("bob"))
    fill_in(browser, browser.get("/accounts/2fa/authenticate/"), "code", code=app_code())
    fill_in(browser, browser.get("/accounts/reauthenticate/"), "password", password=PASSWORD)
    made = press(browser, browser.get("/accounts/2fa/recovery-codes/generate/"), "/recovery-codes/generate/")
    code = browser.get(made["Location"]).context["unused_codes"][0]

    answers = []
    for _ in range(2):
        other = visitor("staff")
        sign_in(other, address("bob"))
        answers.append(other.post("/accounts/2fa/authenticate/", {"code": code}).status_code)

    assert answers == [302, 200]


def test_staff_cannot_go_back_to_a_password_alone(client_of):
    browser = client_of("bob")

    assert browser.get("/accounts/2fa/totp/deactivate/").status_code == 404
    assert browser.post("/accounts/2fa/totp/deactivate/").status_code == 404
    assert Authenticator.objects.filter(user__email=address("bob"), type="totp").exists()


def test_every_platform_role_must_prove_itself_from_the_start(db):
    required = set(RolePolicy.objects.filter(mfa_required=True).values_list("role", flat=True))

    assert required >= {actor_named(name).role for name in ("bob", "rex", "ann", "olga", "ada")}

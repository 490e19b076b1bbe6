"""Accounts as people meet them: opening one, signing in and out, second factors, sessions, and what strangers can learn."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail

from ipp.core import tenancy
from ipp.core.models import Membership, Organization, User
from tests.actors import AudienceClient
from tests.browsing import app_code, code_in, fill_in, form_with, is_in, letters_to, sign_in, words_of
from tests.cast import PASSWORD, address

NEW_PASSWORD = "a long and winding road"
SECURED = "/accounts/2fa/totp/activate/"


def sign_up(client: Any, email: str) -> Any:
    """Send the sign-up form."""
    typed = {"organization_name": "Tarnholt AS", "full_name": "Tora", "email": email, "password1": NEW_PASSWORD}
    return fill_in(client, client.get("/accounts/signup/"), "organization_name", **typed)


def standing(email: str) -> tuple[int, int]:
    """Return how many accounts have an address and how many organizations there are."""
    with tenancy.scope(tenancy.Context(audience="staff", scope="staff")):
        organizations = Organization.objects.count()
    return User.objects.filter(email=email).count(), organizations


def without_moving_parts(page: Any, *words: str) -> str:
    """Return a page without its tokens, its number and the words given."""
    text = re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")\w+', "", page.content.decode()).replace(page["X-Request-Id"], "")
    for word in words:
        text = text.replace(word, "")
    return text


# -- opening an account -------------------------------------------------------------------------------------------------------


def test_an_account_comes_with_its_organization_and_opens_with_the_code(visitor, run_engine):
    browser = visitor("portal")

    answer = sign_up(browser, "  Tora@People.Example ")
    run_engine()
    opened = fill_in(browser, browser.get(answer["Location"]), "code", code=code_in(letters_to("tora@people.example")[0]))

    assert opened.status_code == 302
    assert is_in(browser)
    with tenancy.scope(tenancy.Context(audience="staff", scope="staff")):
        place = Membership.objects.select_related("organization", "user").get(user__email="tora@people.example")
    assert (place.role, place.organization.name, place.user.full_name) == ("owner", "Tarnholt AS", "Tora")
    assert (place.organization.kind, place.organization.verified_at, place.user.is_staff) == ("rights_holder", None, False)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("", "rights_holder"),
        ("?kind=seller", "seller"),
        ("?kind=agency", "agency"),
        ("?kind=platform", "rights_holder"),
        ("?kind=", "rights_holder"),
    ],
)
def test_a_link_may_say_what_kind_of_account_is_opened(visitor, query, kind):
    page = visitor("portal").get(f"/accounts/signup/{query}").content.decode()

    assert re.findall(r'name="kind"[^>]*value="([a-z_]+)"[^>]*checked', page) == [kind]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": ""}, "email"),
        ({"organization_name": ""}, "organization_name"),
        ({"organization_name": "x" * 201}, "organization_name"),
        ({"full_name": ""}, "full_name"),
        ({"password1": "short"}, "password1"),
        ({"password1": "password1234"}, "password1"),
        ({"password1": "tora@people.example"}, "password1"),
        ({"kind": "platform"}, "kind"),
        ({"kind": "marketplace"}, "kind"),
        ({"account_kind": "robot"}, "account_kind"),
    ],
)
def test_a_sign_up_that_does_not_fit_names_the_field_and_keeps_the_rest(visitor, changes, field):
    browser = visitor("portal")
    typed = {"organization_name": "Tarnholt AS", "full_name": "Tora", "email": "tora@people.example", "password1": NEW_PASSWORD}
    form = form_with(browser.get("/accounts/signup/"), "organization_name")
    before = standing("tora@people.example")

    answer = browser.post("/accounts/signup/", form.fields | typed | changes)

    again = form_with(answer, "organization_name")
    assert list(again.errors) == [field]
    kept = {name for name in ("organization_name", "full_name", "email") if name != field}
    assert {name: again.fields[name] for name in kept} == {name: typed[name] for name in kept}
    assert again.fields["password1"] == ""
    assert standing("tora@people.example") == before


def test_after_five_wrong_codes_a_fresh_one_comes_with_the_next_sign_in(visitor, run_engine, own_counters):
    browser = visitor("portal")
    sign_up(browser, "tora@people.example")
    for _ in range(5):
        browser.post("/accounts/confirm-email/", {"code": "AAAA-AAAA"})

    own_counters()  # a while later
    asked = sign_in(browser, "tora@people.example", NEW_PASSWORD)
    run_engine()

    old, new = (code_in(letter) for letter in letters_to("tora@people.example"))
    refused = fill_in(browser, browser.get(asked["Location"]), "code", code=old)
    assert "Incorrect code." in form_with(refused, "code").errors["code"]
    fill_in(browser, refused, "code", code=new)
    assert is_in(browser)


@pytest.mark.parametrize("flag", ["is_staff", "is_active", "is_superuser", "verified_at", "role"])
def test_a_visitor_cannot_make_himself_more_than_he_is(visitor, flag):
    browser = visitor("portal")

    form = form_with(browser.get("/accounts/signup/"), "organization_name").fields
    typed = {"organization_name": "Tarnholt AS", "full_name": "Tora", "email": "tora@people.example", "password1": NEW_PASSWORD}
    answer = browser.post("/accounts/signup/", form | typed | {flag: "true"})

    user = User.objects.get(email="tora@people.example")
    assert answer.status_code == 302
    assert (user.is_staff, user.is_active) == (False, True)


def test_a_used_address_cannot_be_told_from_a_new_one(visitor, run_engine):
    before = standing(address("alice"))
    new, used = visitor("portal"), visitor("portal")

    answers = [sign_up(new, "tora@people.example"), sign_up(used, address("alice"))]
    pages = [new.get(answers[0]["Location"]), used.get(answers[1]["Location"])]
    wrong = [fill_in(new, pages[0], "code", code="AAAA-AAAA"), fill_in(used, pages[1], "code", code="AAAA-AAAA")]
    run_engine()

    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert without_moving_parts(wrong[0], "tora@people.example") == without_moving_parts(wrong[1], address("alice"))
    assert standing(address("alice")) == (before[0], before[1] + 1)
    (letter,) = letters_to(address("alice"))
    assert "There is one already." in letter.body
    assert "/accounts/password/reset/" in letter.body


def test_the_page_after_a_sign_up_with_a_used_address_offers_the_same_choices(visitor, run_engine):
    new, used = visitor("portal"), visitor("portal")

    pages = [
        browser.get(sign_up(browser, email)["Location"]) for browser, email in ((new, "tora@people.example"), (used, address("alice")))
    ]

    assert without_moving_parts(pages[0], "tora@people.example") == without_moving_parts(pages[1], address("alice"))


def test_a_staff_members_address_is_as_free_as_any_other(visitor, run_engine):
    browser = visitor("portal")

    answer = sign_up(browser, address("bob"))
    run_engine()
    opened = fill_in(browser, browser.get(answer["Location"]), "code", code=code_in(letters_to(address("bob"))[0]))

    assert opened.status_code == 302
    assert is_in(browser)
    assert sorted(User.objects.filter(email=address("bob")).values_list("is_staff", flat=True)) == [False, True]
    assert "not correct" in words_of(sign_in(visitor("staff"), address("bob"), NEW_PASSWORD))


def test_the_console_takes_no_sign_ups(visitor):
    assert visitor("staff").get("/accounts/signup/").status_code == 404
    assert visitor("staff").post("/accounts/signup/", {"email": "x@y.example"}).status_code == 404


# -- signing in ---------------------------------------------------------------------------------------------------------------


def test_a_member_signs_in_with_a_password_and_lands_where_he_wanted_to_go(visitor):
    browser = visitor("portal")
    asked = browser.get("/developer/keys/")

    answer = fill_in(browser, browser.get(asked["Location"]), "login", login=address("alice").upper(), password=PASSWORD)

    assert answer["Location"] == "/developer/keys/"
    assert browser.get("/developer/keys/").status_code == 200


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"])
def test_nobody_is_sent_to_another_site_after_signing_in(visitor, target):
    browser = visitor("portal")

    answer = browser.post("/accounts/login/", {"login": address("alice"), "password": PASSWORD, "next": target})

    assert answer.status_code == 302
    assert answer["Location"].startswith("/")
    assert not answer["Location"].startswith(("//", "/\\"))


def test_staff_sign_in_with_password_and_code_and_a_code_works_once(visitor):
    one, two = visitor("staff"), visitor("staff")
    code = app_code()

    for browser in (one, two):
        asked = sign_in(browser, address("bob"))
        assert asked["Location"].startswith("/accounts/2fa/authenticate/")
        assert not is_in(browser)
        answer = fill_in(browser, browser.get(asked["Location"]), "code", code=code)
        assert answer.status_code == (302 if browser is one else 200)

    assert is_in(one)
    assert not is_in(two)


@pytest.mark.parametrize("code", ["000000", "", "12345", "abcdef", "123456789"])
def test_a_wrong_code_lets_nobody_in(visitor, code):
    browser = visitor("staff")
    asked = sign_in(browser, address("bob"))

    answer = browser.post("/accounts/2fa/authenticate/", {"code": code})

    assert asked.status_code == 302
    assert "code" in form_with(answer, "code").errors
    assert not is_in(browser)


def test_codes_cannot_be_guessed_one_after_the_other(visitor):
    browser = visitor("staff")
    sign_in(browser, address("bob"))

    answers = [browser.post("/accounts/2fa/authenticate/", {"code": f"{number:06}"}) for number in range(6)]
    late = browser.post("/accounts/2fa/authenticate/", {"code": app_code()})

    assert "Too many" in words_of(answers[-1])
    assert late.status_code != 302
    assert not is_in(browser)


@pytest.mark.parametrize(("audience", "name"), [("portal", "bob"), ("staff", "alice")])
def test_the_other_sides_people_are_unknown_here(visitor, audience, name):
    known, unknown = visitor(audience), visitor(audience)

    theirs = sign_in(known, address(name))
    nobodys = sign_in(unknown, "nobody@nowhere.example")

    assert "not correct" in words_of(theirs)
    assert without_moving_parts(theirs, address(name)) == without_moving_parts(nobodys, "nobody@nowhere.example")
    assert not is_in(known)


def test_a_session_of_the_portal_is_none_on_the_console(client_of):
    portal, console = client_of("alice"), AudienceClient("staff")
    console.cookies["ipp_staff_session"] = portal.cookies["ipp_portal_session"].value

    assert is_in(portal)
    assert not is_in(console)


@pytest.mark.parametrize("value", ["x", "a" * 32, '"\\000aaaaaaaaaaa"', "é" * 20, "'; DROP TABLE core_session; --"])
def test_a_forged_session_cookie_is_nobody(db, value):
    browser = AudienceClient("portal")

    answer = browser.get("/start/", headers={"Cookie": f"ipp_portal_session={value}"})

    assert answer.status_code == 302


@pytest.mark.parametrize("email", [address("alice"), "nobody@nowhere.example"])
def test_guessing_passwords_is_stopped_without_telling_whether_the_account_exists(visitor, email):
    browser = visitor("portal")

    answers = [sign_in(browser, email, "wrong password") for _ in range(6)]
    late = sign_in(browser, email, PASSWORD)

    assert "not correct" in words_of(answers[0])
    assert ["Too many failed login attempts" in words_of(answer) for answer in answers] == [False] * 5 + [True]
    assert "Too many failed login attempts" in words_of(late)
    assert not is_in(browser)


def test_guessing_addresses_is_stopped_too(visitor):
    browser = visitor("portal")

    answers = [sign_in(browser, f"person{number}@nowhere.example", "wrong password") for number in range(11)]

    assert "not correct" in words_of(answers[9])
    assert "Too many failed login attempts" in words_of(answers[10])


def test_a_flood_of_sign_ins_gets_a_page_that_says_slower(visitor):
    browser = visitor("portal")

    for _ in range(31):
        answer = browser.post("/accounts/login/", {"login": "x@y.example", "password": ""})

    assert answer.status_code == 429
    assert "That was too much at once." in words_of(answer)
    assert answer["X-Request-Id"] in answer.content.decode()


def test_an_account_that_was_closed_is_out_at_once(client_of, visitor):
    browser = client_of("alice")
    assert is_in(browser)

    User.objects.filter(email=address("alice")).update(is_active=False)

    assert not is_in(browser)
    again = visitor("portal")
    sign_in(again, address("alice"))
    assert not is_in(again)


def test_a_person_without_any_organization_is_told_so_and_reaches_nothing(visitor):
    user = User.objects.create_user("alone@people.example", PASSWORD)
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    browser = visitor("portal")

    sign_in(browser, user.email)

    for path in ("/start/", "/identity/send/", "/developer/keys/", "/notices/"):
        answer = browser.get(path)
        assert answer.status_code == 403
        assert "Your account belongs to no organization." in words_of(answer)
    assert browser.get("/accounts/logout/").status_code == 200


def test_signing_in_works_while_the_broker_is_away(visitor, monkeypatch):
    from redis.exceptions import ConnectionError as Away

    def away(*args: Any, **kwargs: Any) -> Any:
        raise Away

    monkeypatch.setattr("redis.connection.ConnectionPool.get_connection", away)
    browser = visitor("staff")

    asked = sign_in(browser, address("bob"))
    fill_in(browser, browser.get(asked["Location"]), "code", code=app_code())

    assert is_in(browser)


# -- a new password -----------------------------------------------------------------------------------------------------------


def test_a_new_password_is_set_with_the_code_from_the_mail_and_ends_every_other_session(visitor, client_of, run_engine):
    elsewhere, browser = client_of("alice"), visitor("portal")

    asked = fill_in(browser, browser.get("/accounts/password/reset/"), "email", email=address("alice"))
    run_engine()
    chosen = fill_in(browser, browser.get(asked["Location"]), "code", code=code_in(letters_to(address("alice"))[0]))
    done = fill_in(browser, browser.get(chosen["Location"]), "password1", password1=NEW_PASSWORD, password2=NEW_PASSWORD)
    run_engine()

    assert done.status_code == 302
    assert not is_in(elsewhere)
    old, new = visitor("portal"), visitor("portal")
    sign_in(old, address("alice"), PASSWORD)
    sign_in(new, address("alice"), NEW_PASSWORD)
    assert (is_in(old), is_in(new)) == (False, True)
    assert len(letters_to(address("alice"))) == 2  # told that the password changed


def test_after_five_wrong_codes_a_reset_is_over(visitor, run_engine):
    browser = visitor("portal")
    asked = fill_in(browser, browser.get("/accounts/password/reset/"), "email", email=address("alice"))
    run_engine()

    for _ in range(5):
        browser.post(asked["Location"], {"code": "AAAA-AAAA"})
    late = browser.post(asked["Location"], {"code": code_in(letters_to(address("alice"))[0])})

    assert "password/reset/complete" not in late.get("Location", "")


def test_a_reset_for_an_unknown_address_looks_the_same_and_says_so_by_mail_only(visitor, run_engine):
    known, unknown = visitor("portal"), visitor("portal")

    pages = [
        browser.get(fill_in(browser, browser.get("/accounts/password/reset/"), "email", email=email)["Location"])
        for browser, email in ((known, address("alice")), (unknown, "nobody@nowhere.example"))
    ]
    run_engine()

    assert without_moving_parts(pages[0], address("alice")) == without_moving_parts(pages[1], "nobody@nowhere.example")
    assert "There is no account with this address." in letters_to("nobody@nowhere.example")[0].body
    assert len(mail.outbox) == 2


def test_a_password_changed_while_signed_in_keeps_this_session_and_ends_the_others(visitor):
    here, there = visitor("portal"), visitor("portal")
    for browser in (here, there):
        sign_in(browser, address("alice"))

    page = here.get("/accounts/password/change/")
    fill_in(here, page, "oldpassword", oldpassword=PASSWORD, password1=NEW_PASSWORD, password2=NEW_PASSWORD)

    assert (is_in(here), is_in(there)) == (True, False)

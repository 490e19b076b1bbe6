"""A rights holder registers, sends an identity paper, a verifier approves it, the rights holder is told: by page and by API.

Both stories run as production does: portal, staff console and engine under their own database logins, every request committed.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.browsing import app_code, code_in, fill_in, form_with, forms_of, letters_to, press, words_of
from tests.cast import PASSWORD, address
from tests.core.files import corpus

UNDO_OVER = timedelta(seconds=16)
NEWCOMER = {
    "kind": "rights_holder",
    "account_kind": "entity",
    "organization_name": "Tarnholt AS",
    "full_name": "Tora Tarnholt",
    "email": "tora@people.example",
    "password1": "a long and winding road",
}


def paper() -> SimpleUploadedFile:
    return SimpleUploadedFile("licence.png", corpus.png(), "image/png")


def follow(client: Any, response: Any) -> Any:
    """Go where an answer leads, as a browser does."""
    while response.status_code == 302:
        response = client.get(response["Location"])
    assert response.status_code == 200, (response.status_code, words_of(response))
    return response


def signed_up(client: Any, engine: Any) -> Any:
    """Open an account and return the page the code is asked on."""
    answer = fill_in(client, client.get("/accounts/signup/"), "organization_name", **NEWCOMER)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/confirm-email/")
    engine()
    return client.get(answer["Location"])


def at_the_desk(client: Any, name: str = "bob") -> Any:
    """Sign a verifier in with password and code app; return the page they arrive on."""
    asked = fill_in(client, client.get("/accounts/login/"), "login", login=address(name), password=PASSWORD)
    assert urlsplit(asked["Location"]).path == "/accounts/2fa/authenticate/"
    return follow(client, fill_in(client, client.get(asked["Location"]), "code", code=app_code()))


def test_the_story_by_pages(house, engine, settings):
    tora, bob = house("portal"), house("staff")

    page = signed_up(tora, engine)
    assert tora.get("/start/").status_code == 302  # not before the address is proven
    (letter,) = letters_to("tora@people.example")
    start = follow(tora, fill_in(tora, page, "code", code=code_in(letter)))
    assert "Tarnholt AS" in words_of(start)
    assert "Prove who you are" in words_of(start)

    form = tora.get("/identity/send/")
    sent = fill_in(tora, form, "file", file=paper(), number="NO 914 778 271", country="NO")
    assert sent.status_code == 302
    code = re.fullmatch(r"/identity/([\w-]{22})/", sent["Location"])[1]
    mine = tora.get(sent["Location"])
    assert "In the queue" in words_of(mine)
    reference = re.search(r"VER-[0-9A-Z]{4}-[0-9A-Z]{3}", words_of(mine))[0]

    queue = at_the_desk(bob)
    assert reference in words_of(queue)
    case = follow(bob, press(bob, queue, "/verifications/next/"))
    assert case.request["PATH_INFO"] == f"/verifications/{code}/"
    picture = links_of(case, settings.FILES_ORIGIN)[0]
    decided = follow(bob, press(bob, case, f"/verifications/{code}/approve/", message="Welcome.", note="Checked with the register."))
    assert [form.action for form in forms_of(decided) if form.action.endswith("/undo/")]
    assert "Being checked" in words_of(tora.get(sent["Location"]))  # nothing shows while it can be undone

    engine()
    assert "Not verified yet" in words_of(tora.get("/start/"))
    engine(after=UNDO_OVER)
    assert "Not verified yet" not in words_of(tora.get("/start/"))
    assert [mail.subject for mail in letters_to("tora@people.example")][1:] == [f"You are verified ({reference})"]
    notices = words_of(tora.get("/notices/")).lower()
    assert notices.index("found the paper good") < notices.index("your paper arrived")

    assert story_of(bob.get(f"/verifications/{code}/")) == [
        "tora tarnholt sent in for a check: business licence",
        "bob found the paper good; the organization is verified welcome.",
    ]
    assert_is_a_harmless_picture(settings, picture)


def test_the_applicant_reads_the_whole_story_once_the_decision_stands(house, engine, settings):
    settings.UNDO_SECONDS = 0
    tora, bob = house("portal"), house("staff")
    page = signed_up(tora, engine)
    follow(tora, fill_in(tora, page, "code", code=code_in(letters_to("tora@people.example")[0])))
    sent = fill_in(tora, tora.get("/identity/send/"), "file", file=paper(), number="1", country="NO")

    case = follow(bob, press(bob, at_the_desk(bob), "/verifications/next/"))
    press(bob, case, "/approve/", message="Welcome.")
    engine()

    assert story_of(tora.get(sent["Location"])) == [
        "tora tarnholt sent in for a check: business licence",
        "the platform found the paper good; the organization is verified welcome.",
    ]


def test_the_story_by_api(house, engine):
    alice, bob = house("portal"), house("staff")
    follow(alice, fill_in(alice, alice.get("/accounts/login/"), "login", login=address("alice"), password=PASSWORD))
    scopes = ["organization:read", "files:write", "verifications:read", "verifications:write", "events:read"]
    made = fill_in(alice, alice.get("/developer/keys/"), "scopes", name="ERP", scopes=scopes, days="30")
    secret = re.search(r"ipp_live_[\w-]{49}", made.content.decode())[0]
    machine = house("portal", headers={"Authorization": f"Bearer {secret}"})

    file = machine.post("/api/v1/files", {"file": paper()}, headers={"Idempotency-Key": "file-1"})
    assert file.status_code == 201, file.content
    assert file.json()["media_type"] == "image/png"
    typed = {"file": file.json()["code"], "kind": "business_licence", "holder_name": "Acme Tools Ltd", "number": "L-1", "country": "GB"}
    sent = machine.post("/api/v1/verifications", typed, content_type="application/json", headers={"Idempotency-Key": "verification-1"})
    assert sent.status_code == 201, sent.content
    place = sent["Location"]
    assert machine.get(place).json() == sent.json()

    case = follow(bob, press(bob, at_the_desk(bob), "/verifications/next/"))
    press(bob, case, "/approve/", message="Welcome.")
    assert machine.get(place).json()["status"] == "in_review"
    assert machine.get("/api/v1/organization").json()["verified_at"] is None
    engine(after=UNDO_OVER)

    assert machine.get("/api/v1/organization").json()["verified_at"] is not None
    feed = machine.get("/api/v1/events").json()["data"]
    assert [event["name"] for event in feed] == [
        "rightsholders.verification.submitted",
        "core.api_key.created",
        "core.organization.registered",
    ]
    assert feed[0]["subject"] == sent.json()["reference"]
    assert "Bob" not in str(feed)


def test_a_wrong_code_opens_nothing_and_the_right_one_still_does(house, engine):
    tora = house("portal")
    page = signed_up(tora, engine)

    refused = fill_in(tora, page, "code", code="AAAA-AAAA")

    assert "Incorrect code." in form_with(refused, "code").errors["code"]
    assert tora.get("/start/")["Location"] == "/accounts/login/?next=/start/"
    follow(tora, fill_in(tora, refused, "code", code=code_in(letters_to("tora@people.example")[0])))
    assert tora.get("/start/").status_code == 200


def test_after_five_wrong_codes_the_right_one_is_dead(house, engine):
    tora = house("portal")
    page = signed_up(tora, engine)
    right = code_in(letters_to("tora@people.example")[0])

    for _ in range(5):
        last = tora.post("/accounts/confirm-email/", {"code": "AAAA-AAAA"})
    tora.post("/accounts/confirm-email/", {"code": right})

    assert page.status_code == 200
    assert last.status_code == 302
    assert tora.get("/start/").status_code == 302


def test_a_stranger_who_guesses_in_a_browser_of_his_own_gets_no_try_at_all(house, engine):
    tora, mallory = house("portal"), house("portal")
    page = signed_up(tora, engine)
    right = code_in(letters_to("tora@people.example")[0])

    for guess in ("AAAA-AAAA", right):
        answer = mallory.post("/accounts/confirm-email/", {"code": guess})
        assert mallory.get("/start/").status_code == 302
        assert "Incorrect code" not in words_of(answer)

    follow(tora, fill_in(tora, page, "code", code=right))  # the stranger used up none of her tries


def test_a_member_of_staff_without_a_code_app_is_sent_to_set_one_up_and_can_then_work(house, engine, own_database):
    forget_code_app(own_database, "bea")
    bea = house("staff")

    asked = follow(bea, fill_in(bea, bea.get("/accounts/login/"), "login", login=address("bea"), password=PASSWORD))
    assert "Your role needs a second factor." in words_of(asked)
    there = follow(bea, fill_in(bea, asked, "password", password=PASSWORD))
    assert there.request["PATH_INFO"] == "/accounts/2fa/totp/activate/"
    assert bea.get("/verifications/")["Location"].startswith("/accounts/2fa/totp/activate/")
    assert bea.post("/verifications/next/").status_code == 302

    secret = re.search(r'id="authenticator_secret" value="([A-Z2-7]+)"', there.content.decode())[1]
    follow(bea, fill_in(bea, there, "code", code=app_code(secret)))

    assert bea.get("/verifications/").status_code == 200


def links_of(page: Any, origin: str) -> list[str]:
    return re.findall(rf'<img src="({origin}/[^"]+)"', page.content.decode())


def story_of(page: Any) -> list[str]:
    """Return the lines of a page's timeline, without their times, in lower case."""
    timeline = re.search(r'<ol class="ipp-timeline">(.*?)</ol>', page.content.decode(), re.DOTALL)[1]
    lines = re.findall(r"<li[^>]*>(.*?)</li>", re.sub(r'<span class="ipp-when">.*?</span>', "", timeline), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", line).lower().split()) for line in lines]


def assert_is_a_harmless_picture(settings: Any, link: str) -> None:
    """Fetch a signed link at the file origin's own URLconf; the answer shows a picture and can run nothing."""
    settings.IPP_AUDIENCE, settings.ROOT_URLCONF = "files", "ipp.urls.files"
    settings.MIDDLEWARE = settings.MIDDLEWARE[: settings.MIDDLEWARE.index("django.contrib.sessions.middleware.SessionMiddleware")]
    answer = Client().get(urlsplit(link).path)
    broken = Client().get(urlsplit(link).path[:-2] + "AA")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert b"".join(answer.streaming_content)[:3] == b"\xff\xd8\xff"
    assert answer["Content-Disposition"].startswith("inline; filename=")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert not answer.cookies
    assert broken.status_code == 404


def forget_code_app(database: str, name: str) -> None:
    """Take somebody's code app away, as the owner of the database."""
    import psycopg2

    from tests.database import url_of

    with psycopg2.connect(url_of(database)) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM mfa_authenticator WHERE user_id = (SELECT id FROM core_user WHERE email = %s)", [address(name)])
    connection.close()

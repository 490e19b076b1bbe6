"""A seller answers, a second reviewer decides, strikes count, two persons close the shop, and what was wrong is taken back exactly.

Everything goes through HTTP, each audience under its own login, on a marketplace that runs by itself; the seller reads Chinese.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.utils.translation import gettext, ngettext, override

from ipp.core import clock, tenancy
from ipp.core.accounts import MfaAdapter
from ipp.core.models import User
from ipp.core.services.platform import add_staff
from penalties.presentation.words import lifted_words
from takedowns.models import DisputeCode
from takedowns.rules import COUNTER_DECLARATIONS
from tests.actors import actor_named, new_secret
from tests.browsing import code_in, fill_in, letters_to, press, words_of
from tests.cast import PASSWORD, TOTP_SECRET, address
from tests.factories.rightsholders import verified as make_verified
from tests.journeys.conftest import LoginClient
from tests.journeys.test_identity_story import UNDO_OVER, at_the_desk, follow
from tests.journeys.test_takedown_story import DECLARED, page_is, post, validated_right
from tests.sandbox.test_office import OFFICE, put_up

INVITING, ANSWERED, SILENT, SECOND, THIRD = "3000425919", "3000434838", "3000443757", "3000452676", "3000461595"
"""Listings of one shop: the one whose notice invites it, two of one complaint, and one for each further strike."""

SILENCE = 16
"""Days after which a window is over, whatever holidays lie in it."""

CHINESE = {"accept-language": "zh-hans"}
SELLER = {
    "account_kind": "individual",
    "organization_name": "Lumaway Trading",
    "full_name": "Lu Ma",
    "email": "lu@people.example",
    "password1": "a long and winding road",
}
KEYS = (f"key-{number}" for number in count())


@dataclass
class Town:
    """Everybody who takes part, each at an own door, and the marketplace."""

    house: Any
    engine: Any
    pass_days: Any
    market: Any
    right: str
    lu: Any
    """The seller's browser."""
    rex: Any
    """The first reviewer's browser, signed in."""

    def machine(self, name: str = "alice") -> Any:
        """Return a machine of an organization with a key made today."""
        with clock.moved(LoginClient.later):
            secret = new_secret(name)
        return self.house("portal", headers={"Authorization": f"Bearer {secret}"})

    def desk(self, name: str) -> Any:
        """Return a browser in which somebody of the platform is signed in."""
        browser = self.house("staff")
        at_the_desk(browser, name)
        return browser

    def shop_is(self) -> tuple[int, str]:
        """Return how the shop's page on the marketplace is answered, and the state its back office shows."""
        state = re.search(r'data-state="(\w+)"', self.market.get(OFFICE).text)
        assert state is not None
        return self.market.get(OFFICE.removesuffix("/office")).status, state[1]

    def complain(self, *listings: str) -> dict[str, Any]:
        """File a complaint by API and have the first reviewer accept all of it; return it as it was filed."""
        body = {
            "right": self.right,
            "reason": "TM-JARGON",
            "listings": [f"bazarro {listing}" for listing in listings],
            "statements": {"quoted_words": "factory price"},
            "declarations": DECLARED,
            "signature": {"name": "Alice", "role": "Owner"},
        }
        filed: dict[str, Any] = post(self.machine(), "/api/v1/complaints", body, next(KEYS))
        self.engine()
        console = follow(self.rex, press(self.rex, self.rex.get("/reviews/"), "/reviews/next/"))
        assert filed["reference"] in words_of(console)
        positions = [str(position) for position in range(1, len(listings) + 1)]
        follow(self.rex, press(self.rex, console, "/accept/", positions=positions))
        self.engine(after=UNDO_OVER)
        return filed

    def subjects(self) -> list[str]:
        """Return what the mails to the seller are about, oldest first."""
        return [letter.subject for letter in letters_to(SELLER["email"])]


@pytest.fixture
def town(house: Any, engine: Any, bazaar: Any, pass_days: Any) -> Town:
    """A rights holder with a validated right, a reviewer at the desk, and a seller nobody knows yet."""
    make_verified(actor_named("alice"))
    machine = house("portal", headers={"Authorization": f"Bearer {new_secret('alice')}"})
    right = validated_right(house, machine, engine)
    town = Town(house, engine, pass_days, bazaar, right, house("portal", headers=CHINESE), house("staff"))
    at_the_desk(town.rex, "rex")
    return town


def invited(town: Town) -> str:
    """Return the link that the shop finds in its back office."""
    (link,) = re.findall(r'<a class="button" href="([^"]+/claim/[^"]+)"', town.market.get(OFFICE).text)
    return urlsplit(unescape(link)).path


def registered(town: Town) -> None:
    """Follow the invitation to an account of one's own, prove the address, and take the shop."""
    path = invited(town)
    (signup,) = re.findall(r'href="(/accounts/signup/[^"]+)"', town.lu.get(path).content.decode())
    sent = fill_in(town.lu, town.lu.get(unescape(signup)), "organization_name", **SELLER)
    town.engine()
    offer = fill_in(town.lu, town.lu.get(sent["Location"]), "code", code=code_in(letters_to(SELLER["email"])[0]))
    assert (offer.status_code, offer["Location"]) == (302, path)
    assert SELLER["organization_name"] in words_of(follow(town.lu, press(town.lu, town.lu.get(path), path)))


def answered(town: Town, case: str, *positions: str) -> None:
    """Answer a notice for some of its listings, on its page."""
    typed = {"say-NOT_INFRINGING-difference": "另一个商标。", "statement": "这是我们自己的水瓶。", "signed_role": "店主"}
    choices = {"positions": list(positions), "grounds": ["NOT_INFRINGING"], "declarations": list(COUNTER_DECLARATIONS)}
    page = town.lu.get(f"{case}answer/")
    sent = fill_in(town.lu, page, "statement", **typed, **choices, signed_name="Lu Ma", do="send")
    assert (sent.status_code, sent["Location"]) == (302, case)


def standing(machine: Any) -> dict[str, list[Any]]:
    """Return the record of the seller's shop as its API tells it, oldest first: strikes that stand by size, measures by state."""
    violations = machine.get("/api/v1/violations").json()["data"][::-1]
    strikes = machine.get("/api/v1/strikes").json()["data"][::-1]
    sanctions = machine.get("/api/v1/sanctions").json()["data"][::-1]
    return {
        "violations": sorted(row["listing_id"] for row in violations if row["taken_back_at"] is None),
        "strikes": [len(row["violations"]) for row in strikes if row["taken_back_at"] is None],
        "sanctions": [(row["measure"], row["status"]) for row in sanctions],
    }


def second_account(name: str) -> str:
    """Give somebody of the platform a second account, an approver's; return its name."""
    with tenancy.scope(tenancy.Context(scope="staff")):
        person = User.objects.get(email=address(name)).person
        email = address(f"{name}-again")
        user = add_staff(email=email, full_name="Another", role="approver", password=PASSWORD, by="tests", person=person)
        Authenticator.objects.create(user=user, type="totp", data={"secret": MfaAdapter().encrypt(TOTP_SECRET)})
    return f"{name}-again"


def in_chinese(text: str, plural: str = "", **values: Any) -> str:
    """Return a sentence as somebody reads it whose account is Chinese."""
    with override("zh-hans"):
        words = ngettext(text, plural, values["count"]) if plural else gettext(text)
    assert words not in (text, plural)
    return words % values if values else words


def ruling_in_chinese(code: str) -> str:
    """Return the reason of a ruling as a Chinese reader is told it."""
    with tenancy.engine_scope("tests"):
        return str(DisputeCode.objects.get(pk=code).label("zh-hans"))


def test_the_ten_steps_from_an_invitation_to_a_closure_and_back(town: Town) -> None:
    # 1. The shop is told in its marketplace's back office; whoever runs it registers from there.
    first = town.complain(INVITING)
    registered(town)

    # 2. A complaint about two listings is accepted: mail, inbox and API bring the notice.
    complaint = town.complain(ANSWERED, SILENT)
    place = f"/api/v1/complaints/{complaint['code']}"
    lu, alice = town.machine("lu"), town.machine()
    newest, oldest = lu.get("/api/v1/notices").json()["data"]
    assert (newest["status"], newest["open_count"], oldest["open_count"]) == ("to_answer", 2, 1)
    assert lu.get(f"/api/v1/notices/{oldest['code']}").json()["listings"][0]["listing_id"] == INVITING
    assert [newest["reference"] in subject for subject in town.subjects()] == [False, True]  # after the code that opened the account
    inbox = words_of(town.lu.get("/reported/"))
    assert (newest["reference"] in inbox, oldest["reference"] in inbox) == (True, True)
    case = f"/reported/{newest['code']}/"
    assert case in town.lu.get("/reported/").content.decode()
    assert "Acme Tools Ltd" in words_of(town.lu.get(case))

    # 3. The seller answers for one of the two.
    answered(town, case, "1")
    town.engine()
    assert [row["status"] for row in lu.get(f"/api/v1/notices/{newest['code']}").json()["listings"]] == ["countered", "accepted"]

    # 4. The rights holder sees what each answer would do before it gives one, and rejects.
    (counter,) = alice.get("/api/v1/counter-notices").json()["data"]
    assert (counter["status"], counter["listing_count"]) == ("to_answer", 1)
    owner = town.house("portal")
    follow(owner, fill_in(owner, owner.get("/accounts/login/"), "login", login=address("alice"), password=PASSWORD))
    offered = words_of(owner.get(f"/counter-notices/{counter['code']}/"))
    assert "The claim against it is withdrawn, which cannot be taken back." in offered
    assert "这是我们自己的水瓶。" in offered
    rejection = {"reasons": ["STILL_INFRINGES"], "message": "It is our mark all the same."}
    rejected = post(alice, f"/api/v1/counter-notices/{counter['code']}/reject", rejection, next(KEYS))
    assert rejected["status"] == "with_platform"
    town.engine()

    # 5. Whoever decided before is refused; a second reviewer upholds, and nobody learns of it before its undo time is over.
    dispute = f"/disputes/{counter['code']}/"
    assert town.rex.post(f"{dispute}claim/").status_code == 403
    assert "It is our mark all the same." in words_of(town.rex.get(dispute))
    ruth = town.desk("ruth")
    console = follow(ruth, press(ruth, ruth.get("/disputes/"), "/disputes/next/"))
    follow(ruth, press(ruth, console, "/uphold/", positions=["1"], ruling="INFRINGEMENT_STANDS", message="We read both sides."))
    town.engine()
    assert alice.get(f"{place}/listings").json()["data"][0]["status"] == "contested"
    assert standing(lu)["violations"] == []
    town.engine(after=UNDO_OVER)
    assert alice.get(f"{place}/listings").json()["data"][0]["status"] == "upheld"
    assert standing(lu) == {"violations": [ANSWERED], "strikes": [1], "sanctions": [("warning", "in_force")]}

    # 6. Silence upholds the rest; what arrived within three days is one strike, and a warning with a lesson.
    town.pass_days(SILENCE)
    lu, alice = town.machine("lu"), town.machine()
    assert {row["status"] for row in alice.get(f"{place}/listings").json()["data"]} == {"upheld"}
    assert standing(lu) == {"violations": [INVITING, ANSWERED, SILENT], "strikes": [3], "sanctions": [("warning", "in_force")]}
    warning = f"/record/sanctions/{lu.get('/api/v1/sanctions').json()['data'][0]['code']}/"
    record = follow(town.lu, press(town.lu, town.lu.get(warning), f"{warning}read/"))
    assert (first["reference"] in words_of(record), complaint["reference"] in words_of(record)) == (True, True)
    assert lu.get("/api/v1/sanctions").json()["data"][0]["lesson_read_at"] is not None
    assert town.shop_is() == (200, "open")

    # 7. The second strike restricts the shop on its marketplace; the third makes its closure due, and closes nothing by itself.
    town.complain(SECOND)
    town.pass_days(SILENCE)
    assert town.shop_is() == (200, "restricted")
    last = town.complain(THIRD)
    town.pass_days(SILENCE)
    lu = town.machine("lu")
    two = [("warning", "in_force"), ("restriction", "in_force")]
    assert standing(lu) == {"violations": [INVITING, ANSWERED, SILENT, SECOND, THIRD], "strikes": [3, 1, 1], "sanctions": two}
    assert town.shop_is() == (200, "restricted")

    # 8. One person proposes, and is refused as the second one under another account; another person releases.
    olga, again, amir = town.desk("olga"), town.desk(second_account("olga")), town.desk("amir")
    (closure,) = set(re.findall(r"/sanctions/[\w-]{22}/", olga.get("/sanctions/?state=waiting").content.decode()))
    follow(olga, press(olga, olga.get(closure), f"{closure}propose/", note="Three strikes; I looked at every listing."))
    town.engine()
    assert standing(lu)["sanctions"] == two  # the platform's own affair until two agree
    refused = again.post(f"{closure}release/")
    assert refused.status_code == 403
    assert "A second person has to agree to it" in words_of(refused)
    town.engine()
    assert town.shop_is() == (200, "restricted")
    open_form = town.market.get(OFFICE)
    follow(amir, press(amir, amir.get(closure), f"{closure}release/"))
    town.engine()
    assert town.shop_is() == (410, "closed")
    assert page_is(town.market, "3000470514") == 410  # a listing nobody ever complained about is gone with its shop
    assert put_up(town.market, open_form).status == 409
    assert standing(lu)["sanctions"] == [*two, ("closure", "in_force")]

    # 9. A third person overturns one decision: its listing comes back, and exactly what rested on it falls.
    ann = town.desk("ann")
    page = f"/reviews/{last['code']}/overturn/"
    overturned = fill_in(ann, ann.get(page), "ruling", positions=["1"], ruling="ORIGIN_PROVEN", message="These words describe the goods.")
    follow(ann, overturned)
    town.engine()
    assert town.shop_is() == (410, "closed")
    town.engine(after=UNDO_OVER)
    assert town.shop_is() == (200, "restricted")  # two strikes remain
    assert (page_is(town.market, THIRD), page_is(town.market, SECOND)) == (200, 410)
    assert standing(lu) == {
        "violations": [INVITING, ANSWERED, SILENT, SECOND],
        "strikes": [3, 1],
        "sanctions": [*two, ("closure", "lifted")],
    }
    ended = town.machine().get(f"/api/v1/complaints/{last['code']}/listings").json()["data"][0]
    assert ended["status"] == "overturned"

    # 10. The seller reads all of it in its own language, on its record and by mail.
    record = town.lu.get(f"/record/{lu.get('/api/v1/strikes').json()['data'][0]['shop']}/")
    assert '<html lang="zh-Hans"' in record.content.decode()
    two_of_three = ("%(count)s strike of %(of)s counts at the moment.", "%(count)s strikes of %(of)s count at the moment.")
    assert in_chinese(*two_of_three, count=2, of=3) in words_of(record)
    assert (complaint["reference"] in words_of(record), last["reference"] in words_of(record)) == (True, True)
    ruling = next(letter.body for letter in letters_to(SELLER["email"]) if "These words describe the goods." in letter.body)
    assert f"\n{ruling_in_chinese('ORIGIN_PROVEN')}。\n" in ruling
    told = town.subjects()
    steps = ["A warning for %(shop)s (%(reference)s)", "%(shop)s is restricted (%(reference)s)", "%(shop)s is closed (%(reference)s)"]
    for step, sanction in zip(steps, lu.get("/api/v1/sanctions").json()["data"][::-1], strict=True):
        assert told.count(in_chinese(step, shop="Lumaway Trading", reference=sanction["reference"])) == 1
    taken_back = in_chinese("A strike was taken back: %(shop)s", shop="Lumaway Trading")
    (letter,) = [letter for letter in letters_to(SELLER["email"]) if letter.subject == taken_back]
    with override("zh-hans"):
        assert lifted_words(["closure"]) in letter.body


def test_a_rights_holder_that_says_nothing_to_an_answer_gives_the_listing_back(town: Town) -> None:
    town.complain(INVITING)
    registered(town)
    complaint = town.complain(ANSWERED)
    notice = town.machine("lu").get("/api/v1/notices").json()["data"][0]
    answered(town, f"/reported/{notice['code']}/", "1")
    town.engine()
    assert page_is(town.market, ANSWERED) == 410

    town.pass_days(SILENCE)

    lu, alice = town.machine("lu"), town.machine()
    row = alice.get(f"/api/v1/complaints/{complaint['code']}/listings").json()["data"][0]
    seen = lu.get(f"/api/v1/notices/{notice['code']}").json()["listings"][0]
    assert (row["status"], seen["ending"], page_is(town.market, ANSWERED)) == ("withdrawn", "lapsed", 200)
    assert (standing(lu)["violations"], page_is(town.market, INVITING)) == ([INVITING], 410)  # nobody answered for that one
    (letter,) = [letter for letter in letters_to(address("alice")) if "nobody answered" in letter.subject]
    assert "The time to answer this counter-notice is over." in letter.body
    given_back = in_chinese("The rights holder did not answer in time, so the complaint is withdrawn.")
    assert [notice["reference"] in letter.subject for letter in letters_to(SELLER["email"]) if given_back in letter.body] == [True]

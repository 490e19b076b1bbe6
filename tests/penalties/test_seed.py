"""`manage.py seed` run as a program: what it prints is enough to sign in as everybody it made, and what is missing is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ipp.core import tenancy
from ipp.core.models import Membership
from ipp.core.models.accounts import PLATFORM_ROLES, TENANT_ROLES
from marketplaces.models import Seller
from penalties.management.commands.seed import SHOPS_EACH
from rightsholders.models import Right
from tests import database
from tests.actors import AudienceClient
from tests.browsing import app_code, fill_in, is_in, sign_in
from tests.conftest import close_connections, point_at
from tests.factories.marketplaces import shop

SHOPS = 5
"""Free shops in the catalogue: two for each seller of the first run, one for the seller of the second."""
FAST = """
import sys
import django; django.setup()
from django.conf import settings
from django.core.management import execute_from_command_line
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # as in tests.settings, or nobody could sign in
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""


@dataclass(frozen=True)
class Seeded:
    """A database that was seeded twice: for one tenant with shops enough, then for a seller for whom one is left."""

    database: str
    first: dict[str, Any]
    second: dict[str, Any]
    said_first: str
    said_second: str


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    """Seed a database of its own."""
    name, folder = database.named(f"seed_{worker_id}"), tmp_path_factory.mktemp("seed")

    def seed(*words: str) -> tuple[dict[str, Any], str]:
        settings = {"DATABASE_URL": database.url_of(name), "IPP_DATA_DIR": str(folder), "LOG_LEVEL": "ERROR"}
        settings |= {"IPP_MODE": "test", "IPP_AUDIENCE": "owner", "DJANGO_SETTINGS_MODULE": "ipp.settings"}
        command = [sys.executable, "-c", FAST, "seed", *words, "--json"]
        done = subprocess.run(command, cwd=database.ROOT, env=os.environ | settings, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        assert done.stdout.count("\n") == 1
        return json.loads(done.stdout), done.stderr

    with database.copied(name), django_db_blocker.unblock():
        before = point_at(name)
        for number in range(SHOPS):
            shop(str(911_205_000 + number), name=f"Shop {number}")
        point_at(before)
        first, said_first = seed("--tenants", "1", "--sellers", "2")
        second, said_second = seed("--tenants", "0", "--sellers", "1")
        yield Seeded(name, first, second, said_first, said_second)


@pytest.fixture
def there(seeded: Seeded, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """Be in the seeded database; return what the first run printed."""
    with django_db_blocker.unblock():
        before = point_at(seeded.database)
        yield seeded.first
        close_connections()
        point_at(before)


def organizations(told):
    return [*told["tenants"], told["agency"], *told["sellers"]]


def test_it_prints_one_object_with_everybody_it_made(seeded):
    told = seeded.first

    assert set(told) == {"tenants", "agency", "sellers", "staff"}
    assert [tenant["kind"] for tenant in organizations(told)] == ["rights_holder", "agency", "seller", "seller"]
    for tenant in organizations(told):
        assert [user["role"] for user in tenant["users"]] == list(TENANT_ROLES)
        assert tenant["api_key"]
    roles = [person["role"] for person in told["staff"]]
    assert sorted(roles) == sorted([*PLATFORM_ROLES, "reviewer", "approver"])
    assert (roles.count("auditor"), roles.count("reviewer"), roles.count("approver")) == (1, 2, 2)
    people = [person for tenant in organizations(told) for person in tenant["users"]] + told["staff"]
    assert all(person["password"] for person in people)
    assert [bool(person["totp_secret"]) for person in people] == [False] * 12 + [True] * len(roles)
    assert len({person["email"] for person in people}) == len(people)


def test_a_second_run_makes_new_ones(seeded):
    def emails(told):
        return {user["email"] for tenant in organizations(told) for user in tenant["users"]} | {user["email"] for user in told["staff"]}

    assert seeded.second["tenants"] == []
    assert not emails(seeded.first) & emails(seeded.second)


def test_the_right_it_prints_is_validated_and_the_tenants_own(there):
    (tenant,) = there["tenants"]

    assert tenant["right"]["status"] == "validated"
    with tenancy.engine_scope("tests"):
        right = Right.objects.select_related("organization").get(code=tenant["right"]["code"])
    assert (right.status, right.reference, right.organization.name) == ("validated", tenant["right"]["reference"], tenant["organization"])
    assert right.organization.verified_at is not None


def test_each_sellers_shops_are_claimed_by_it_and_by_nobody_else(there):
    told = {shop["code"]: seller["organization"] for seller in there["sellers"] for shop in seller["shops"]}

    assert [len(seller["shops"]) for seller in there["sellers"]] == [SHOPS_EACH] * 2
    assert len(told) == 2 * SHOPS_EACH
    with tenancy.engine_scope("tests"):
        claimed = dict(Seller.objects.filter(code__in=told).values_list("code", "organization__name"))
    assert claimed == told


def test_too_few_free_shops_are_said_on_stderr_and_the_json_stays_whole(seeded):
    (seller,) = seeded.second["sellers"]

    assert len(seller["shops"]) == SHOPS - 2 * SHOPS_EACH
    assert f"{seller['organization']} has claimed 1 of 2 shops" in seeded.said_second
    assert "claimed" not in seeded.said_first


def test_a_tenants_people_sign_in_with_their_passwords(there):
    for tenant in organizations(there):
        owner = tenant["users"][0]
        browser, wrong = AudienceClient("portal"), AudienceClient("portal")

        sign_in(browser, owner["email"], owner["password"])
        sign_in(wrong, owner["email"], owner["password"] + "x")

        assert (is_in(browser), is_in(wrong)) == (True, False), owner["email"]


def test_staff_sign_in_with_password_and_code(there):
    for person in there["staff"]:
        browser = AudienceClient("staff")

        asked = sign_in(browser, person["email"], person["password"])
        assert asked["Location"].startswith("/accounts/2fa/authenticate/")
        assert not is_in(browser)
        fill_in(browser, browser.get(asked["Location"]), "code", code=app_code(person["totp_secret"]))

        assert is_in(browser), person["email"]
    with tenancy.engine_scope("tests"):
        emails = [person["email"] for person in there["staff"]]
        roles = dict(Membership.objects.filter(user__email__in=emails).values_list("user__email", "role"))
    assert roles == {person["email"]: person["role"] for person in there["staff"]}


def test_the_api_key_of_the_rights_holder_answers(there):
    def answer(key):
        return AudienceClient("portal", headers={"Authorization": f"Bearer {key}"}).get("/api/v1/complaints")

    (tenant,) = there["tenants"]

    mine, nobodys = answer(tenant["api_key"]), answer(tenant["api_key"] + "x")

    assert (mine.status_code, mine.json()["data"]) == (200, [])
    assert nobodys.status_code == 401

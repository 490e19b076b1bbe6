"""Ending an account: sign-in, sessions and keys are over in one transaction; the account is kept for the record."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ipp.core import tenancy
from ipp.core.models import Event, User
from tests.actors import actor_named, api_client, signed_in
from tests.cast import address
from tests.database import ROOT, url_of


def run(database: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as the owner on a database of one's own."""
    environment = {**os.environ, "DATABASE_URL": url_of(database), "IPP_AUDIENCE": "owner", "IPP_MODE": "test"}
    environment["DJANGO_SETTINGS_MODULE"] = "ipp.settings"
    command = [sys.executable, "manage.py", "accounts", "disable", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_disabled_person_is_out_at_once_and_so_are_their_keys(own_database):
    browser, machine = signed_in("alice"), api_client("alice")
    assert browser.get("/start/").status_code == 200
    assert machine.get("/api/v1/organization").status_code == 200

    done = run(own_database, address("alice"))

    assert done.returncode == 0, done.stderr
    assert browser.get("/start/").status_code == 302
    assert machine.get("/api/v1/organization").status_code == 401
    assert signed_in("finn").get("/start/").status_code == 200
    ada = actor_named("ada")
    with tenancy.acting(ada):
        assert User.objects.get(email=address("alice")).is_active is False
        assert Event.objects.get(name="core.account.disabled").payload == {"email": address("alice")}


def test_a_member_of_staff_is_disabled_only_when_staff_is_meant(own_database):
    browser = signed_in("bob")
    assert browser.get("/verifications/").status_code == 200

    assert "no active portal account" in run(own_database, address("bob")).stderr
    assert browser.get("/verifications/").status_code == 200

    assert run(own_database, address("bob"), "--staff").returncode == 0
    assert browser.get("/verifications/").status_code == 302


@pytest.mark.parametrize("words", [["nobody@people.example"], ["nobody@people.example", "--staff"]])
def test_nobody_to_disable_is_said_plainly(own_database, words):
    done = run(own_database, *words)

    assert done.returncode == 1
    assert "no active" in done.stderr

"""Settings from the environment: a wrong value is explained, not a traceback; production refuses what is for development."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.core.checks import Error

from ipp.core import checks
from ipp.env import LOCAL_SECRET, Env, derived_key, login_url, role_password
from tests.database import ROOT


@pytest.mark.parametrize(
    ("name", "value", "read", "hint"),
    [
        ("IPP_MODE", "prod", lambda env: env.choice("IPP_MODE", ("local", "production"), "local"), "Choose one of: local, production."),
        ("PORT", "80a", lambda env: env.number("PORT", 8000), "a number such as 8000"),
        ("DEBUG_IT", "maybe", lambda env: env.flag("DEBUG_IT"), "1 or 0"),
        ("PORTAL_ORIGIN", "portal.example.org", lambda env: env.origin("PORTAL_ORIGIN", "http://localhost:8000"), "https://"),
        ("PORTAL_ORIGIN", "https://a.example/path", lambda env: env.origin("PORTAL_ORIGIN", "http://localhost:8000"), "no path"),
    ],
)
def test_a_wrong_value_is_told_with_the_way_to_mend_it(name, value, read, hint):
    env = Env({name: value})

    read(env)

    (_code, message, told) = env.problems[0]
    assert name in message
    assert hint in told


@pytest.mark.parametrize(("raw", "value"), [("1", True), ("on", True), ("TRUE", True), ("0", False), ("", False), ("no", False)])
def test_yes_and_no_are_read_in_their_usual_spellings(raw, value):
    env = Env({"X": raw})

    assert env.flag("X") is value
    assert env.problems == []


def test_an_empty_value_is_an_unset_one():
    assert Env({"X": "  "}).text("X", "default") == "default"


def test_each_login_has_its_own_password_and_none_shows_the_secret():
    passwords = {role_password("secret", role) for role in ("ipp_portal", "ipp_staff", "ipp_engine")}

    assert len(passwords) == 3
    assert not any("secret" in password for password in passwords)
    assert role_password("other", "ipp_portal") not in passwords
    assert derived_key("secret", "a") != derived_key("secret", "b")


def test_a_login_url_keeps_host_port_and_database_of_the_owners():
    url = login_url("postgresql://owner:p%40ss@db.example:5433/ipp?sslmode=require", "secret", "staff")

    assert url.startswith("postgresql://ipp_staff:")
    assert url.endswith("@db.example:5433/ipp?sslmode=require")
    assert "owner" not in url


def check_deploy(**environment: str) -> str:
    base = {key: value for key, value in os.environ.items() if not key.startswith(("IPP_", "SECRET", "DATABASE", "DJANGO"))}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=base | environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr + f"\nexit {done.returncode}"


PRODUCTION = {
    "IPP_MODE": "production",
    "IPP_AUDIENCE": "portal",
    "SECRET_KEY": "k" * 25 + "0123456789-abcdefghijkl-ZYXWVUT",
    "DATABASE_URL": "postgresql://ipp_owner:x@127.0.0.1:1/ipp",
    "PORTAL_ORIGIN": "https://portal.example.org",
    "STAFF_ORIGIN": "https://staff.example.org",
    "FILES_ORIGIN": "https://files.example.org",
    "EMAIL_URL": "smtp://mail.example.org:25",
}


def test_a_proper_production_environment_passes_the_deployment_checks():
    assert "exit 0" in check_deploy(**PRODUCTION)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"CLOCK_MOVABLE": "1"}, "CLOCK_MOVABLE is on"),
        ({"RATE_SCALE": "100"}, "RATE_SCALE is not 1"),
        ({"DEV_MAILBOX": "1"}, "DEV_MAILBOX"),
        ({"SECRET_KEY": LOCAL_SECRET}, "SECRET_KEY is the public default"),
        ({"PORTAL_ORIGIN": "http://portal.example.org"}, "https"),
    ],
)
def test_production_refuses_what_is_for_development(changes, told):
    answer = check_deploy(**PRODUCTION | changes)

    assert told in answer
    assert "exit 1" in answer


def test_a_serving_process_with_a_login_that_is_too_strong_is_refused(db, monkeypatch, settings):
    from django.core.exceptions import ImproperlyConfigured

    settings.IPP_AUDIENCE = "portal"
    monkeypatch.setattr(checks, "check_login", lambda: [Error("The portal is logged in as postgres.", hint="Run roles.", id="ipp.E012")])

    with pytest.raises(ImproperlyConfigured, match="logged in as postgres"):
        checks.report_login()


def test_the_suites_own_login_is_not_too_strong(db):
    assert checks.check_login() == []


def test_an_owner_is_too_strong_to_serve(own_database, settings):
    """The owner may bypass policies and owns the tables: both are told."""
    from django.db import connections

    from tests.database import url_of

    settings.IPP_AUDIENCE = "portal"
    connection = connections["default"]  # itself: the proxy would lose the attribute when the patch is taken back
    before = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update(zip(("USER", "PASSWORD"), credentials(url_of(own_database)), strict=True))
    try:
        assert [problem.id for problem in checks.check_login()] == ["ipp.E012"]
    finally:
        connection.close()
        connection.settings_dict.update(before)


def credentials(url: str) -> tuple[str, str]:
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(url)
    return parts.username or "", unquote(parts.password or "")

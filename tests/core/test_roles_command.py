"""`manage.py roles` on a server of its own: logins belong to a whole server, and the other tests sign in with theirs meanwhile."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import psycopg2
import pytest

from ipp.embedded.servers import PostgresServer
from ipp.env import LOGIN_URLS, LOGINS, role_password
from tests.ops.running import ROOT, clean_environment

SECRET_KEY, LOGINS_SECRET = "k" * 50, "l" * 50


@pytest.fixture(scope="module")
def owner_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server without our logins; the owner's address of its database."""
    folder = tmp_path_factory.mktemp("roles")
    server = PostgresServer(folder, log=folder / "postgres.log", durable=False)
    try:
        server.start()
        yield server.url()
    finally:
        server.stop()


def test_without_addresses_the_passwords_come_from_the_secret_of_logins_alone(owner_url: str) -> None:
    done = roles(owner_url, LOGINS_SECRET=LOGINS_SECRET)

    assert done.returncode == 0, done.stderr
    for login in LOGINS.values():
        assert gets_in(owner_url, login, role_password(LOGINS_SECRET, login))
        assert not gets_in(owner_url, login, role_password(SECRET_KEY, login)), "every process knows SECRET_KEY"


def test_without_a_secret_of_logins_they_come_from_the_secret_key(owner_url: str) -> None:
    done = roles(owner_url)

    assert done.returncode == 0, done.stderr
    assert all(gets_in(owner_url, login, role_password(SECRET_KEY, login)) for login in LOGINS.values())


def test_an_address_sets_the_password_of_its_login_and_doing_it_twice_changes_nothing(owner_url: str) -> None:
    passwords = {audience: f"{audience} @:/%汉" for audience in ("portal", "engine")}
    urls = {LOGIN_URLS[audience]: address(owner_url, LOGINS[audience], password) for audience, password in passwords.items()}

    for _ in range(2):
        done = roles(owner_url, LOGINS_SECRET=LOGINS_SECRET, **urls)

        assert done.returncode == 0, done.stderr
        assert all(gets_in(owner_url, LOGINS[audience], password) for audience, password in passwords.items())
        assert gets_in(owner_url, "ipp_staff", role_password(LOGINS_SECRET, "ipp_staff"))


CANNOT_BE_RIGHT = {
    "another audience's login": (
        "portal",
        "ipp_staff:hush-hush",
        "PORTAL_DATABASE_URL names the login ipp_staff, and the portal must log in as ipp_portal.",
    ),
    "the owner's login": (
        "engine",
        "ipp_owner:hush-hush",
        "ENGINE_DATABASE_URL names the login ipp_owner, and the engine must log in as ipp_engine.",
    ),
    "no login": ("staff", ":hush-hush", "STAFF_DATABASE_URL names no login, and the staff must log in as ipp_staff."),
    "no password": ("staff", "ipp_staff:", "STAFF_DATABASE_URL holds no password."),
    "no address": ("portal", "ipp_portal:hush-hush]", "PORTAL_DATABASE_URL is not an address."),
}


def test_an_address_that_cannot_be_right_is_refused_in_words_and_changes_nothing(owner_url: str) -> None:
    assert roles(owner_url, LOGINS_SECRET=LOGINS_SECRET).returncode == 0
    right = {url: address(owner_url, LOGINS[each], "new") for each, url in LOGIN_URLS.items()}

    # One test: what a refused run changed, the next would meet.
    for what, (audience, login, told) in CANNOT_BE_RIGHT.items():
        done = roles(owner_url, **right | {LOGIN_URLS[audience]: f"postgresql://{login}@{host(owner_url)}/ipp"})

        assert done.returncode == 1, what
        assert done.stderr.startswith(f"CommandError: {told} Write it as postgresql://{LOGINS[audience]}:PASSWORD@HOST/DATABASE"), what
        assert "hush" not in done.stderr + done.stdout, what
        assert all(gets_in(owner_url, each, role_password(LOGINS_SECRET, each)) for each in LOGINS.values()), what


@pytest.mark.parametrize("secret", ["LOGINS_SECRET", "SECRET_KEY"])
def test_a_process_that_is_handed_the_owners_address_logs_in_with_the_password_that_roles_set(owner_url: str, secret: str) -> None:
    assert roles(owner_url, **{secret: "s" * 50}).returncode == 0

    given = {audience: settings_login(DATABASE_URL=owner_url, IPP_AUDIENCE=audience, **{secret: "s" * 50}) for audience in LOGINS}

    assert given == {audience: [login, role_password("s" * 50, login)] for audience, login in LOGINS.items()}
    assert all(gets_in(owner_url, *each) for each in given.values())


def test_a_process_with_an_address_of_its_own_uses_that(owner_url: str) -> None:
    own = address(owner_url, "ipp_staff", "own%2F")

    assert settings_login(DATABASE_URL=owner_url, STAFF_DATABASE_URL=own, IPP_AUDIENCE="staff") == ["ipp_staff", "own%2F"]


def roles(owner_url: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py roles` as the owner."""
    settings = {"DATABASE_URL": owner_url, "IPP_AUDIENCE": "owner", "IPP_MODE": "test", "SECRET_KEY": SECRET_KEY, **environ}
    return run("manage.py", "roles", **settings)


def settings_login(**environ: str) -> list[str]:
    """Return the login and password that a process started with these settings would use."""
    code = "from ipp.settings import DATABASES; print(DATABASES['default']['USER'], DATABASES['default']['PASSWORD'])"
    return run("-c", code, IPP_MODE="test", **environ).stdout.split()


def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the checkout, with these settings and no others."""
    env = clean_environment(**environ)
    return subprocess.run([sys.executable, *words], cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def address(owner_url: str, login: str, password: str) -> str:
    """Return the address of the owner's database for a login."""
    return f"postgresql://{login}:{quote(password, safe='')}@{host(owner_url)}/ipp"


def host(owner_url: str) -> str:
    """Return host and port."""
    return urlsplit(owner_url).netloc.rpartition("@")[2]


def gets_in(owner_url: str, login: str, password: str) -> bool:
    """Say whether the login gets into the database with this password."""
    parts = urlsplit(owner_url)
    try:
        psycopg2.connect(host=parts.hostname, port=parts.port, dbname="ipp", user=login, password=password, connect_timeout=5).close()
    except psycopg2.OperationalError as error:
        if "password authentication failed" not in str(error):
            raise
        return False
    return True

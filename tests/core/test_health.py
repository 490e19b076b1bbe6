"""What machines ask a process: alive, ready, and its figures; with everything up, and with each part away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from django.db import connections
from redis.exceptions import ConnectionError as Away

from tests.actors import AudienceClient
from tests.browsing import words_of
from tests.conftest import close_connections
from tests.database import url_of
from tests.factories.rightsholders import submitted

BOTH = pytest.mark.parametrize("audience", ["portal", "staff"])


@pytest.fixture
def without_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every connection to the broker fail."""

    def away(*args: Any, **kwargs: Any) -> Any:
        raise Away

    monkeypatch.setattr("redis.connection.ConnectionPool.get_connection", away)


@pytest.fixture
def without_database(own_database: str) -> Iterator[None]:
    """Let every connection to the database fail."""
    values = connections["default"].settings_dict
    before = values["PORT"]
    close_connections()
    values["PORT"] = 1  # nobody listens there
    yield
    values["PORT"] = before


@BOTH
def test_a_process_is_alive_and_ready(db, audience):
    browser = AudienceClient(audience)

    assert browser.get("/healthz").json() == {"status": "ok", "audience": audience}
    ready = browser.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "problems": {}})


@BOTH
def test_the_status_page_tells_totals_ages_and_whose_login_is_used(alice, audience):
    submitted(alice)

    figures = AudienceClient(audience).get("/statusz.json").json()

    assert figures["audience"] == audience
    assert (figures["due_deliveries"], figures["dead_letters"], figures["clocks_running"], figures["clocks_late"]) == (1, 0, 1, 0)
    assert [process["process"] for process in figures["processes"]] == [audience]
    assert "Acme" not in str(figures)


def test_the_same_figures_are_metrics(alice):
    submitted(alice)

    answer = AudienceClient("portal").get("/metrics")

    assert answer["Content-Type"].startswith("text/plain")
    assert "\nipp_due_deliveries 1.0\n" in answer.content.decode()


def test_the_file_origin_is_alive_and_ready_without_a_database(settings):
    from django.test import Client

    settings.ROOT_URLCONF = "ipp.urls.files"
    settings.MIDDLEWARE = settings.MIDDLEWARE[: settings.MIDDLEWARE.index("django.contrib.sessions.middleware.SessionMiddleware")]

    for path in ("/healthz", "/readyz"):
        assert Client().get(path).json() == {"status": "ok", "audience": "files"}


def test_a_process_whose_database_lacks_migrations_is_not_ready(own_database):
    with psycopg2.connect(url_of(own_database)) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'rightsholders'")
    connection.close()

    ready = AudienceClient("portal").get("/readyz")

    assert ready.status_code == 503
    assert ready.json()["status"] == "not ready"
    assert list(ready.json()["problems"]) == ["migrations"]
    assert "manage.py migrate" in ready.json()["problems"]["migrations"]


@BOTH
def test_while_the_database_is_away_a_process_is_alive_and_not_ready(without_database, audience):
    browser = AudienceClient(audience)

    alive, ready, figures = browser.get("/healthz"), browser.get("/readyz"), browser.get("/statusz.json")

    assert (alive.status_code, alive.json()["status"]) == (200, "ok")
    assert (ready.status_code, list(ready.json()["problems"])) == (503, ["database"])
    assert (figures.status_code, figures.json()["problem"]) == (503, "the database does not answer")
    assert browser.get("/metrics").status_code == 503


@BOTH
def test_while_the_database_is_away_people_read_that_nothing_was_lost(without_database, audience):
    page = AudienceClient(audience).get("/start/")

    assert page.status_code == 503
    assert "The database does not answer. Nothing was written" in words_of(page)
    assert page["X-Request-Id"] in page.content.decode()


def test_while_the_database_is_away_machines_get_a_problem(without_database):
    answer = AudienceClient("portal").get("/api/v1/organization", headers={"Authorization": "Bearer x"})

    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "database_unavailable"


@BOTH
def test_while_the_broker_is_away_a_process_is_ready_and_tells(db, without_broker, audience):
    ready = AudienceClient(audience).get("/readyz")

    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert list(ready.json()["problems"]) == ["broker"]


def test_while_the_broker_is_away_pages_and_machines_are_served(alice, without_broker, client_of, machine):
    row = submitted(alice)

    assert client_of("alice").get(f"/identity/{row.code}/").status_code == 200
    answer = machine("alice").get(f"/api/v1/verifications/{row.code}")
    assert (answer.status_code, answer["RateLimit-Remaining"]) == (200, answer["RateLimit-Limit"])


@BOTH
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/statusz.json", "/metrics"])
def test_only_reading_is_answered(db, audience, path):
    assert AudienceClient(audience).post(path).status_code == 405
    assert AudienceClient(audience).head(path).status_code == 200

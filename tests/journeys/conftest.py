"""The processes of production in one test: each request under its audience's own database login, each commit a real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as now_in_force
from django.db import connections

from ipp.core import clock
from ipp.core.services import deliveries, mails
from ipp.env import LOGINS, role_password
from tests.actors import AudienceClient
from tests.conftest import close_connections


class LoginClient(AudienceClient):
    """A browser or machine whose requests reach the database under the true login of its audience."""

    def request(self, **request: Any) -> Any:
        """Send a request."""
        with logged_in(self.audience):
            return super().request(**request)


@contextmanager
def logged_in(audience: str) -> Iterator[None]:
    """Be connected as the process of an audience is."""
    values = connections["default"].settings_dict
    before = {key: values[key] for key in ("USER", "PASSWORD")}
    close_connections()
    values.update(USER=LOGINS[audience], PASSWORD=role_password(now_in_force.SECRET_KEY, LOGINS[audience]))
    try:
        yield
    finally:
        close_connections()
        values.update(before)


@pytest.fixture
def house(own_database: str, settings: Any, storage: Any) -> Callable[..., LoginClient]:
    """Return a function that opens a client at an audience's process; no role is taken, the login alone decides."""
    settings.TEST_SET_ROLE = False
    return LoginClient


@pytest.fixture
def engine(house: Any) -> Callable[..., None]:
    """Return a function that lets the engine work, as it would some time from now."""

    def run(after: timedelta = timedelta(0)) -> None:
        with logged_in("engine"), clock.moved(after):
            while deliveries.deliver_due() + mails.send_due():
                pass

    return run

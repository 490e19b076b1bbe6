"""The processes of production in one test: each request under its audience's own database login, each commit a real one."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.conf import settings as now_in_force
from django.db import connections

from ipp.core import clock
from ipp.core.services import deliveries, mails
from ipp.env import LOGINS, role_password
from marketplaces import services as marketplaces
from marketplaces.queries import forget_rulebook
from penalties.services import sweep as end_restrictions
from takedowns.services import close_windows
from tests.actors import AudienceClient
from tests.conftest import close_connections
from tests.sandbox.conftest import SECRET, Market, program


class LoginClient(AudienceClient):
    """A browser or machine whose requests reach the database under the true login of its audience."""

    later: ClassVar[timedelta] = timedelta(0)
    """How far ahead of the clock everybody lives, the engine too."""

    def request(self, **request: Any) -> Any:
        """Send a request."""
        with logged_in(self.audience), clock.moved(self.later):
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
        with logged_in("engine"), clock.moved(LoginClient.later + after):
            while deliveries.deliver_due() + mails.send_due() + marketplaces.work_sightings() + marketplaces.carry_out_due():
                pass
            marketplaces.reconcile_due()

    return run


@pytest.fixture
def pass_days(house: Any, engine: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Return a function that lets days go by for everybody; what silence does at their end is done, and its news delivered."""

    def run(days: float) -> None:
        monkeypatch.setattr(LoginClient, "later", LoginClient.later + timedelta(days=days))
        with logged_in("engine"), clock.moved(LoginClient.later):
            close_windows()
            end_restrictions()
        engine()

    return run


@pytest.fixture
def bazaar(tmp_path: Path, settings: Any) -> Iterator[Market]:
    """A sandbox marketplace that runs as a program of its own, and a platform that knows where it is."""
    secret = base64.b64encode(SECRET).decode()
    folder = tmp_path / "bazaar"
    folder.mkdir()
    with program(folder, SANDBOX_SECRET=secret, SANDBOX_BULK="0") as (_process, market):
        settings.SANDBOX_ORIGIN, settings.SANDBOX_SECRET = f"http://localhost:{market.port}", secret
        forget_rulebook()
        yield market
    forget_rulebook()

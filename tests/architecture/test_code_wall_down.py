"""With the code's wall down the database must hold: no filter, and a tenant still reads its own rows only."""

from __future__ import annotations

from typing import Any

import pytest

from ipp.core import tenancy
from ipp.core.models import Organization
from tests.actors import AudienceClient, actor_named, api_client
from tests.architecture.walls import mark_globex
from tests.factories.rightsholders import submitted


@pytest.fixture
def marked(db: None) -> Any:
    """Give Globex one of everything."""
    return mark_globex()


def test_with_the_code_wall_down_the_database_shows_ones_own_rows_only(marked, monkeypatch):
    """The same question without any filter: `Model.objects.all()` through the portal's login."""
    submitted(actor_named("alice"))
    from rightsholders import queries
    from rightsholders.models import Verification

    everything = (
        Verification.objects.filter(right=None).select_related("paper", "paper__file", "clock").prefetch_related("decisions__reason")
    )
    monkeypatch.setattr(queries, "own_verifications", lambda actor: everything.all())

    answer = api_client("alice").get("/api/v1/verifications").json()["data"]

    assert len(answer) == 1
    assert answer[0]["holder_name"] == "Acme Tools Ltd"


def test_a_visitor_without_any_context_reads_nothing(marked):
    with tenancy.scope(tenancy.Context(audience="portal")):
        assert not Organization.objects.exists()
    assert AudienceClient("portal").get("/start/").status_code == 302

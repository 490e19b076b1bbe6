"""A marketplace that answers from a script, for tests that need listings and no network."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.marketplaces import ScriptedConnector, use


@pytest.fixture
def marketplace(monkeypatch: pytest.MonkeyPatch) -> ScriptedConnector:
    """Let every marketplace be reached through a connector of the test's own; return it."""
    return use(monkeypatch, ScriptedConnector())


@pytest.fixture
def rex(cast: Any) -> Any:
    """Reviewer."""
    return cast("rex")


@pytest.fixture
def ann(cast: Any) -> Any:
    """Another member of staff, as a second pair of hands: the services leave roles to the edge."""
    return cast("ann")

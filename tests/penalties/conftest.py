"""A marketplace that answers from a script, and a seller."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.marketplaces import ScriptedConnector, use


@pytest.fixture(autouse=True)
def marketplace(monkeypatch: pytest.MonkeyPatch) -> ScriptedConnector:
    """Let every marketplace be reached through a connector of the test's own; return it."""
    return use(monkeypatch, ScriptedConnector())


@pytest.fixture
def sunny(cast: Any) -> Any:
    """Owner of a seller's organization."""
    return cast("sunny")

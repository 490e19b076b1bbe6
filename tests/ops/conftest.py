"""Houses for the tests of the supervisor; whatever a test leaves running is stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ops.running import RunningHouse


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., RunningHouse]]:
    """Return a function that starts a house below the test's folder."""
    houses: list[RunningHouse] = []

    def starter(name: str = "data", **options: Any) -> RunningHouse:
        houses.append(RunningHouse(tmp_path / name, **options))
        return houses[-1]

    yield starter
    for house in houses:
        house.end()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """One house for the tests that leave it running."""
    house = RunningHouse(tmp_path_factory.mktemp("house") / "数 据")
    try:
        yield house.wait_until_ready()
    finally:
        house.end()

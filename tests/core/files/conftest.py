"""What the tests of the file pipeline share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def vault(settings: Any, tmp_path: Path) -> Path:
    """Give the test a folder of its own for stored files; return it."""
    backend = "django.core.files.storage.FileSystemStorage"
    own = {alias: {"BACKEND": backend, "OPTIONS": {"location": str(tmp_path / alias)}} for alias in ("sealed", "derivatives")}
    settings.STORAGES = settings.STORAGES | own
    return tmp_path


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    """Return an empty folder for one upload."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder

"""Chromium and a running system, started once for all browser tests and stopped after the last."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests import database
from tests.browser.driving import PATIENCE, Readers
from tests.browser.system import System, running

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
MISSING = f"""Browser tests need Chromium, and {CHROMIUM} is not there.
Install it (Debian, Ubuntu: apt-get install chromium fonts-noto-cjk) or name another one: CHROMIUM=/path/to/chromium make test"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Look at the pages before the stories are played that change them: one system serves both, and starts once."""
    here = Path(__file__).parent
    items.sort(key=lambda item: 0 if item.path.parent != here else 1 if item.path.name == "test_every_page.py" else 2)


@pytest.fixture(scope="package")
def system(worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run the whole system, with the stage set."""
    with running(database.named(f"browser_{worker_id}"), tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Start the browser; without one the tests fail, for nobody else would notice what only a browser sees."""
    if shutil.which(CHROMIUM) is None:
        pytest.fail(MISSING, pytrace=False)
    # No longer than these tests: while its event loop runs, Django lets nobody in this thread use the database.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        expect.set_options(timeout=PATIENCE)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def readers(chromium: Browser, system: System) -> Readers:
    """Return those who open pages."""
    return Readers(chromium, system)

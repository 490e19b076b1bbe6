"""An invented marketplace with a pack of its own walks a shop through it: two strikes, counted by the sliding window, by data alone."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from ipp.core import tenancy
from marketplaces.models import Marketplace
from penalties.models import PenaltyPolicy
from tests.browsing import words_of
from tests.factories.penalties import ago, asked, closed, strikes, told, upheld
from tests.factories.rightsholders import validated_right

ROOT = Path(__file__).resolve().parents[2]
TWO_STRIKES = {
    "strike_severities": ["serious", "general"],
    "valid_hours": 24 * 100,
    "merge": {"anchor": "sliding", "days": 5, "basis": "complaint_received", "time_zone": "Europe/Lisbon"},
    "steps": [{"at": 1, "measures": ["restriction"], "days": 5}, {"at": 2, "measures": ["closure"]}],
}


@pytest.fixture
def two_strikes(db):
    """Publish other rules for a marketplace, as a row: from the first day of last year on."""
    with tenancy.engine_scope("tests"):
        PenaltyPolicy.objects.filter(marketplace="bazarro", version=2).update(effective_to=date(2026, 7, 2))
        PenaltyPolicy.objects.create(
            marketplace=Marketplace.objects.get(pk="bazarro"),
            version=3,
            published_on=date(2026, 6, 1),
            effective_from=date(2026, 7, 2),
            data=TWO_STRIKES,
        )


def test_a_shop_goes_through_rules_nobody_wrote_code_for(two_strikes, alice):
    right = validated_right(alice)
    for days in (60, 56, 52):  # each within five days of the one before: one strike
        upheld(alice, ago(days), right=right)
    assert [(strike.level, strike.violations.count()) for strike in strikes()] == [(1, 3)]
    assert told() == [("restriction", "in_force")]

    upheld(alice, ago(40), right=right)

    assert told() == [("restriction", "in_force"), ("closure", "due")]
    assert {strike.policy.version for strike in strikes()} == {3}


def test_its_public_page_is_written_from_the_same_row(two_strikes, visitor):
    words = words_of(visitor("portal").get("/rules/bazarro/"))

    assert "The shop is restricted for 5 days" in words
    assert "All listings whose complaints were received less than 5 calendar days (Lisbon time) after the one before." in words
    assert "100 days of 24 hours" in words
    assert "Strike 2 and every one after it" in words


def test_a_closed_shop_stays_closed_under_any_rules(alice):
    closed(alice)

    assert asked()[-1][0] == "close"


def test_no_marketplace_has_a_name_in_the_code(db):
    names = set(Marketplace.objects.values_list("key", flat=True))
    code = [path for path in (ROOT / "penalties").rglob("*.py") if not {"migrations", "management"} & set(path.parts)]
    pattern = re.compile(rf"""["']({"|".join(sorted(names))})["']""")
    found = {path.name for path in code if pattern.search(path.read_text(encoding="utf-8"))} - {"api.py"}

    assert found == set()  # the API's examples name one, as its documentation must


def test_every_marketplace_has_rules_in_force_and_all_can_be_read(db):
    from ipp.core.clock import now
    from marketplaces.models import holds_on

    rows = list(PenaltyPolicy.objects.all())

    assert all(row.pack.steps for row in rows)
    in_force = set(PenaltyPolicy.objects.filter(holds_on(now().date())).values_list("marketplace", flat=True))
    assert in_force == set(Marketplace.objects.values_list("key", flat=True))

"""The pure rules of complaints: each check with what it stops and a near twin it lets through."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takedowns.rules import (
    DECLARATIONS,
    RightFacts,
    check_evidence,
    check_reason,
    check_right,
    countries_needed,
    missing_declarations,
    names_mark,
    removal_mode,
    review_hours,
)

TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)


def right(**changes) -> RightFacts:
    values = {
        "kind": "trademark",
        "is_validated": True,
        "registered_on": date(2020, 3, 1),
        "expires_on": date(2030, 2, 28),
        "territories": ("CN",),
    } | changes
    return RightFacts(**values)


def checks(facts: RightFacts, seen_on: date = TODAY) -> list[str]:
    return [item.check for item in check_right(facts, seen_on=seen_on, today=TODAY)]


def test_a_confirmed_right_in_force_grounds_a_complaint():
    assert checks(right()) == []


def test_a_right_nobody_confirmed_does_not():
    assert checks(right(is_validated=False)) == ["right_validated"]


@pytest.mark.parametrize(("expires_on", "found"), [(TODAY - DAY, ["right_in_force_today"]), (TODAY, [])])
def test_a_right_holds_on_its_last_day_and_not_after(expires_on, found):
    assert checks(right(expires_on=expires_on), seen_on=TODAY - 2 * DAY) == found


@pytest.mark.parametrize(("seen_on", "found"), [(date(2020, 2, 29), ["right_in_force_when_seen"]), (date(2020, 3, 1), [])])
def test_a_right_must_have_held_on_the_day_the_listing_was_seen(seen_on, found):
    assert checks(right(), seen_on=seen_on) == found


@pytest.mark.parametrize(("seen_on", "found"), [(TODAY + DAY, ["seen_on"]), (TODAY, [])])
def test_nobody_saw_a_listing_tomorrow(seen_on, found):
    assert checks(right(), seen_on=seen_on) == found


def test_a_right_without_dates_holds_always():
    assert checks(right(registered_on=None, expires_on=None), seen_on=date(1990, 1, 1)) == []


@pytest.mark.parametrize(
    ("kind", "tier", "found"),
    [
        ("trademark", "standard", []),
        ("copyright", "standard", ["reason_fits_right"]),
        ("trademark", "good_faith", ["reason_open_to_tier"]),
    ],
)
def test_a_reason_fits_its_kind_of_right_and_tier(kind, tier, found):
    assert [item.check for item in check_reason(["trademark"], ["standard"], kind=kind, tier=tier)] == found


@pytest.mark.parametrize(
    ("territory", "site", "needed"),
    [
        ({"any": True}, "", None),
        ({"any_of": ["CN", "HK"]}, "", ("CN", "HK")),
        ({"by_site": {"MY": ["MY"], "SG": ["SG"]}}, "MY", ("MY",)),
        ({"by_site": {"MY": ["MY"]}}, "XX", ()),
    ],
)
def test_a_marketplace_says_where_a_right_must_hold(territory, site, needed):
    assert countries_needed(territory, site) == needed


ASKED = [
    {"key": "photo", "kind": "file", "en": "Photo", "zh": "照片"},
    {"key": "words", "kind": "text", "en": "Words", "zh": "文字"},
    {"key": "sure", "kind": "tick", "en": "Sure", "zh": "确定"},
    {"key": "more", "kind": "file", "required": False, "en": "More", "zh": "更多"},
]


def test_evidence_that_was_brought_is_enough():
    assert check_evidence(ASKED, {"words": "1:1", "sure": True}, {"photo"}) == []


@pytest.mark.parametrize(
    ("statements", "files", "missing"),
    [
        ({"words": "1:1", "sure": True}, set(), ["photo"]),
        ({"words": "  ", "sure": True}, {"photo"}, ["words"]),
        ({"words": "1:1", "sure": "yes"}, {"photo"}, ["sure"]),
        ({}, {"more"}, ["photo", "words", "sure"]),
    ],
)
def test_missing_evidence_is_named_and_can_be_mended(statements, files, missing):
    found = check_evidence(ASKED, statements, files)

    assert [item.facts["requirement"] for item in found] == missing
    assert {item.result for item in found} == {"remedy"}


def test_every_declaration_is_needed():
    assert missing_declarations(DECLARATIONS) == []
    for name in DECLARATIONS:
        assert missing_declarations([other for other in DECLARATIONS if other != name]) == [name]


def test_a_policy_says_when_a_listing_comes_down():
    policy = {"removal": {"default": "on_accept", "invention": "after_window"}}

    assert removal_mode(policy, "trademark") == "on_accept"
    assert removal_mode(policy, "invention") == "after_window"
    assert removal_mode({}, "trademark") == "on_accept"


def test_a_complaint_is_promised_as_late_as_its_slowest_listing():
    quick, slow = {"sla_hours": {"standard": 12, "patent": 72}}, {"sla_hours": {"standard": 48}}

    assert review_hours([quick], kind="trademark", tier="standard") == 12
    assert review_hours([quick, slow], kind="trademark", tier="standard") == 48
    assert review_hours([quick], kind="invention", tier="standard") == 72
    assert review_hours([], kind="trademark", tier="standard") == 24


@pytest.mark.parametrize(
    ("title", "named"),
    [
        ("Steel bottle LUMAWAY 500 ml", True),
        ("ＬＵＭＡＷＡＹ bottle", True),
        ("L u m a w a y bottle", True),
        ("Lumavay bottle", False),
        ("", False),
    ],
)
def test_a_title_names_a_mark_whatever_its_case_and_width(title, named):
    assert names_mark(title, "Lumaway") is named


@given(st.text())
def test_a_mark_without_letters_is_named_nowhere(title):
    assert not names_mark(title, "!?  ")

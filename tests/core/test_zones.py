"""Moments are told in the zone the reader's browser names, else in the account's."""

from __future__ import annotations

import pytest
from django.utils import translation

from ipp.core.ui import ZONE_COOKIE, zone_name, zone_of_reader
from tests.browsing import words_of
from tests.factories.rightsholders import submitted


@pytest.mark.parametrize(
    ("cookie", "city"),
    [("Europe/Oslo", "Oslo"), ("", "Shanghai"), ("Nowhere/Atlantis", "Shanghai"), ("../../etc/passwd", "Shanghai"), ("Europe", "Shanghai")],
)
def test_a_page_tells_moments_in_the_zone_its_reader_is_in(alice, client_of, cookie, city):
    row = submitted(alice)
    browser = client_of("alice")
    browser.cookies[ZONE_COOKIE] = cookie

    page = words_of(browser.get(f"/identity/{row.code}/"))

    assert page.count(city) >= 2
    assert f"{city} ·" in page if city == "Shanghai" else "Shanghai ·" in page


def test_the_zone_of_one_reader_is_not_kept_for_the_next(alice, client_of):
    row = submitted(alice)
    first, second = client_of("alice"), client_of("alice")
    first.cookies[ZONE_COOKIE] = "Europe/Oslo"

    first.get(f"/identity/{row.code}/")

    assert "Oslo" not in words_of(second.get(f"/identity/{row.code}/"))


def test_an_unknown_zone_is_the_other_one():
    assert zone_of_reader("Mars/Olympus", "Europe/Paris").key == "Europe/Paris"


@pytest.mark.parametrize(
    ("language", "zone", "name"),
    [
        ("en", "America/New_York", "New York"),
        ("en", "America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("en", "UTC", "UTC"),
        ("zh-hans", "Europe/Oslo", "奥斯陆时间"),
        ("zh-hans", "Asia/Shanghai", "上海时间"),
    ],
)
def test_a_zone_is_told_by_its_city_in_the_readers_language(language, zone, name):
    with translation.override(language):
        assert zone_name(zone) == name

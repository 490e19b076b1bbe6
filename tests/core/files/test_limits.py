"""The caps and how an operator changes one."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from ipp.core.files import Limits, current_limits


def test_without_a_setting_the_documented_caps_hold(settings: Any) -> None:
    settings.IPP_UPLOAD_LIMITS = {}

    limits = current_limits()

    assert (limits.bytes, limits.pixels, limits.pages) == (20 * 1024 * 1024, 40_000_000, 200)
    assert (limits.cpu_seconds, limits.wall_seconds) == (10, 15)


def test_a_setting_changes_one_cap_and_leaves_the_others(settings: Any) -> None:
    settings.IPP_UPLOAD_LIMITS = {"pages": 30}

    assert current_limits() == Limits(pages=30)


@pytest.mark.parametrize("overrides", [{"pagez": 30}, {"pages": 0}, {"pages": "30"}, {"pages": -1}])
def test_a_setting_that_cannot_be_right_is_named(overrides: dict[str, Any], settings: Any) -> None:
    settings.IPP_UPLOAD_LIMITS = overrides

    with pytest.raises(ImproperlyConfigured, match=next(iter(overrides))):
        current_limits()

"""Rights: added, asked about, validated, refused, undone, withdrawn."""

from __future__ import annotations

import pytest

from ipp.core import tenancy
from rightsholders import queries
from tests.factories import rightsholders as made


@pytest.mark.parametrize("kind", ["trademark", "copyright", "design", "utility_model", "invention"])
def test_a_right_of_each_kind_is_validated(alice, kind):
    right = made.validated_right(alice, kind)

    assert (right.status, right.kind) == ("validated", kind)
    with tenancy.acting(alice):
        assert list(queries.usable_rights(alice.organization_id, right.validated_at.date())) == [right]

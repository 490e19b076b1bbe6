"""The audit export: complete, chained, and checkable by a program that knows only the written rule."""

from __future__ import annotations

import hashlib
import json

import pytest

from ipp.core import tenancy
from ipp.core.services.audit import export_lines
from tests.actors import actor_named
from tests.factories.rightsholders import approved


@pytest.fixture
def lines(alice, bob):
    approved(alice, bob)
    with tenancy.acting(actor_named("ada")):
        return list(export_lines())


def problems_of(lines):
    """Check a file by the rule in the documentation, with nothing of ours."""
    previous = "0" * 64
    for number, line in enumerate(lines):
        entry = json.loads(line)
        claimed = entry.pop("hash")
        body = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        if entry["previous"] != previous or hashlib.sha256(body).hexdigest() != claimed:
            return number
        previous = claimed
    return None


def test_the_export_holds_every_event_and_its_chain_is_whole(lines):
    names = [json.loads(line)["name"] for line in lines]

    assert {"core.organization.registered", "rightsholders.verification.submitted", "rightsholders.verification.approved"} <= set(names)
    assert problems_of(lines) is None


def test_a_changed_a_missing_and_a_swapped_line_are_found(lines):
    changed = [*lines[:3], lines[3].replace('"kind":"', '"kind":"x'), *lines[4:]]

    assert problems_of(changed) == 3
    assert problems_of(lines[:2] + lines[3:]) == 2
    assert problems_of([lines[1], lines[0], *lines[2:]]) == 0


def test_a_later_export_begins_with_the_earlier_one(lines, gus, bob):
    from tests.factories.rightsholders import submitted

    submitted(gus, kind="passport", holder_name="Gus")

    with tenancy.acting(actor_named("ada")):
        later = list(export_lines())
    assert later[: len(lines)] == lines
    assert len(later) > len(lines)

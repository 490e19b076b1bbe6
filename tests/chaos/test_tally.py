"""A loss, a double, a thing undone or a part that was never killed each spoil a run of `make chaos`; no house is started here."""

from __future__ import annotations

import pytest

from ipp.core import tenancy
from tests.chaos import __main__ as program
from tests.chaos.story import count
from tests.chaos.tally import Tally
from tests.factories.takedowns import decided

EVERY = ["engine", "broker", "portal", "engine"]


def tally_of(**changes):
    return Tally(**{"accepted": 3, "decided": 3, "listings": 5, "violations": 5, "tries": 4, "kills": list(EVERY)} | changes)


def ended(monkeypatch, tally):
    """Return the exit status of a run that ended with a tally."""
    monkeypatch.setattr(program, "run", lambda filings, seed, keep: tally)
    return program.main(["--filings", "3"])


def counted(said, listings):
    """Return what is counted where the portal said 201 with the codes `said`."""
    tally = Tally(kills=list(EVERY))
    with tenancy.engine_scope("tests"):
        count(tally, dict(enumerate(said)), listings)
    return tally


def test_a_run_in_which_every_part_died_and_nothing_is_missing_is_clean(monkeypatch, capsys):
    tally = tally_of()

    assert tally.is_clean
    assert ended(monkeypatch, tally) == 0
    assert capsys.readouterr().out == (
        "accepted 3 / decided 3 / lost 0 / doubled 0 (5 listings, 5 violations, 4 requests, killed: engine, broker, portal, engine)\n"
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"lost": 1}, "lost 1"),
        ({"doubled": 1}, "doubled 1"),
        ({"troubles": ["1 deliveries waiting"]}, "  1 deliveries waiting\n"),
        ({"kills": ["broker", "portal"]}, "  engine was never killed"),
        ({"kills": ["engine", "portal", "engine"]}, "  broker was never killed"),
        ({"kills": ["engine", "broker"]}, "  portal was never killed"),
        ({"kills": []}, "  portal was never killed"),
    ],
)
def test_each_thing_planted_alone_spoils_the_run_and_is_told(monkeypatch, capsys, changes, told):
    tally = tally_of(**changes)

    assert not tally.is_clean
    assert ended(monkeypatch, tally) == 1
    assert told in capsys.readouterr().out


def test_a_complaint_the_portal_accepted_and_nobody_kept_is_counted_as_lost(alice):
    kept = decided(alice)

    tally = counted([kept.code, "no-such-complaint"], 3)

    assert (tally.accepted, tally.lost, tally.doubled) == (2, 1, 0)
    assert "1 complaints not decided" in tally.troubles


def test_a_complaint_that_was_kept_and_nobody_was_told_of_is_counted_as_double(alice):
    first, again = decided(alice), decided(alice, links=["bazarro 3000000900"])

    tally = counted([first.code], 3)

    assert (tally.accepted, tally.lost, tally.doubled) == (1, 0, 1)
    assert "1 complaints nobody was told of" in tally.troubles
    assert again.code != first.code


def test_accepted_listings_that_never_became_violations_are_undone_work(alice):
    complaint = decided(alice)

    tally = counted([complaint.code], 3)

    assert (tally.lost, tally.doubled) == (0, 0)
    assert {"3 listings not upheld", "3 upheld listings without a violation"} <= set(tally.troubles)

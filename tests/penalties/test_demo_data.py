"""The demo's data: enough of everything, work waiting for each role, and every status in it follows from what happened."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from penalties.management import plan
from takedowns.lifecycle import LISTING, ListingStatus
from tests import database
from tests.sandbox.conftest import SECRET, program

ROOT = Path(__file__).resolve().parent.parent.parent
LOAD = """
import sys
import django; django.setup()
from django.conf import settings
from django.core.management import call_command
from penalties.management import story
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody signs in
play = story.Crowd.play
def until_it_is_stopped(crowd, item, holder, played=[]):
    played.append(item)
    if len(played) > int(sys.argv[1]):
        raise KeyboardInterrupt
    play(crowd, item, holder)
story.Crowd.play = until_it_is_stopped
call_command("demo"); call_command("demo", "complaints")
"""
STOPPED_AFTER = 30
"""Cases after which the first load is stopped; the second goes on from there."""


@pytest.fixture(scope="module")
def ask(django_db_setup: None, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Load the demo as `make run` does, into a database of its own beside a sandbox of its own; return a function that asks it in SQL."""
    name, folder = database.named(f"demo_{worker_id}"), tmp_path_factory.mktemp("demo")
    secret = base64.b64encode(SECRET).decode()
    with database.copied(name), program(folder, SANDBOX_SECRET=secret) as (_process, market):
        url = database.url_of(name)
        owner = psycopg2.connect(url)
        owner.autocommit = True
        settings = {
            "DATABASE_URL": url,
            "IPP_MODE": "local",
            "IPP_DATA_DIR": str(folder / "data"),
            "SANDBOX_ORIGIN": f"http://localhost:{market.port}",
            "SANDBOX_SECRET": secret,
            "LOG_LEVEL": "ERROR",
            "IPP_AUDIENCE": "owner",
            "DJANGO_SETTINGS_MODULE": "ipp.settings",
        }
        _load(settings, STOPPED_AFTER, stops=True)
        _load(settings, 1000, stops=False)

        def asked(statement: str) -> Any:
            with owner.cursor() as cursor:
                cursor.execute(statement)
                found = cursor.fetchall()
            return found[0][0] if len(found) == 1 and len(found[0]) == 1 else found

        yield asked
        owner.close()


def _load(settings: dict[str, str], cases: int, *, stops: bool) -> None:
    words, environment = [sys.executable, "-c", LOAD, str(cases)], os.environ | settings
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode != 0) is stops, done.stderr[-3000:]
    assert not stops or "KeyboardInterrupt" in done.stderr[-300:], done.stderr[-3000:]


LEAST = {
    "marketplaces": (3, "SELECT count(DISTINCT marketplace_id) FROM marketplaces_listing"),
    "shops": (40, "SELECT count(*) FROM marketplaces_seller"),
    "listings with a picture": (
        2000,
        "SELECT count(DISTINCT s.listing_id) FROM marketplaces_snapshot s JOIN marketplaces_snapshotpicture p ON p.snapshot_id = s.id",
    ),
    "rights holders": (6, "SELECT count(*) FROM core_organization WHERE kind = 'rights_holder'"),
    "agencies": (1, "SELECT count(*) FROM core_organization WHERE kind = 'agency'"),
    "validated rights": (12, "SELECT count(*) FROM rightsholders_right WHERE status = 'validated'"),
    "complaints": (150, "SELECT count(*) FROM takedowns_complaint"),
    "reported listings": (1500, "SELECT count(*) FROM takedowns_reportedlisting"),
    "strikes": (10, "SELECT count(*) FROM penalties_strike WHERE taken_back_at IS NULL"),
    "closures in force": (2, "SELECT count(*) FROM penalties_sanction WHERE measure = 'closure' AND status = 'in_force'"),
    "shops closed on their marketplace": (
        2,
        "SELECT count(*) FROM marketplaces_action WHERE kind = 'close' AND acknowledged_at IS NOT NULL",
    ),
    "late complaints": (3, "SELECT count(*) FROM takedowns_complaint WHERE status IN ('queued', 'in_review') AND due_at < now()"),
    "drafts": (1, "SELECT count(*) FROM takedowns_complaintdraft"),
}


@pytest.mark.parametrize("what", LEAST)
def test_there_is_enough_of(ask, what):
    least, statement = LEAST[what]

    assert ask(statement) >= least


def test_five_complaints_are_due_within_four_business_hours(ask):
    """Of business time: on a day off nothing is due before the next business day begins."""
    from datetime import timedelta

    from ipp.core.calendars import packaged
    from ipp.core.rules import business_time_between

    moment = ask("SELECT now()")
    calendar = packaged("CN", range(moment.year - 1, moment.year + 2))
    open_now = "SELECT due_at FROM takedowns_complaint WHERE status IN ('queued', 'in_review') AND due_at > now() ORDER BY due_at"
    soon = [due for (due,) in ask(open_now) if business_time_between(moment, due, calendar) <= timedelta(hours=4)]

    assert len(soon) >= 5


@pytest.mark.parametrize("outcome", ["conceded", "lapsed", "overturned", "withdrawn", "upheld"])
def test_twenty_counter_notices_ended_each_way(ask, outcome):
    counted = f"SELECT count(DISTINCT counter_notice_id) FROM takedowns_counternoticelisting WHERE outcome = '{outcome}'"

    assert ask(counted) >= 20


@pytest.mark.parametrize("status", ["waiting", "contested"])
def test_twenty_counter_notices_wait_on_either_side(ask, status):
    assert ask(f"SELECT count(*) FROM takedowns_counternotice WHERE status = '{status}'") >= 20


WAITING = {
    "verifier": "SELECT count(*) FROM rightsholders_verification WHERE status = 'submitted'",
    "reviewer": "SELECT count(*) FROM takedowns_complaint WHERE status = 'queued'",
    "second reviewer": "SELECT count(*) FROM takedowns_counternotice WHERE status = 'contested'",
    "operations, to propose a closure": "SELECT count(*) FROM penalties_sanction WHERE status = 'due'",
    "seller, to read a lesson": "SELECT count(*) FROM penalties_sanction p JOIN marketplaces_seller s ON s.id = p.seller_id"
    " WHERE p.measure = 'warning' AND p.status = 'in_force' AND p.read_at IS NULL AND s.organization_id IS NOT NULL",
    "approver, to release one": "SELECT count(*) FROM penalties_sanction WHERE status = 'proposed'",
    "rights holder, to answer a counter-notice": "SELECT count(*) FROM takedowns_counternotice WHERE status = 'waiting'",
    "seller, to answer a notice": "SELECT count(*) FROM takedowns_sellernotice n JOIN marketplaces_seller s ON s.id = n.seller_id"
    " WHERE n.status = 'open' AND s.organization_id IS NOT NULL AND n.due_at > now()",
}


@pytest.mark.parametrize("role", WAITING)
def test_work_waits_for_the(ask, role):
    assert ask(WAITING[role]) >= 1


def test_every_listings_status_is_where_its_moves_lead(ask):
    """From received on, each move starts where the one before ended, is one the table allows, and the last ends where the row stands."""
    now = dict(ask("SELECT id, status FROM takedowns_reportedlisting"))
    moves = ask("SELECT reported_listing_id, action, from_status, to_status FROM takedowns_transition ORDER BY reported_listing_id, id")
    reached = dict.fromkeys(now, str(ListingStatus.RECEIVED))
    for pk, steps in groupby(moves, key=lambda move: move[0]):
        for _pk, action, source, target in steps:
            assert (source, LISTING.target(action, source)) == (reached[pk], target), (pk, action)
            reached[pk] = target

    assert reached == now


FOLLOWS = {
    "a complaint was filed by an event of its own": """
        SELECT count(*) FROM takedowns_complaint c WHERE 1 <> (SELECT count(*) FROM core_event e
        WHERE e.name = 'takedowns.complaint.filed' AND e.subject_id = c.id AND e.subject_type = 'takedowns.complaint')""",
    "an accepted or rejected listing has a decision, and one that was never decided has none": """
        SELECT count(*) FROM takedowns_reportedlisting l WHERE (l.decided_at IS NOT NULL)
        <> EXISTS (SELECT 1 FROM takedowns_decision d WHERE d.reported_listing_id = l.id)""",
    "an upheld listing was upheld by exactly one event": """
        SELECT count(*) FROM takedowns_reportedlisting l WHERE l.status = 'upheld' AND 1 <> (SELECT count(*) FROM core_event e
        WHERE e.name = 'takedowns.listings.upheld' AND e.payload->'listing_ids' @> to_jsonb(l.id))""",
    "a listing that is down was taken down by an acknowledged command": """
        SELECT count(*) FROM takedowns_reportedlisting l WHERE l.removed_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM
        marketplaces_action a WHERE a.source = 'takedowns.reported_listing' AND a.source_id = l.id AND a.kind = 'remove'
        AND a.acknowledged_at IS NOT NULL)""",
    "a listing that came back was put back by one": """
        SELECT count(*) FROM takedowns_reportedlisting l WHERE l.restored_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM
        marketplaces_action a WHERE a.source = 'takedowns.reported_listing' AND a.source_id = l.id AND a.kind = 'restore'
        AND a.acknowledged_at IS NOT NULL)""",
    "a counter-notice was filed by an event of its seller": """
        SELECT count(*) FROM takedowns_counternotice c WHERE 1 <> (SELECT count(*) FROM core_event e
        WHERE e.name = 'takedowns.counter_notice.filed' AND e.payload->>'code' = c.code AND e.organization_id = c.author_organization_id)""",
    "nobody ruled about what they had decided": """
        SELECT count(*) FROM takedowns_decision d JOIN takedowns_decision e ON e.id = d.supersedes_id WHERE d.person = e.person""",
    "a violation rests on a claim that stands": """
        SELECT count(*) FROM penalties_violation v JOIN takedowns_reportedlisting l ON l.id = v.source_id
        WHERE v.taken_back_at IS NULL AND l.status <> 'upheld'""",
    "an upheld listing of a known shop is one violation": """
        SELECT count(*) FROM takedowns_reportedlisting l WHERE l.status = 'upheld' AND 1 <> (SELECT count(*) FROM
        penalties_violation v WHERE v.source_id = l.id AND v.taken_back_at IS NULL)""",
    "a strike has violations": """
        SELECT count(*) FROM penalties_strike s WHERE s.taken_back_at IS NULL AND NOT EXISTS (SELECT 1 FROM penalties_violation v
        WHERE v.strike_id = s.id AND v.taken_back_at IS NULL)""",
    "a closure in force was agreed by two persons": """
        SELECT count(*) FROM penalties_sanction WHERE measure = 'closure' AND status = 'in_force'
        AND (proposed_person = '' OR released_person = '' OR proposed_person = released_person)""",
    "nothing is left to deliver or given up": """
        SELECT count(*) FROM core_delivery WHERE delivered_at IS NULL""",
    "nothing happened before it was filed": """
        SELECT count(*) FROM takedowns_transition t JOIN takedowns_reportedlisting l ON l.id = t.reported_listing_id
        JOIN takedowns_complaint c ON c.id = l.complaint_id WHERE t.at < c.filed_at""",
}


@pytest.mark.parametrize("rule", FOLLOWS)
def test_every_status_follows(ask, rule):
    assert ask(FOLLOWS[rule]) == 0


def test_a_load_that_was_interrupted_went_on_where_it_stopped(ask):
    """Each case of the plan was lived once, and nobody was made twice."""
    filed = "SELECT count(*) FROM takedowns_complaint WHERE signed_role = 'Brand protection'"

    assert ask(filed) == len(plan.complaints())
    assert ask("SELECT count(*) - count(DISTINCT name) FROM core_organization") == 0

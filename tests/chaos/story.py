"""Who files, who decides, what is killed when, and what must be true at the end."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx
from django.conf import settings
from django.db import connection, connections

from bench.whole import Whole
from ipp.core import clock, tenancy
from ipp.core.actors import Actor
from ipp.core.services import keys
from ipp.core.services.people import make_staff
from marketplaces.models import Listing, Policy
from marketplaces.services import import_catalogues
from rightsholders.management import rights_story, story
from rightsholders.models import Right
from rightsholders.services import RightDetails
from takedowns import services
from takedowns.models import Complaint, ReportedListing
from takedowns.rules import DECLARATIONS
from tests.chaos.tally import Tally

FILERS = 4
"""Machines that file at the same time."""

PATIENCE_SECONDS = 240
"""How long the house has, after the last filing, to have done everything."""

UNDO_SECONDS = 2
HEADS = {"User-Agent": "ipp-chaos"}


def play(house: Whole, *, filings: int, seed: int) -> Tally:
    """File, decide and kill; wait until the house has done everything; count."""
    dice = random.Random(seed)  # noqa: S311 (a test's dice)
    tally = Tally()
    secret, right, reviewer = _prepare()
    wanted = _wanted(filings, dice)
    accepted: dict[int, str] = {}
    over = threading.Event()
    killer = threading.Thread(target=_kill_each_once, args=(house, tally, lambda: len(accepted) / filings, over))
    deciders = [threading.Thread(target=_decide, args=(reviewer, over, tally))]
    filers = [
        threading.Thread(target=_file, args=(secret, right, wanted[number::FILERS], number, accepted, tally)) for number in range(FILERS)
    ]
    for thread in (killer, *deciders, *filers):
        thread.start()
    for thread in filers:
        thread.join()
    listings = sum(map(len, wanted))
    _wait_until(lambda: _violations() >= listings and _is_idle(), PATIENCE_SECONDS)
    over.set()
    for thread in (killer, *deciders):
        thread.join()
    count(tally, accepted, listings)
    return tally


def count(tally: Tally, accepted: Mapping[int, str], listings: int) -> None:
    """Compare what the portal said with what the database holds."""
    stored = set(Complaint.objects.values_list("code", flat=True))
    said = set(accepted.values())
    tally.accepted = len(said)
    tally.listings = listings
    tally.violations = _violations()
    tally.decided = int(_one("SELECT count(*) FROM takedowns_complaint WHERE status = 'decided'"))
    tally.lost = len(said - stored)
    doubles = {
        "complaints nobody was told of": len(stored - said),
        "listings claimed twice": _one("SELECT count(*) - count(DISTINCT key) FROM takedowns_reportedlisting"),
        "listings decided twice": _one("SELECT count(*) - count(DISTINCT reported_listing_id) FROM takedowns_decision"),
        "violations of one listing": _one("SELECT count(*) - count(DISTINCT source_id) FROM penalties_violation"),
        "takedowns of one listing": _one(
            "SELECT count(*) - count(DISTINCT source_id) FROM marketplaces_action WHERE kind = 'remove' AND source = 'takedowns.reported_listing'"
        ),
        "claims upheld twice": _one(
            "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM takedowns_transition WHERE action = 'confirm'"
            " GROUP BY reported_listing_id) t"
        ),
    }
    tally.doubled = sum(doubles.values())
    tally.troubles += [f"{count} {what}" for what, count in doubles.items() if count]
    undone = {
        "complaints not decided": tally.accepted - tally.decided,
        "listings not upheld": _one("SELECT count(*) FROM takedowns_reportedlisting WHERE status <> 'upheld'"),
        "upheld listings without a violation": listings - tally.violations,
        "deliveries given up": _one("SELECT count(*) FROM core_delivery WHERE dead_at IS NOT NULL"),
        "deliveries waiting": _one("SELECT count(*) FROM core_delivery WHERE delivered_at IS NULL AND dead_at IS NULL"),
    }
    tally.troubles += [f"{count} {what}" for what, count in undone.items() if count]


def _prepare() -> tuple[str, str, Actor]:
    """Make a rights holder with a key and a right in force, a reviewer, a catalogue, and a policy that gives sellers no time."""
    settings.CLOCK_MOVABLE = True  # its papers were checked days ago
    verifier = make_staff(email="vic@chaos.example", full_name="Vic", password=story.PASSWORD, role="verifier", by="chaos")
    reviewer = make_staff(email="rae@chaos.example", full_name="Rae", password=story.PASSWORD, role="reviewer", by="chaos")
    applicant = story.Applicant(
        "owner@chaos.example", "Chaos Owner", "Chaos Ltd", "rights_holder", "entity", "GB", "business_licence", "77", 3, "approved"
    )
    owner = story.found_applicant(applicant, verifier)
    details = RightDetails("trademark", "CHAOS", "Chaos Ltd", "CNIPA", "51234567", nice_classes=(21,), goods="Bottles", **_dates())
    story.give_rights(applicant, [rights_story.Registration(1, "approved", details, ("certificate", "classes"))], verifier)
    with tenancy.acting(owner.actor):
        right = Right.objects.get(organization_id=owner.actor.organization_id)
        key = keys.create_key(actor=owner.actor, name="chaos", scopes=list(keys.SCOPES), days=1)
    policy = Policy.objects.filter(marketplace="bazarro").latest("version")
    Policy.objects.create(
        marketplace_id="bazarro",
        version=policy.version + 1,
        effective_from=clock.now().date() - timedelta(days=2),
        data=policy.data | {"seller_window_business_days": 0},
    )
    Policy.objects.filter(pk=policy.pk).update(effective_to=clock.now().date() - timedelta(days=2))
    import_catalogues()
    return key.secret, right.code, reviewer.actor


def _dates() -> Mapping[str, Any]:
    today = clock.now().date()
    return {
        "filed_on": today - timedelta(days=900),
        "registered_on": today - timedelta(days=600),
        "expires_on": today + timedelta(days=3000),
    }


def _wanted(filings: int, dice: random.Random) -> list[list[str]]:
    """Return which listings each complaint names: one to three, none twice."""
    rows = Listing.objects.filter(marketplace="bazarro", seller__isnull=False, state="live").order_by("id")
    numbers = list(rows.values_list("external_id", flat=True))
    dice.shuffle(numbers)
    return [[numbers.pop() for _ in range(dice.randint(1, 3))] for _ in range(filings)]


def _file(secret: str, right: str, mine: list[list[str]], lane: int, accepted: dict[int, str], tally: Tally) -> None:
    """File each complaint with a key of its own, again and again until the portal has said 201."""
    headers = {**HEADS, "Authorization": f"Bearer {secret}"}
    with httpx.Client(base_url=os.environ["PORTAL_ORIGIN"], headers=headers, timeout=20) as client:
        for number, listings in enumerate(mine):
            body = {
                "right": right,
                "reason": "TM-JARGON",
                "listings": [f"bazarro {listing}" for listing in listings],
                "statements": {"quoted_words": "1:1"},
                "declarations": list(DECLARATIONS),
                "signature": {"name": "Chaos Owner", "role": "Owner"},
            }
            key = f"chaos-{lane}-{number}"
            deadline = time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < deadline:
                tally.tries += 1
                try:
                    answer = client.post("/api/v1/complaints", json=body, headers={"Idempotency-Key": key})
                except httpx.HTTPError:
                    time.sleep(0.2)
                    continue
                if answer.status_code == 201:
                    accepted[lane + number * FILERS] = answer.json()["code"]
                    break
                if answer.status_code not in (409, 429, 500, 502, 503):
                    tally.troubles.append(f"filing {key} was answered {answer.status_code}: {answer.text[:200]}")
                    break
                time.sleep(float(answer.headers.get("Retry-After", 0.2)))


def _decide(reviewer: Actor, over: threading.Event, tally: Tally) -> None:
    """Accept whatever waits for review, as fast as it comes; a killed server in between is tried again."""
    settings.UNDO_SECONDS = UNDO_SECONDS  # of this process alone
    while not over.is_set():
        try:
            with tenancy.acting(reviewer):
                complaint = services.next_complaint(actor=reviewer)
                if complaint is not None:
                    rows = ReportedListing.objects.filter(complaint=complaint, status="under_review")
                    services.decide_listings(
                        actor=reviewer,
                        code=complaint.code,
                        version=complaint.version,
                        positions=list(rows.values_list("position", flat=True)),
                        outcome="accepted",
                    )
        except Exception as error:  # noqa: BLE001 (a fault is what this is about; it is counted and tried again)
            connections["default"].close()
            if over.is_set():
                tally.troubles.append(f"the reviewer: {error}")
            complaint = None
        if complaint is None:
            time.sleep(0.2)
    connections.close_all()


def _kill_each_once(house: Whole, tally: Tally, progress: Callable[[], float], over: threading.Event) -> None:
    """Kill one process of each kind, without warning, at a quarter, at half and at three quarters of the filings, and the engine again."""
    for share, name in ((0.25, "engine"), (0.5, "broker"), (0.75, "portal"), (0.95, "engine")):
        while progress() < share and not over.is_set():
            time.sleep(0.05)
        if over.is_set():
            return
        for pid in _pids(house, name):
            os.kill(pid, signal.SIGKILL)
        tally.kills.append(name)


def _pids(house: Whole, name: str) -> list[int]:
    """Return the process ids of a part of the house; while it is being started again there is none, so wait for one."""
    while True:
        alive = [pid for pid in house.pids().get(name, []) if os.path.exists(f"/proc/{pid}")]
        if alive:
            return alive
        time.sleep(0.1)


def _wait_until(is_so: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.5)
    return False


def _violations() -> int:
    return int(_one("SELECT count(*) FROM penalties_violation"))


def _is_idle() -> bool:
    """Tell whether nothing is left to deliver or to send to a marketplace."""
    left = "SELECT count(*) FROM core_delivery WHERE delivered_at IS NULL"
    unsent = "SELECT count(*) FROM marketplaces_action WHERE status IN ('proposed', 'sent')"
    return not _one(left) and not _one(unsent)


def _one(statement: str) -> int:
    """Return the one number a statement asks for, also when a connection broke in between."""
    for last in (False, False, True):
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return int(cursor.fetchone()[0])
        except Exception:  # noqa: BLE001
            connection.close()
            if last:
                raise
            time.sleep(1)
    raise AssertionError("unreachable")

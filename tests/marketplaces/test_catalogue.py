"""The catalogue: taken in by batches, snapshots only of what changed, hostile pictures, and looks that somebody asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from ipp.core import clock, tenancy
from ipp.core.errors import NotFound
from ipp.core.models import Event
from marketplaces import queries, services
from marketplaces.gateways import ConnectorRefused, ConnectorUnavailable, ShopSeen
from marketplaces.models import Listing, Marketplace, Picture, Seller, Sighting, Snapshot
from tests.factories.marketplaces import BOTTLE, SHOP, ScriptedConnector, known_listing, listing_seen, sandbox, snapshots_of, use
from tests.sandbox.conftest import Market

ONE, TWO = "http://market.test/one.webp", "http://market.test/two.webp"


@pytest.fixture
def market(settings: Any, tmp_path: Path) -> Iterator[Market]:
    with sandbox(settings, tmp_path) as running:
        yield running


def picture(name: str = "bottle-green-banner") -> bytes:
    return (Path("sandbox/pictures") / f"{name}.webp").read_bytes()


def take_in(*seen: Any, read_at: Any = None) -> Any:
    with tenancy.engine_scope("test"):
        marketplace = Marketplace.objects.get(pk="bazarro")
    return services.take_in(marketplace, seen, read_at=read_at or clock.now())


def listing(external_id: str = BOTTLE) -> Listing:
    with tenancy.engine_scope("test"):
        return Listing.objects.select_related("seller", "latest").get(marketplace="bazarro", external_id=external_id)


def sighting() -> Sighting:
    with tenancy.engine_scope("test"):
        return Sighting.objects.get()


def seen_events() -> list[dict[str, Any]]:
    with tenancy.scope(tenancy.Context(audience="staff", scope="staff")):
        return list(Event.objects.filter(name="marketplaces.listings.seen").order_by("id").values_list("payload", flat=True))


# The whole way, from a marketplace that runs


def test_a_whole_catalogue_comes_in_with_shops_and_pictures(db, market, storage):
    count = services.import_catalogue("bazarro")

    row = listing()
    with tenancy.engine_scope("test"):
        assert count == Listing.objects.count() > 20
        assert row.seller == Seller.objects.get(external_id=SHOP)
        assert not Snapshot.objects.filter(pictures=None).exists()
    assert (row.key, row.state) == (f"bazarro:{BOTTLE}", "live")
    assert row.latest is not None
    assert (row.latest.price_amount, row.latest.price_currency) == (Decimal("8.90"), "USD")
    links = queries.pictures_of([row.latest_id])[row.latest_id]
    assert [link.url.startswith("http://localhost:8002/") for link in links] == [True, True]
    # The same catalogue again changes and tells nothing. (One test: fetching and decoding its pictures is what takes time.)
    before = (seen_events(), listing().latest_id)
    services.import_catalogue("bazarro")

    assert (seen_events(), listing().latest_id) == before


def test_a_listing_asked_for_is_looked_at_and_an_unknown_one_is_missing(db, market, storage):
    assert services.request_sightings(targets=[("bazarro", BOTTLE), ("bazarro", "999"), ("bazarro", BOTTLE)]) == 2

    assert services.work_sightings() == 2

    (fact,) = seen_events()
    assert fact == {"marketplace": "bazarro", "listing_ids": [listing().pk], "missing": ["999"]}
    assert queries.rulebook().resolve(f"http://localhost:{market.port}/bazarro/item/{BOTTLE}.html") is not None


def test_the_key_of_a_listing_is_the_one_links_are_compared_by(db, market, storage):
    services.request_sightings(targets=[("nordmart", "4103771"), ("lanqiao", "680114516787"), ("bazarro", BOTTLE)])
    services.work_sightings()
    queries.forget_rulebook()
    with tenancy.engine_scope("test"):
        rows = list(Listing.objects.order_by("marketplace_id"))
    assert len(rows) == 3

    links = queries.rulebook().resolve_many([row.url for row in rows])

    assert [link.key for link in links] == [row.key for row in rows]
    queries.forget_rulebook()


# Content and snapshots


def test_a_change_makes_a_snapshot_and_going_back_makes_none(db, monkeypatch):
    use(monkeypatch, ScriptedConnector())
    first = listing_seen()
    take_in(first)
    take_in(replace(first, title="Steel bottle, better"))
    changed = take_in(first)

    row = listing()
    assert len(snapshots_of(row)) == 2
    assert row.latest == snapshots_of(row)[0]
    assert changed.changed == {row.pk}


@pytest.mark.parametrize(
    "change",
    [
        {"title": "x"},
        {"description": "x"},
        {"price_amount": Decimal("1"), "currency": "USD"},
        {"shop": ShopSeen("other", "Other", "", "", None, "open")},
        {"pictures": (ONE,)},
    ],
)
def test_each_part_of_the_content_counts(db, monkeypatch, change, storage):
    use(monkeypatch, ScriptedConnector(pictures={ONE: picture()}))
    take_in(listing_seen())

    take_in(listing_seen(**change))

    assert len(snapshots_of(listing())) == 2


def test_a_state_alone_is_no_new_content(db, monkeypatch):
    use(monkeypatch, ScriptedConnector())
    take_in(listing_seen())

    taken = take_in(listing_seen(state="removed", version=2))

    assert (listing().state, taken.changed) == ("removed", frozenset())
    assert len(snapshots_of(listing())) == 1


def test_a_picture_swapped_under_the_same_address_is_new_content(db, monkeypatch, storage):
    connector = use(monkeypatch, ScriptedConnector(pictures={ONE: picture()}))
    take_in(listing_seen(pictures=(ONE,)))
    connector.pictures[ONE] = picture("backpack-navy")

    take_in(listing_seen(pictures=(ONE,)))

    assert len(snapshots_of(listing())) == 2
    with tenancy.engine_scope("test"):
        assert Picture.objects.count() == 2


def test_what_was_read_earlier_never_overwrites_what_was_read_later(db, monkeypatch):
    use(monkeypatch, ScriptedConnector())
    take_in(listing_seen(state="removed", title="Now"))

    take_in(listing_seen(state="live", title="Long ago"), read_at=clock.now() - timedelta(minutes=1))

    row = listing()
    assert (row.state, row.title, row.latest.title if row.latest else "") == ("removed", "Now", "Now")


def test_a_snapshot_cannot_be_changed_by_the_login_that_writes_it(db, monkeypatch):
    use(monkeypatch, ScriptedConnector())
    take_in(listing_seen())

    with tenancy.engine_scope("test"):
        for change in (lambda: Snapshot.objects.update(title="x"), lambda: Snapshot.objects.all().delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()


def test_the_portal_reads_the_catalogue_and_writes_nothing_of_it(alice, monkeypatch):
    use(monkeypatch, ScriptedConnector())
    take_in(listing_seen())

    with tenancy.acting(alice):
        assert Listing.objects.count() == 1
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            Listing.objects.update(state="removed")


# Pictures


def test_a_picture_is_fetched_once_a_batch_and_stored_once_for_all(db, monkeypatch, storage):
    connector = use(monkeypatch, ScriptedConnector(pictures={ONE: picture(), TWO: picture()}))

    take_in(*(listing_seen(str(number), pictures=(ONE, TWO)) for number in range(5)))

    assert connector.fetched == [ONE, TWO]
    with tenancy.engine_scope("test"):
        assert Picture.objects.count() == 1
    assert len([path for path in (storage / "derivatives").rglob("*") if path.is_file()]) == 1


def test_a_catalogue_read_again_soon_fetches_no_picture_again(db, monkeypatch, storage):
    connector = use(monkeypatch, ScriptedConnector(listing_seen(pictures=(ONE,)), pictures={ONE: picture()}))

    services.import_catalogue("bazarro")
    services.import_catalogue("bazarro")
    assert connector.fetched == [ONE]
    with clock.moved(timedelta(hours=25)):
        services.import_catalogue("bazarro")

    assert connector.fetched == [ONE, ONE]


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 64,
        b"%PDF-1.4\n%%EOF",
        ConnectorRefused("picture_too_large"),
    ],
)
def test_a_hostile_picture_costs_the_picture_and_nothing_else(db, monkeypatch, storage, hostile):
    use(monkeypatch, ScriptedConnector(pictures={ONE: hostile, TWO: picture()}))

    taken = take_in(listing_seen(pictures=(ONE, TWO)))

    row = listing()
    assert taken.incomplete == frozenset()
    assert row.latest_id is not None
    assert len(queries.pictures_of([row.latest_id])[row.latest_id]) == 1


def test_what_is_kept_of_a_picture_is_its_pixels(db, monkeypatch, storage):
    use(monkeypatch, ScriptedConnector(pictures={ONE: picture()}))

    take_in(listing_seen(pictures=(ONE,)))

    (stored,) = [path for path in (storage / "derivatives").rglob("*") if path.is_file()]
    assert stored.read_bytes() != picture()
    assert stored.read_bytes().startswith(b"\xff\xd8\xff")


# Looks


def test_what_was_seen_lately_is_not_asked_for_again(db, monkeypatch):
    use(monkeypatch, ScriptedConnector())
    row = known_listing()

    assert services.request_sightings(targets=[("bazarro", row.external_id)]) == 0
    with clock.moved(timedelta(minutes=11)):
        assert services.request_sightings(targets=[("bazarro", row.external_id)]) == 1
        assert services.request_sightings(targets=[("bazarro", row.external_id)]) == 0


def test_a_wish_about_an_unknown_marketplace_is_none(db):
    assert services.request_sightings(targets=[("nowhere", "1")]) == 0


def test_the_portal_asks_but_cannot_see_what_others_asked(alice):
    with tenancy.acting(alice):
        assert services.request_sightings(targets=[("bazarro", "1")]) == 1
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            Sighting.objects.count()


def test_trouble_puts_a_look_back_with_a_growing_pause(db, monkeypatch):
    connector = use(monkeypatch, ScriptedConnector(listing_seen("1")))
    connector.trouble = [ConnectorUnavailable("timeout"), ConnectorUnavailable("server_error")]
    services.request_sightings(targets=[("bazarro", "1")])

    assert services.work_sightings() == 0
    first = sighting()
    with clock.moved(timedelta(seconds=3)):
        assert services.work_sightings() == 0
    second = sighting()
    with clock.moved(timedelta(seconds=10)):
        assert services.work_sightings() == 1

    assert (first.last_error, second.last_error) == ("timeout", "server_error")
    assert second.due_at - first.due_at > timedelta(seconds=4)
    assert sighting().outcome == "seen"


def test_a_look_nobody_answers_for_a_day_is_given_up(db, monkeypatch):
    connector = use(monkeypatch, ScriptedConnector())
    connector.trouble = [ConnectorUnavailable("timeout")]
    services.request_sightings(targets=[("bazarro", "1")])

    with clock.moved(timedelta(hours=25)):
        services.work_sightings()

    assert sighting().outcome == "given_up"


def test_a_look_at_a_marketplace_without_a_connector_is_done_at_once(db):
    services.request_sightings(targets=[("taobao", "564176654249")])

    assert services.work_sightings() == 1
    assert sighting().outcome == "no_connector"
    assert seen_events() == []


def test_a_look_is_taken_again_for_a_picture_that_did_not_come(db, monkeypatch, storage):
    connector = use(monkeypatch, ScriptedConnector(listing_seen("1", pictures=(ONE,)), pictures={ONE: ConnectorUnavailable("timeout")}))
    services.request_sightings(targets=[("bazarro", "1")])

    assert services.work_sightings() == 0
    assert seen_events() == []
    connector.pictures[ONE] = picture()
    with clock.moved(timedelta(seconds=3)):
        assert services.work_sightings() == 1

    row = listing("1")
    assert row.latest_id is not None
    assert len(queries.pictures_of([row.latest_id])[row.latest_id]) == 1
    assert len(seen_events()) == 1


def test_a_picture_that_never_comes_does_not_hold_a_listing_up_for_ever(db, monkeypatch, storage):
    use(monkeypatch, ScriptedConnector(listing_seen("1", pictures=(ONE,)), pictures={ONE: ConnectorUnavailable("timeout")}))
    services.request_sightings(targets=[("bazarro", "1")])

    done = 0
    for seconds in (0, 10, 60):
        with clock.moved(timedelta(seconds=seconds)):
            done += services.work_sightings()

    assert done == 1
    assert sighting().outcome == "seen"


def test_pictures_that_all_hang_cost_three_waits_a_batch(db, monkeypatch, storage):
    urls = [f"http://market.test/{number}.webp" for number in range(20)]
    pictures = dict.fromkeys(urls, ConnectorUnavailable("timeout"))
    connector = use(monkeypatch, ScriptedConnector(pictures=pictures))

    taken = take_in(*(listing_seen(str(number), pictures=(url,)) for number, url in enumerate(urls)))

    assert len(connector.fetched) == 3
    assert len(taken.incomplete) == 20


def test_old_looks_are_cleared_away(db):
    services.request_sightings(targets=[("taobao", "564176654249")])
    services.work_sightings()

    assert services.clear_sightings() == 0
    with clock.moved(timedelta(days=31)):
        assert services.clear_sightings() == 1


def test_a_catalogue_of_an_unknown_marketplace_is_not_found(db):
    with pytest.raises(NotFound):
        services.import_catalogue("nowhere")


def test_one_marketplace_that_is_away_does_not_keep_the_others_from_being_read(db, monkeypatch):
    connector = use(monkeypatch, ScriptedConnector(listing_seen("1")))
    connector.trouble = [ConnectorUnavailable("timeout")]

    counts = services.import_catalogues()

    assert len(counts) == 2
    assert set(counts.values()) == {1}

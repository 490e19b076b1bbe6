"""Marketplaces that run, listings as they were seen, and actions in every state, reached by calling the services."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from django.db import connection

from ipp.core import tenancy
from ipp.core.actors import Actor
from marketplaces import services
from marketplaces.gateways import Page, ShopSeen
from marketplaces.gateways.connector import Command, ListingSeen, Receipt
from marketplaces.models import Action, Listing, Seller, Snapshot
from marketplaces.queries import token_of
from marketplaces.services import ActionTarget, ShopMessage
from tests.sandbox.conftest import SECRET, Market, program

SOURCE = "tests.cause"
BOTTLE = "3000425919"
FLASK = "3000470514"
SHOP = "911204507"
CAUSES = count(1)


@contextmanager
def sandbox(settings: Any, folder: Path, **environ: str) -> Iterator[Market]:
    """Run the sandbox program and let the connectors of this process talk to it."""
    secret = base64.b64encode(SECRET).decode()
    with program(folder, SANDBOX_SECRET=secret, **({"SANDBOX_BULK": "0"} | environ)) as (_process, market):
        settings.SANDBOX_ORIGIN = f"http://localhost:{market.port}"
        settings.SANDBOX_SECRET = secret
        yield market


def engine(actor: Actor) -> Actor:
    """Return the engine acting for somebody's organization."""
    return Actor.system(actor.organization_id, "tests")


@contextmanager
def inside_engine(actor: Actor) -> Iterator[Actor]:
    """Be a handler: the engine inside one organization."""
    with tenancy.engine_scope("test"), tenancy.inside(actor.organization_id):
        yield engine(actor)


def cause(external_id: str = BOTTLE, **changes: Any) -> ActionTarget:
    """Return a target with a cause of its own."""
    return ActionTarget(**{"source_id": next(CAUSES), "round": 1, "marketplace": "bazarro", "external_id": external_id} | changes)


def propose(actor: Actor, *targets: ActionTarget, kind: str = "remove", **changes: Any) -> list[int]:
    """Ask for actions as a handler would; return their ids."""
    words = {"reason": "Trade mark infringed", "reference": "TK-7Q4M-2F9", "source": SOURCE} | changes
    with inside_engine(actor) as system:
        return services.propose_actions(actor=system, kind=kind, targets=targets or [cause()], **words)


def reverse(actor: Actor, *source_ids: int, kind: str = "remove") -> list[int]:
    """Take actions back as a handler would; return the ids of the opposite ones."""
    with inside_engine(actor) as system:
        return services.reverse_actions(
            actor=system, source=SOURCE, source_ids=source_ids, kind=kind, reason="Withdrawn", reference="TK-7Q4M-2F9"
        )


def shop(external_id: str = SHOP, marketplace: str = "bazarro", **changes: Any) -> Seller:
    """Return a shop of the catalogue, written into it if it is not there yet."""
    with tenancy.engine_scope("test"):
        row, _made = Seller.objects.get_or_create(
            marketplace_id=marketplace, external_id=external_id, defaults={"name": "Lumaway Trading", "place": "Yiwu, China"} | changes
        )
    return row


def shop_as_it_is(row: Seller) -> Seller:
    """Return a shop read again."""
    with tenancy.engine_scope("test"):
        return Seller.objects.select_related("marketplace", "organization").get(pk=row.pk)


def message(actor: Actor, *shops: Seller, text: str = "Three of your listings were taken down.", **changes: Any) -> list[int]:
    """Have shops told something as a handler would; return the ids of the actions."""
    targets = [ShopMessage(source_id=next(CAUSES), round=1, seller_id=row.pk) for row in shops]
    values = {"targets": targets, "text": text, "reference": "TK-7Q4M-2F9", "source": SOURCE, "route": "core:notices"} | changes
    with inside_engine(actor) as system:
        return services.message_shops(actor=system, **values)


def invitation_token(row: Seller | None = None) -> str:
    """Invite a shop, and return what stands in the link."""
    row = row or shop()
    with tenancy.engine_scope("test"):
        invitation = services.claiming.invitation_for(row.pk)
    assert invitation is not None
    return token_of(invitation.code)


def claimed_shop(actor: Actor, external_id: str = SHOP, **changes: Any) -> Seller:
    """Return a shop that somebody's organization has claimed."""
    row = shop(external_id, **changes)
    token = invitation_token(row)
    with tenancy.acting(actor):
        return services.claim_shop(actor=actor, token=token)


def found(action_id: int) -> Action:
    """Return an action as it is now."""
    with tenancy.engine_scope("test"):
        return Action.objects.select_related("invitation").get(pk=action_id)


def only_action() -> Action:
    """Return the one action there is."""
    with tenancy.engine_scope("test"):
        return Action.objects.get()


def listing_seen(external_id: str = BOTTLE, **changes: Any) -> ListingSeen:
    """Return a listing as a connector would tell of it, without pictures."""
    shop = ShopSeen(SHOP, "Lumaway Trading", f"http://market.test/bazarro/store/{SHOP}", "Yiwu", None, "open")
    values = {
        "external_id": external_id,
        "url": f"http://market.test/bazarro/item/{external_id}.html",
        "title": "Steel bottle",
        "description": "Keeps cold.",
        "price_amount": None,
        "currency": "",
        "pictures": (),
        "shop": shop,
        "state": "live",
        "version": 1,
    }
    return ListingSeen(**values | changes)  # type: ignore[arg-type]


class ScriptedConnector:
    """A marketplace of the test's own: it answers what `script` says, and remembers what it was asked."""

    def __init__(self, *listings: ListingSeen, pictures: dict[str, Any] | None = None) -> None:
        self.listings = {item.external_id: item for item in listings}
        self.pictures = pictures or {}
        self.sent: list[Command] = []
        self.read: list[list[str]] = []
        self.fetched: list[str] = []
        self.trouble: list[Exception] = []
        self.states = {"remove": "removed", "restore": "live", "message": "delivered"}
        self.in_transaction: list[bool] = []

    def send(self, command: Command) -> Receipt:
        self._meet()
        self.sent.append(command)
        return Receipt(self.states[command.action], True, 2)

    def read_listings(self, marketplace: str, ids: Any) -> list[ListingSeen]:
        self._meet()
        self.read.append(list(ids))
        return [self.listings[one] for one in self.read[-1] if one in self.listings]

    def read_shop(self, marketplace: str, shop_id: str) -> ShopSeen | None:
        return next((item.shop for item in self.listings.values() if item.shop.external_id == shop_id), None)

    def list_listings(self, marketplace: str, cursor: str | None = None) -> Page:
        self._meet()
        found = list(self.listings.values())
        start = int(cursor or 0)
        return Page(tuple(found[start : start + 2]), str(start + 2) if start + 2 < len(found) else None)

    def fetch_picture(self, url: str, max_bytes: int = 0) -> bytes:
        self._meet()
        self.fetched.append(url)
        answer = self.pictures[url]
        if isinstance(answer, Exception):
            raise answer
        return bytes(answer)

    def _meet(self) -> None:
        self.in_transaction.append(connection.in_atomic_block)
        if self.trouble:
            raise self.trouble.pop(0)


def use(monkeypatch: Any, connector: ScriptedConnector) -> ScriptedConnector:
    """Let every marketplace be reached through `connector`."""
    for module in ("catalogue", "sightings", "carrying_out", "reconciling"):
        monkeypatch.setattr(f"marketplaces.services.{module}.connector_for", lambda kind: connector)
    return connector


def known_listing(**changes: Any) -> Listing:
    """Write one listing with a shop into the catalogue, and return it."""
    with tenancy.engine_scope("test"), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM marketplaces_listing")
        seen = listing_seen(**{"external_id": str(5000000 + cursor.fetchone()[0])} | changes)
    with tenancy.engine_scope("test"):
        marketplace = services.catalogue.Marketplace.objects.get(pk="bazarro")
    from ipp.core.clock import now

    services.take_in(marketplace, [seen], read_at=now())
    with tenancy.engine_scope("test"):
        return Listing.objects.select_related("seller", "latest").get(marketplace=marketplace, external_id=seen.external_id)


def snapshots_of(listing: Listing) -> list[Snapshot]:
    """Return a listing's snapshots, oldest first."""
    with tenancy.engine_scope("test"):
        return list(Snapshot.objects.filter(listing=listing).order_by("id"))


def removal(command_id: str = "act_1", **changed: str) -> Command:
    """Return the command to take a listing down."""
    return Command(**{"id": command_id, "action": "remove", "marketplace": "bazarro", "target": BOTTLE, "reason": "Counterfeit"} | changed)

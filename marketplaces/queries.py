"""Reads of other floors and of pages: the rules in force, pictures as links, and what staff see of actions and the catalogue."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import NoReverseMatch

from ipp.core.clock import IppNow, now
from ipp.core.errors import NotFound
from ipp.core.files import link_to
from ipp.core.links import portal_url
from ipp.core.tenancy import engine_scope
from marketplaces.lifecycle import UNANSWERED, ActionKind, Status
from marketplaces.models import Action, Invitation, Listing, Marketplace, Policy, Seller, Snapshot, SnapshotPicture, holds_on
from marketplaces.rules.links import Rulebook, load_rules

RULEBOOK_SECONDS = 30.0
CLAIM_ROUTE = "marketplaces:claim"
SIGNER = Signer(salt="marketplaces.invitation", sep=".")
"""Signs the codes of invitations; a full stop is the one mark that neither a code nor a signature has."""
LINK_SECONDS = 600
STUCK = (Status.HELD, Status.FAILED)
"""Where only a person moves an action on."""


@dataclass(frozen=True)
class PictureLink:
    """A picture on the file origin; the address is good for ten minutes. Sides in pixels."""

    url: str
    width: int
    height: int


@dataclass(frozen=True)
class Rules:
    """What a filing is checked by on one day: how links read, which marketplaces take complaints, and their policies, by key."""

    rulebook: Rulebook
    marketplaces: Mapping[str, Marketplace]
    policies: Mapping[str, Policy]


class _Shelf:
    """The rules in use by this process by their day, and when they were read (on the process's own clock)."""

    rules: ClassVar[dict[date, tuple[float, Rules]]] = {}


def rules_in_force(on: date) -> Rules:
    """Return the rules of a day as they were at most thirty seconds ago. They are shared: nobody changes them."""
    read_at, rules = _Shelf.rules.get(on, (0.0, None))
    if rules is None or time.monotonic() - read_at > RULEBOOK_SECONDS:
        known = marketplaces_in_force(on)
        documents = [row.url_rules for row in known.values() if row.url_rules]
        rules = Rules(load_rules(documents, places={"sandbox": settings.SANDBOX_ORIGIN}), known, policies_in_force(on))
        _Shelf.rules[on] = (time.monotonic(), rules)
    return rules


def rulebook() -> Rulebook:
    """Return the link rules of the marketplaces in force, at most thirty seconds old."""
    return rules_in_force(now().date()).rulebook


def forget_rulebook() -> None:
    """Read the rules again at the next use: somebody in this process changed them."""
    _Shelf.rules.clear()


def marketplaces_in_force(on: date) -> dict[str, Marketplace]:
    """Return the marketplaces complaints are taken for on a day, by key, in their order."""
    return {row.key: row for row in Marketplace.objects.filter(holds_on(on))}


def policies_in_force(on: date) -> dict[str, Policy]:
    """Return the newest policy of each marketplace that holds on a day, by the marketplace's key."""
    return {row.marketplace_id: row for row in Policy.objects.filter(holds_on(on)).order_by("marketplace_id", "version")}


def policy_in_force(marketplace_key: str, on: date) -> Policy:
    """Return the newest policy of a marketplace that holds on a day.

    Raises:
        NotFound: the marketplace has none for that day.
    """
    found = Policy.objects.filter(holds_on(on), marketplace_id=marketplace_key).order_by("-version").first()
    if found is None:
        raise NotFound
    return found


def pictures_of(snapshot_ids: Iterable[int]) -> dict[int, list[PictureLink]]:
    """Return the pictures of snapshots as signed links, in order; a snapshot without pictures is not in it."""
    found: dict[int, list[PictureLink]] = defaultdict(list)
    rows = SnapshotPicture.objects.filter(snapshot_id__in=list(snapshot_ids)).select_related("picture").order_by("snapshot_id", "position")
    for row in rows:
        picture = row.picture
        name = f"listing-{row.position}"
        url = link_to(picture.storage_key, media_type=picture.media_type, filename=name, disposition="inline", expires_in=LINK_SECONDS)
        found[row.snapshot_id].append(PictureLink(url, picture.width, picture.height))
    return dict(found)


@dataclass(frozen=True)
class InvitationSeen:
    """What its link tells of an invitation: the shop, and `open`, `yours`, `used`, `taken` or `expired`."""

    seller: Seller
    state: str
    expires_at: datetime


def invitation(token: str) -> InvitationSeen:
    """Return what a link of an invitation leads to, as the organization in context (or a visitor) sees it.

    Raises:
        NotFound: the house made no such link.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT seller, state, expires_at FROM ipp_shop_invitation(%s)", [code_of(token)])
        seller_id, state, expires_at = cursor.fetchone()
    if seller_id is None:
        raise NotFound
    return InvitationSeen(desk_sellers().get(pk=seller_id), state, expires_at)


def token_of(code: str) -> str:
    """Return what stands in an invitation's link: its code, signed."""
    return SIGNER.sign(code)


def code_of(token: str) -> str:
    """Return the code of an invitation.

    Raises:
        NotFound: the signature is not the house's.
    """
    try:
        return SIGNER.unsign(token)
    except BadSignature:
        raise NotFound from None


def message_link(action: Action) -> str:
    """Return the link that goes with a message: its invitation's, else the portal's page it names; nothing for other actions."""
    if action.kind != ActionKind.MESSAGE:
        return ""
    if action.invitation is not None:
        return portal_url(CLAIM_ROUTE, token=token_of(action.invitation.code))
    try:
        return portal_url(action.route)
    except NoReverseMatch:  # the page has moved since; a message is never kept back for that
        return portal_url("core:home")


def shops_of(organization_id: int) -> list[Seller]:
    """Return the shops an organization has claimed, by name, with their marketplaces."""
    return list(own_shops(organization_id).order_by("name", "id"))


def own_shops(organization_id: int) -> QuerySet[Seller]:
    """Return the shops an organization has claimed; `on_sale` counts their live listings."""
    live = Count("listings", filter=Q(listings__state=Listing.State.LIVE))
    return Seller.objects.select_related("marketplace").filter(organization_id=organization_id).annotate(on_sale=live)


def open_invitation(seller: Seller) -> Invitation | None:
    """Return the invitation of a shop that can still be used, for the platform's eyes."""
    return Invitation.objects.filter(seller=seller, closed_at=None, expires_at__gt=IppNow()).first()


def desk_actions() -> QuerySet[Action]:
    """Return every action with what its row shows."""
    return Action.objects.select_related("organization", "marketplace", "listing", "seller", "invitation")


def marketplaces_with_actions() -> QuerySet[Marketplace]:
    """Return the marketplaces that were ever asked for anything, in their order."""
    return Marketplace.objects.filter(Exists(Action.objects.filter(marketplace=OuterRef("pk"))))


def stuck_actions() -> int:
    """Return how many actions wait for a person, counted up to a thousand."""
    return Action.objects.filter(status__in=STUCK)[:1000].count()


def desk_sellers() -> QuerySet[Seller]:
    """Return every shop of the catalogue."""
    return Seller.objects.select_related("marketplace", "organization")


def desk_listings() -> QuerySet[Listing]:
    """Return every listing of the catalogue with its latest snapshot."""
    return Listing.objects.select_related("marketplace", "seller", "latest")


def seller_named(code: str) -> Seller:
    """Return a shop by its public code.

    Raises:
        NotFound: no such shop.
    """
    found = desk_sellers().filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def listing_named(code: str) -> Listing:
    """Return a listing by its public code.

    Raises:
        NotFound: no such listing.
    """
    found = desk_listings().filter(code=code).first()
    if found is None:
        raise NotFound
    return found


def snapshots_of(listing: Listing) -> list[tuple[Snapshot, list[PictureLink]]]:
    """Return the newest twenty snapshots of a listing, each with its pictures."""
    rows = list(Snapshot.objects.filter(listing=listing).order_by("-taken_at", "-id")[:20])
    pictures = pictures_of([row.pk for row in rows])
    return [(row, pictures.get(row.pk, [])) for row in rows]


@dataclass(frozen=True)
class MarketplaceStatus:
    """One marketplace in figures."""

    key: str
    connector: str
    listings: int
    sellers: int
    waiting: int
    stuck: int


def status_of_marketplaces() -> list[MarketplaceStatus]:
    """Return what is known of each marketplace and what waits there, over all organizations."""
    with engine_scope("status of marketplaces"):
        rows = Marketplace.objects.order_by("position")
        listings = dict(rows.values_list("key").annotate(n=Count("listings")))
        sellers = dict(rows.values_list("key").annotate(n=Count("sellers")))
        actions = Action.objects.order_by().values_list("marketplace")
        waiting = dict(actions.filter(status__in=UNANSWERED).annotate(n=Count("pk")))
        stuck = dict(actions.filter(status__in=STUCK).annotate(n=Count("pk")))
        return [
            MarketplaceStatus(row.key, row.connector, listings[row.key], sellers[row.key], waiting.get(row.key, 0), stuck.get(row.key, 0))
            for row in rows
        ]

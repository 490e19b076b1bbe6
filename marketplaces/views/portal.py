"""Portal pages of people who have shops: claiming one by its marketplace's link, and the shops one has."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from ipp.core import identity
from ipp.core.edge import actor_of, language_in_force
from ipp.core.errors import Forbidden
from ipp.core.frame import frame_of
from ipp.core.models import OrganizationKind
from ipp.core.tables import Column, KeysetTable
from ipp.core.ui import Empty
from marketplaces import queries, services
from marketplaces.models import Seller
from marketplaces.presentation import SELLER_AXIS, is_seller, seller_facts, web_address

CLAIMANTS = ("owner", "filer")
"""Who claims a shop for an organization; the access policy says the same."""

SHOPS: KeysetTable[Seller] = KeysetTable(
    "shops",
    columns=[
        Column("name", _("Shop"), sortable=True, second=lambda row: row.external_id),
        Column("marketplace", _("Marketplace"), value=lambda row: row.marketplace.name(language_in_force())),
        Column("state", _("State"), kind="state", axis=SELLER_AXIS),
        Column("on_sale", _("Listings on sale"), kind="number"),
        Column("since", _("Open since"), kind="date"),
        Column("url", _("Page"), kind="template", template="marketplaces/shop_link.html", value=lambda row: web_address(row.url)),
    ],
    order="name",
    empty=Empty(
        "building-store",
        _("No shop yet"),
        _(
            "A shop is claimed with a link that its marketplace hands over, with the first notice about one of its listings or when it "
            "invites the shop. Look into the messages in your shop's back office."
        ),
    ),
)


@require_safe
def shops(request: HttpRequest) -> HttpResponse:
    """List the shops the organization has claimed.

    Raises:
        Forbidden: the organization is no seller.
    """
    organization = frame_of(request).organization
    if not is_seller(organization):
        raise Forbidden("sellers_only", _("Shops belong to sellers. Your organization is here for something else."))
    page = SHOPS.page(queries.own_shops(actor_of(request).organization_id), request.GET, request.path)
    return render(request, "marketplaces/shops.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a link offers and to whom; take the shop for the organization of whoever says yes."""
    if request.method == "POST":
        return identity.ask_second_factor(request) or _claimed(request, token)
    found = queries.invitation(token)
    context = {
        "invitation": found,
        "shop": found.seller,
        "marketplace": found.seller.marketplace.name(language_in_force()),
        "facts": seller_facts(found.seller, with_owner=False),
        "url": web_address(found.seller.url),
        "axis": SELLER_AXIS,
        **_reader(request),
    }
    return render(request, "marketplaces/claim.html", context)


def _claimed(request: HttpRequest, token: str) -> HttpResponse:
    shop = services.claim_shop(actor=actor_of(request), token=token)
    messages.success(request, _("%(shop)s is yours. Notices about its listings come to you here.") % {"shop": shop.name})
    return redirect("marketplaces:shops")


def _reader(request: HttpRequest) -> dict[str, Any]:
    """Return who looks (`visitor`, `seller`, `onlooker` who may not claim, `stranger` of another kind), and the ways in."""
    actor, organization = frame_of(request).actor, frame_of(request).organization
    if actor is None:
        reader = "visitor"
    elif not is_seller(organization):
        reader = "stranger"
    else:
        reader = "seller" if actor.role in CLAIMANTS else "onlooker"
    here = {"next": request.path}
    return {
        "reader": reader,
        "organization": organization,
        "sign_in_query": urlencode(here),
        "sign_up_query": urlencode({"kind": OrganizationKind.SELLER.value} | here),
    }

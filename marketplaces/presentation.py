"""How actions, shops and listings read on pages, and their place in the menus."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from ipp.core.clock import now
from ipp.core.edge import language_in_force
from ipp.core.models import Organization, OrganizationKind
from ipp.core.navigation import Link, add_group
from ipp.core.timeline import Facts, Sentence, register_sentences
from ipp.core.ui import Fact, StateBadge, exact_day, register_states
from marketplaces.lifecycle import ActionKind, Status
from marketplaces.models import Action, Listing, Marketplace, Seller, Snapshot
from marketplaces.queries import rules_in_force, stuck_actions
from marketplaces.services.carrying_out import KEPT_DOWN

ACTION_AXIS = "marketplaces.action"
LISTING_AXIS = "marketplaces.listing"
SELLER_AXIS = "marketplaces.seller"

register_states(
    {
        ACTION_AXIS: {
            Status.PROPOSED: StateBadge(_l("Waiting to be sent"), "info", "hourglass"),
            Status.HELD: StateBadge(_l("Waiting for a person"), "warn", "user"),
            Status.SENT: StateBadge(_l("Sent, no answer yet"), "info", "send"),
            Status.ACKNOWLEDGED: StateBadge(_l("Acknowledged"), "ok", "check"),
            Status.FAILED: StateBadge(_l("Failed"), "bad", "circle-x"),
            Status.REVERSED: StateBadge(_l("Cancelled"), "mute", "arrow-back-up"),
        },
        LISTING_AXIS: {
            Listing.State.LIVE: StateBadge(_l("On sale"), "info", "building-store"),
            Listing.State.REMOVED: StateBadge(_l("Taken down"), "ok", "cloud-off"),
        },
        SELLER_AXIS: {
            Seller.State.OPEN: StateBadge(_l("Open"), "info", "building-store"),
            Seller.State.RESTRICTED: StateBadge(_l("Restricted"), "warn", "lock"),
            Seller.State.CLOSED: StateBadge(_l("Closed"), "bad", "ban"),
        },
    }
)


def _count(facts: Facts) -> dict[str, int]:
    return {"count": len(facts.get("action_ids", ()))}


def _place(facts: Facts) -> Facts:
    """Return what happened with the marketplace's name in the reader's language where the event has its key."""
    found = rules_in_force(now().date()).marketplaces.get(facts.get("marketplace", ""))
    return facts if found is None else {**facts, "marketplace": found.name(language_in_force())}


register_sentences(
    {
        "marketplaces.listings.seen": Sentence(
            lambda facts: (
                _("looked at %(count)d listings on %(marketplace)s, %(missing)d were not there")
                % {
                    "count": len(facts.get("listing_ids", ())),
                    "missing": len(facts.get("missing", ())),
                    "marketplace": facts.get("marketplace", ""),
                }
            ),
            "eye",
        ),
        "marketplaces.actions.acknowledged": Sentence(
            lambda facts: (
                ngettext("%(count)d action was acknowledged", "%(count)d actions were acknowledged", _count(facts)["count"]) % _count(facts)
            ),
            "check",
            "ok",
        ),
        "marketplaces.actions.failed": Sentence(
            lambda facts: ngettext("%(count)d action failed", "%(count)d actions failed", _count(facts)["count"]) % _count(facts),
            "circle-x",
            "bad",
            "error",
        ),
        "marketplaces.actions.confirmed": Sentence(
            lambda facts: (
                ngettext("%(count)d action was seen to be done", "%(count)d actions were seen to be done", _count(facts)["count"])
                % _count(facts)
            ),
            "checks",
            "ok",
        ),
        "marketplaces.actions.contradicted": Sentence(
            lambda facts: (
                ngettext(
                    "%(count)d action had no effect although it was acknowledged; it is sent again",
                    "%(count)d actions had no effect although they were acknowledged; they are sent again",
                    _count(facts)["count"],
                )
                % _count(facts)
            ),
            "alert-triangle",
            "warn",
        ),
        "marketplaces.shop.invited": Sentence(
            lambda facts: _("had the shop %(shop_name)s on %(marketplace)s asked to claim itself") % _place(facts), "send", "info"
        ),
        "marketplaces.shop.claimed": Sentence(
            lambda facts: _("claimed the shop %(shop_name)s on %(marketplace)s") % _place(facts), "building-store", "ok"
        ),
        "marketplaces.action.retried": Sentence(lambda facts: _("had an action sent again (%(reference)s)") % facts, "refresh", "info"),
        "marketplaces.action.settled_by_hand": Sentence(
            lambda facts: _("did by hand what no machine could (%(reference)s)") % facts, "user-check", "ok", "note"
        ),
    }
)


def is_seller(organization: Organization | None) -> bool:
    """Tell whether an organization is here with shops."""
    return organization is not None and organization.kind == OrganizationKind.SELLER


add_group(
    "staff",
    (
        _l("Marketplaces"),
        (
            Link("marketplaces:actions", _l("Actions"), "plug-connected", count=stuck_actions, due=True),
            Link("marketplaces:sellers", _l("Shops"), "building-store"),
        ),
    ),
    position=0,
)

add_group(
    "portal",
    (_l("Shops"), (Link("marketplaces:shops", _l("Your shops"), "building-store", shown=is_seller),)),
    position=1,
)


def kind_word(action: Action) -> str:
    """Return what an action asks for, in words."""
    return str(ActionKind(action.kind).label)


def target_word(action: Action) -> str:
    """Return what an action is about: the listing's title or the shop's name, else its number."""
    return str(action.listing or action.seller or action.target_external_id)


def remark(action: Action) -> str:
    """Return in words what keeps an action from being done, or that it was seen to be done; empty where there is nothing to say."""
    if action.status == Status.HELD and action.last_error == KEPT_DOWN:
        return _("Another complaint keeps this listing down. It goes on by itself once that one falls.")
    if action.status == Status.HELD and action.marketplace.connector == Marketplace.Connector.NONE:
        if action.kind == ActionKind.MESSAGE:
            return _("This marketplace takes no messages from machines. Hand it over there, then say so here.")
        return _("No machine can do this on this marketplace. Do it there, then say so here.")
    if action.status == Status.HELD:
        return _("A person has to let it go.")
    if action.status == Status.ACKNOWLEDGED:
        return _("Seen to be done.") if action.confirmed_at else _("Not seen yet.") if action.settled_at is None else ""
    reason = action.last_error.partition(":")[0]
    return str(WORDS.get(reason, "")) or action.last_error


WORDS = {
    "connection": _l("The marketplace cannot be reached; it is tried again with growing pauses."),
    "timeout": _l("The marketplace does not answer in time; it is tried again with growing pauses."),
    "server_error": _l("The marketplace has trouble of its own; it is tried again with growing pauses."),
    "busy": _l("The marketplace is busy; it is tried again with growing pauses."),
    "signature": _l("The marketplace does not accept our signature: compare the shared secret and the clocks."),
    "not configured": _l("The connector's secret is not set up."),
    "unreachable": _l("The marketplace could not be reached for a whole day."),
    "contradicted": _l("The marketplace said done, but it was not."),
    "no_such_listing": _l("The marketplace knows no such listing."),
    "no_such_shop": _l("The marketplace knows no such shop."),
    "shop_closed": _l("The shop is closed already."),
    "bad_link": _l("The link is none that the marketplace takes."),
}
"""What the first word of `Action.last_error` means; words of marketplaces that are not here stand for themselves."""


def web_address(url: str) -> str:
    """Return an address a marketplace gave if it is one of the web, else nothing: it becomes a link."""
    return url if url.startswith(("https://", "http://")) else ""


def price_of(snapshot: Snapshot | None) -> str:
    """Return a price as the reader writes numbers; empty where there is none."""
    if snapshot is None or snapshot.price_amount is None:
        return ""
    return f"{number_format(Decimal(snapshot.price_amount), 2)} {snapshot.price_currency}"


def seller_facts(seller: Seller, *, with_owner: bool = True) -> list[Fact]:
    """Return what is known of a shop; who claimed it is nothing for strangers."""
    owner = seller.organization if with_owner else None
    return [
        Fact(_("Marketplace"), seller.marketplace.name(language_in_force())),
        Fact(_("Number"), seller.external_id, is_ref=True),
        Fact(_("Place"), seller.place),
        Fact(_("Open since"), exact_day(seller.since) if seller.since else ""),
        Fact(_("Claimed by"), owner or ""),
    ]


def listing_facts(listing: Listing) -> list[Fact]:
    """Return what is known of a listing."""
    return [
        Fact(_("Marketplace"), listing.marketplace.name(language_in_force())),
        Fact(_("Number"), listing.external_id, is_ref=True),
        Fact(_("Price"), price_of(listing.latest)),
        Fact(_("Compared by"), listing.key, is_ref=True),
    ]

"""What is said about a link, by code: plain English that pages translate."""

from __future__ import annotations


def gettext_noop(text: str) -> str:
    """Return the text as it is; its name lets the collection of messages find it, and this module stays free of Django."""
    return text


MESSAGES: dict[str, str] = {
    "backslash": gettext_noop("A link has / and never \\. Copy the address from the browser again."),
    "bad_host": gettext_noop("The name of the site cannot be read. Copy the address from the browser again."),
    "bad_id": gettext_noop("This number is not a listing of this marketplace. Paste the link of the listing instead."),
    "bare_number": gettext_noop("Say which marketplace this number belongs to: write the marketplace's name before it, or paste the link."),
    "control_characters": gettext_noop("The link holds a hidden character or a line break. Copy the address from the browser again."),
    "empty": gettext_noop("There is nothing here. Paste the link of a listing."),
    "ip_host": gettext_noop("The link leads to a number instead of a site's name. Paste the address the marketplace itself shows."),
    "link_needed": gettext_noop("On this marketplace the number alone does not name a listing. Paste the link of the listing."),
    "lookalike_host": gettext_noop("This site is not the marketplace its name resembles. Check the address letter by letter."),
    "needs_merchant": gettext_noop(
        "Several sellers share this page. Paste the link with the seller in it (merchantId), or add the seller's number."
    ),
    "no_link_inside": gettext_noop("This page of a shopping agent names no listing. Paste the link of the listing itself."),
    "no_listing": gettext_noop("This page of the marketplace is not a listing. Open the listing and copy its address."),
    "not_a_link": gettext_noop("This is not a link. Paste the address of a listing, or a marketplace and a number."),
    "port": gettext_noop("The link names a port after the site. Remove the colon and the number behind the site's name."),
    "scheme": gettext_noop("Only links that begin with https:// or http:// can be used. Copy the address from a browser."),
    "short_link": gettext_noop("This is a short link, which does not name its listing. Open it and paste the address it leads to."),
    "site_missing": gettext_noop(
        "This marketplace has a site per country. Write the marketplace, the country and the number, or paste the link."
    ),
    "space_inside": gettext_noop("There is a space inside the link. Remove it, or copy the address from the browser again."),
    "store": gettext_noop("This is a store and not a listing. Open the listing in the store and copy its address."),
    "too_long": gettext_noop("The link is longer than 2,048 characters. Copy the address up to the listing's number."),
    "two_listings": gettext_noop("The link names two different listings. Paste one link for each."),
    "unknown_site": gettext_noop("This site is not one of the marketplaces served here. Check the address."),
    "user_info": gettext_noop("There is a name before an @ in front of the site, which hides where the link leads. Remove it."),
    "wrapped_twice": gettext_noop("This link is wrapped in another more than once. Paste the link of the listing itself."),
}
"""Every code a `Link` can carry. Only `needs_merchant` goes with a listing that can be used; it asks for something more."""

UNSUPPORTED = frozenset({"lookalike_host", "unknown_site"})
"""Codes of links that are well formed and lead somewhere else; the other refusals are `invalid`."""

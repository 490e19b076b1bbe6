"""Pages of marketplaces: the staff's, and on the portal those of people who have shops."""

from __future__ import annotations

from marketplaces.views.desk import actions, invite_shop, listing, retry_action, seller, sellers, settle_action

__all__ = ["actions", "invite_shop", "listing", "retry_action", "seller", "sellers", "settle_action"]

"""The use cases of marketplaces: the catalogue, looking at listings, and actions from proposal to confirmation."""

from __future__ import annotations

from marketplaces.services.actions import (
    ActionTarget,
    ShopMessage,
    message_shops,
    note_effects,
    propose_actions,
    retry_action,
    reverse_actions,
    settle_by_hand,
)
from marketplaces.services.carrying_out import carry_out_due
from marketplaces.services.catalogue import import_catalogue, import_catalogues, take_in
from marketplaces.services.claiming import INVITING, claim_shop, invite_shop
from marketplaces.services.reconciling import reconcile_due
from marketplaces.services.sightings import clear_sightings, request_sightings, work_sightings

__all__ = [
    "INVITING",
    "ActionTarget",
    "ShopMessage",
    "carry_out_due",
    "claim_shop",
    "clear_sightings",
    "import_catalogue",
    "import_catalogues",
    "invite_shop",
    "message_shops",
    "note_effects",
    "propose_actions",
    "reconcile_due",
    "request_sightings",
    "retry_action",
    "reverse_actions",
    "settle_by_hand",
    "take_in",
    "work_sightings",
]

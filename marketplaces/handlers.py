"""What marketplaces do about their own events."""

from __future__ import annotations

from ipp.core.events import Envelope, on
from marketplaces.events import ActionsConfirmed
from marketplaces.services import note_effects


@on(ActionsConfirmed)
def note_confirmed_effects(envelope: Envelope, fact: ActionsConfirmed) -> None:
    """Write into the catalogue what a person saw on a marketplace without a connector."""
    note_effects(action_ids=fact.action_ids)

"""Closing a shop: one person proposes, another one releases or sends back. Two accounts of one person are one person."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.errors import FieldError, Forbidden, InvalidInput, NotFound
from ipp.core.events import DomainEvent
from ipp.core.lifecycle import advance
from ipp.core.models import User
from penalties.events import ClosureProposed, ClosureSentBack, ShopClosed
from penalties.lifecycle import SANCTION
from penalties.models import Sanction
from penalties.services.records import lock_records, tell_of

LONGEST_NOTE = 2000


@transaction.atomic
def propose_closure(*, actor: Actor, code: str, note: str) -> Sanction:
    """Propose that a shop be closed, as the first of two persons.

    Raises:
        NotFound: no such closure.
        InvalidInput: no note that says what was looked at.
        IllegalTransition: it is proposed, in force or taken back already.
    """
    row, said = _locked(code), _note(note)
    first = {
        "proposed_by_id": actor.person_id,
        "proposed_person": _person(actor),
        "proposed_at": IppNow(),
        "proposal_note": said,
        "release_note": "",
    }
    return _move(actor, row, "propose", ClosureProposed(**_named(row), note=said), **first)


@transaction.atomic
def release_closure(*, actor: Actor, code: str, note: str = "") -> Sanction:
    """Agree to a closure, as the second person: the shop is closed.

    Raises:
        NotFound: no such closure.
        Forbidden: the same person proposed it, under whichever account.
        IllegalTransition: it is not proposed (any more): sent back, in force, or its strikes fell.
    """
    row = _locked(code)
    person = _person(actor)
    if row.proposed_person == person:
        raise Forbidden(
            "same_person",
            _("You proposed this closure yourself. A second person has to agree to it; another account of yours does not make two."),
        )
    said = note.strip()[:LONGEST_NOTE]
    fact = ShopClosed(**_named(row), level=row.strike.level, seller_id=row.seller_id, note=said)
    second = {"released_by_id": actor.person_id, "released_person": person, "release_note": said, "in_force_at": IppNow()}
    return _move(actor, row, "release", fact, **second)


@transaction.atomic
def send_back_closure(*, actor: Actor, code: str, note: str) -> Sanction:
    """Send a proposed closure back to be looked at again; the shop stays as it is.

    Raises:
        NotFound: no such closure.
        InvalidInput: no note that says why.
        IllegalTransition: it is not proposed (any more).
    """
    row, said = _locked(code), _note(note)
    return _move(actor, row, "send_back", ClosureSentBack(**_named(row), note=said), release_note=said)


def _locked(code: str) -> Sanction:
    """Return a closure, its shop's record locked first: what takes strikes back waits, or has been before."""
    rows = Sanction.objects.select_related("seller", "strike").filter(code=code, measure="closure")
    found = rows.first()
    if found is None:
        raise NotFound
    lock_records([found.seller_id])
    return rows.get()


def _move(actor: Actor, row: Sanction, action: str, fact: DomainEvent, **changes: Any) -> Sanction:
    advance(Sanction.objects.all(), SANCTION, action, ids=[row.pk], **changes)
    tell_of(fact, actor=actor, seller=row.seller)
    row.refresh_from_db()
    return row


def _person(actor: Actor) -> str:
    return User.objects.values_list("person", flat=True).get(pk=actor.person_id)


def _named(row: Sanction) -> dict[str, str]:
    return {"code": row.seller.code, "shop": row.seller.name, "sanction": row.code, "reference": row.reference}


def _note(text: str) -> str:
    said = text.strip()[:LONGEST_NOTE]
    if not said:
        error = FieldError("note", "required", _("Say in a sentence what you looked at and why."))
        raise InvalidInput("note_missing", _("The note is empty; whoever decides next reads it."), errors=[error])
    return said

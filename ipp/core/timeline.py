"""The story of a record in sentences: the organization's own events and what it was told, oldest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ipp.core.actors import Actor
from ipp.core.models import Event, Notification
from ipp.core.ui import TimelineEntry, Tone

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Sentence:
    """How one kind of event reads. `text` gets the stored facts and goes on after the name of whoever did it.

    `quote` names the fact that is somebody's own words, `page` the portal's route to the record by the fact `code`.
    """

    text: Callable[[Facts], str]
    icon: str
    tone: Tone = "mute"
    quote: str = ""
    page: str = ""


SENTENCES: dict[str, Sentence] = {}


def register_sentences(sentences: Mapping[str, Sentence]) -> None:
    """Add an app's sentences by event or notification name."""
    SENTENCES.update(sentences)


def read_sentence(name: str, facts: Facts) -> str:
    """Return one event as a line of its own; an unknown name stands for itself, so nothing is ever hidden from an auditor."""
    sentence = SENTENCES.get(name)
    return capfirst(sentence.text(facts)) if sentence else name


def page_of(name: str, facts: Facts) -> str:
    """Return the address of the record an event is about, or nothing where it has no page."""
    sentence = SENTENCES.get(name)
    return reverse(sentence.page, args=[facts["code"]]) if sentence and sentence.page and "code" in facts else ""


def timeline(subject: Model, *, actor: Actor, keep: Callable[[str, Facts], bool] | None = None) -> list[TimelineEntry]:
    """Return what `actor` may know of `subject`: staff see every event, a tenant its own and what it was told.

    `keep` leaves out what a page tells elsewhere or is not about: it gets the name and the facts of each.
    """
    about = {"subject_type": subject._meta.label_lower, "subject_id": subject.pk}
    events = Event.objects.filter(**about)
    if not actor.is_staff:
        events = events.filter(organization_id=actor.organization_id)
    found = [(event.name, event.payload, event.occurred_at, _who(event)) for event in events.order_by("id")]
    if not actor.is_staff:
        # By what is not one's own, never by a join to the event: another organization's event is out of a tenant's reach.
        told = Notification.objects.filter(organization_id=actor.organization_id, **about).exclude(event__in=events)
        found += [(note.name, note.facts, note.occurred_at, _("The platform")) for note in told.order_by("id")]
    entries = [_entry(*one) for one in found if keep is None or keep(one[0], one[1])]
    return sorted((entry for entry in entries if entry is not None), key=lambda entry: entry.at)


def _who(event: Event) -> str:
    """Return who acted; a rule of the engine is the platform's doing to everybody who reads."""
    return _("The platform") if event.actor_kind == "system" else event.actor_label


def _entry(name: str, facts: Facts, at: Any, who: str) -> TimelineEntry | None:
    sentence = SENTENCES.get(name)
    if sentence is None:
        return None
    quote = str(facts.get(sentence.quote, "")) if sentence.quote else ""
    return TimelineEntry(sentence.text(facts), at, who=who, icon=sentence.icon, tone=sentence.tone, quote=quote)

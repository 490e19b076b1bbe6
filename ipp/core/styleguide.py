"""Invented content for the style guide: every component once, in every state it has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ipp.core.forms import ChoiceCards, DateInput
from ipp.core.icons import ICONS
from ipp.core.tables import Cell, Chip, Column, Head, Line, TablePage
from ipp.core.ui import ClockFace, Empty, Fact, Figure, MeterPart, StateBadge, Step, TimelineEntry

COLOUR_NAMES = """
canvas surface sunken line line-2 control ink ink-2 ink-3 accent accent-soft accent-line ok ok-soft ok-mark warn warn-soft warn-mark
bad bad-soft bad-mark info info-soft info-mark cn cn-soft cn-mark mute mute-soft mute-mark
"""
MOMENT = datetime(2026, 11, 24, 8, 42, tzinfo=UTC)
STATES = [
    StateBadge(_("Draft"), "mute", "pencil"),
    StateBadge(_("In review"), "info", "progress"),
    StateBadge(_("Waiting for you"), "warn", "hourglass"),
    StateBadge(_("Verified"), "ok", "shield-check"),
    StateBadge(_("Refused"), "bad", "circle-x"),
    StateBadge(_("Answer received"), "cn", "message-reply"),
]
CLOCKS = [
    ClockFace("ok", "18 h 40 min left", "Wed 25 Nov, 11:22 Shanghai", 0.78),
    ClockFace("soon", "5 h 18 min left", "Tue 24 Nov, 22:00 Shanghai", 0.22),
    ClockFace("late", "Late by 42 min", "was Tue 24 Nov, 16:00 Shanghai", 0),
    ClockFace("paused", "Paused, 4 h 02 left", "we wait for your answer", 0.17),
]
ENTRIES = [
    TimelineEntry("sent a business licence and a register extract.", MOMENT - timedelta(days=1), "Alice Moreau", "file-upload"),
    TimelineEntry(
        "asked about the company name.",
        MOMENT - timedelta(hours=3),
        "A verifier",
        "message-reply",
        "warn",
        "The paper says A/S, you typed AS. Which is right?",
    ),
    TimelineEntry("answered.", MOMENT - timedelta(hours=2), "Alice Moreau", "send", "cn"),
    TimelineEntry("said yes: name, number and dates agree.", MOMENT, "A verifier", "circle-check", "ok"),
]
FACTS = [
    Fact(_("Name"), "Fjordlys Outdoor AS"),
    Fact(_("Register number"), "99-0041-27", is_ref=True),
    Fact(_("Valid until"), "6 Mar 2028", "Renewal opens a year before"),
    Fact(_("Left out when empty"), ""),
]
FIGURES = [
    Figure(_("Waiting"), 14, note="the oldest since yesterday"),
    Figure(_("Median time"), "6 h 40", _("min")),
    Figure(_("In time"), "97.9%", note="46 of 47"),
    Figure(_("Refused"), 3),
]
STEPS = [Step(_("Who you are"), "done"), Step(_("Papers"), "current"), Step(_("Check and send"))]
PARTS = [MeterPart("verified", 226, "ok"), MeterPart("asked", 6, "cn"), MeterPart("refused", 9, "bad"), MeterPart("in review", 46, "info")]


class SampleForm(forms.Form):
    """One field of every kind."""

    kind = forms.ChoiceField(
        label=_("What brings you here?"),
        choices=[("holder", _("I own the rights")), ("agency", _("I act for rights holders"))],
        widget=ChoiceCards(hints={"agency": _("Under a power of attorney you will be asked for")}),
    )
    number = forms.CharField(label=_("Registration number"), help_text=_("As on the certificate, without spaces."))
    country = forms.ChoiceField(label=_("Country"), choices=[("", _("Choose one")), ("CN", _("China")), ("NO", _("Norway"))])
    valid_until = forms.DateField(label=_("Valid until"), widget=DateInput, required=False)
    paper = forms.FileField(label=_("Certificate"), help_text=_("PDF, JPEG, PNG or WebP, at most 20 MB."))
    remark = forms.CharField(label=_("Remark"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agree = forms.BooleanField(label=_("What I say here is true."))

    def clean_valid_until(self) -> date | None:
        """Refuse a term that has ended."""
        day: date | None = self.cleaned_data["valid_until"]
        if day is not None and day < MOMENT.date():
            raise forms.ValidationError(_("The term has ended. Add the renewal, or correct the date."))
        return day


@dataclass(frozen=True)
class SampleRow:
    """A row of the sample table."""

    reference: str
    name: str
    owner: str
    status: StateBadge
    clock: ClockFace
    added_at: datetime


ROWS = [
    SampleRow("VER-7Q4M-2F9", "TARNHOLT with twin peaks", "Fjordlys Outdoor AS", STATES[1], CLOCKS[1], MOMENT),
    SampleRow("VER-9K2P-4XD", "Night Heron 夜鹭", "Mara Lindqvist", STATES[2], CLOCKS[3], MOMENT - timedelta(days=1)),
    SampleRow("VER-3H8T-7WA", "Halvard frame", "Halvard Optik GmbH", STATES[3], CLOCKS[0], MOMENT - timedelta(days=4)),
]
COLUMNS: list[Column[Any]] = [
    Column("reference", _("Reference"), kind="ref", sortable=True),
    Column("name", _("Name"), second=lambda row: row.owner),
    Column("status", _("State"), kind="state"),
    Column("clock", _("Clock"), kind="clock"),
    Column("added_at", _("Added"), kind="time", sortable=True),
]


def samples(path: str) -> dict[str, Any]:
    """Return the context of `core/styleguide.html`; `path` is where its sample links lead: nowhere else."""
    return {
        "colours": COLOUR_NAMES.split(),
        "icons": sorted(ICONS),
        "states": STATES,
        "clocks": CLOCKS,
        "entries": ENTRIES,
        "facts": FACTS,
        "figures": FIGURES,
        "steps": STEPS,
        "parts": PARTS,
        "form": SampleForm(prefix="empty"),
        "wrong": _wrong_form(),
        "page": _table(path, ROWS),
        "no_rows": _table(path, []),
        "moment": MOMENT,
        "sample_day": date(2028, 3, 6),
        "path": path,
    }


def _wrong_form() -> SampleForm:
    form = SampleForm({"number": "", "kind": "holder", "country": "CN", "valid_until": "2018-03-06"})
    for name in ("paper", "remark", "agree", "kind"):
        del form.fields[name]
    return form


def _table(path: str, rows: list[SampleRow]) -> TablePage:
    lines = [
        Line(row, [Cell(c, c.read(row), c.second(row) if c.second else "", "" if number else path) for number, c in enumerate(COLUMNS)])
        for row in rows
    ]
    return TablePage(
        key=f"sample-{len(rows)}",
        heads=[Head(c, path if c.sortable else "", "descending" if c.name == "added_at" else "") for c in COLUMNS],
        lines=lines,
        chips=[(_("State"), [Chip(_("All"), path, True), Chip(_("Waiting"), path, False), Chip(_("Verified"), path, False)])]
        if rows
        else [],
        next_url=path if rows else "",
        previous_url="",
        reset_url=path,
        empty=Empty(
            "certificate",
            _("No rights yet"),
            _("Add a certificate first. Checking takes up to three business days."),
            path,
            _("Add a right"),
        ),
        is_filtered=False,
    )

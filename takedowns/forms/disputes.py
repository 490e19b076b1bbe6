"""The forms of the desk about disputes: a ruling between both sides, and overturning a claim that stood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from takedowns.forms.desk import PositionsField
from takedowns.models import DisputeCode
from takedowns.rules import MAX_STATEMENT


class RulingForm(forms.Form):
    """What an adjudicator decides about the ticked listings; the button says which way and for which reason."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    positions = PositionsField(required=False)
    ruling = forms.CharField(required=False, max_length=20)
    message = forms.CharField(
        label=_("Words to both sides"),
        required=False,
        max_length=MAX_STATEMENT,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Shown and mailed word for word, with the reason."),
    )
    note = forms.CharField(
        label=_("Note for colleagues"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("No party ever sees it."),
    )

    @property
    def typed(self) -> dict[str, Any]:
        """What was typed or chosen, sound or not: none of it may be lost."""
        return {name: self.data.get(name, "") for name in ("message", "note", "ruling")}

    def faults(self) -> Sequence[str]:
        """Return what is wrong with fields nobody sees; the others say it themselves."""
        return [str(message) for name in ("version", "positions", "ruling") for message in self[name].errors]


class OverturnForm(forms.Form):
    """Which claims are overturned, why, and what both sides read."""

    positions = PositionsField(required=False)
    ruling = forms.ChoiceField(
        label=_("Why is it overturned?"), widget=forms.RadioSelect, error_messages={"required": _("Choose the reason; both sides read it.")}
    )
    message = forms.CharField(
        label=_("Words to both sides"),
        max_length=MAX_STATEMENT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Say what was wrong with the decision. Shown and mailed word for word."),
        error_messages={"required": _("Say what was wrong; both sides read it.")},
    )

    def __init__(self, *args: Any, codes: Sequence[DisputeCode], language: str, **more: Any) -> None:
        """Offer the reasons in force."""
        super().__init__(*args, **more)
        field = self.fields["ruling"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code.pk, code.label(language)) for code in codes]

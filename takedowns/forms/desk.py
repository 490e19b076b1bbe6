"""The forms of the review desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from takedowns.rules import MAX_LISTINGS


class PositionsField(forms.Field):
    """The listings decided, by their place in the complaint: one field sent once for each."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[int]:
        """Return the places as numbers, each once, in order."""
        try:
            places = sorted({int(item) for item in value or ()})
        except (TypeError, ValueError):
            raise ValidationError(_("These are no listings of a complaint."), code="invalid") from None
        if any(not 1 <= place <= MAX_LISTINGS for place in places):
            raise ValidationError(_("These are no listings of a complaint."), code="invalid")
        return places


class DeskForm(forms.Form):
    """What a reviewer decides about one listing or several; which fields are needed depends on the button."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    listing = forms.IntegerField(widget=forms.HiddenInput, required=False)
    positions = PositionsField(required=False)
    message = forms.CharField(
        label=_("Words to the parties"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Shown and mailed word for word. A question needs them."),
    )
    rejection = forms.CharField(label=_("Why is it not accepted?"), required=False, max_length=20)
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
        return {name: self.data.get(name, "") for name in ("message", "note", "rejection")}

    def faults(self) -> Sequence[str]:
        """Return what is wrong with fields nobody sees; the others say it themselves."""
        return [str(message) for field in self.hidden_fields() for message in field.errors]

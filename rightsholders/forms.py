"""The forms of rights holders' pages."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ipp.core.countries import country_choices
from ipp.core.forms import DateInput
from ipp.core.services.files import ACCEPTED
from rightsholders.models import PaperKind, RefusalReason
from rightsholders.rules import papers_for


class PaperForm(forms.Form):
    """An identity paper: the picture and what stands on it."""

    kind = forms.ChoiceField(label=_("Which paper is it?"), widget=forms.RadioSelect)
    file = forms.FileField(
        label=_("Picture or scan of the paper"),
        help_text=_("JPEG, PNG, WebP or PDF, at most 20 MB. All four corners visible, nothing covered."),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )
    holder_name = forms.CharField(label=_("Name on the paper"), max_length=200, help_text=_("Exactly as it stands there."))
    number = forms.CharField(label=_("Number on the paper"), max_length=60)
    country = forms.ChoiceField(label=_("Issued in"))
    expires_on = forms.DateField(
        label=_("Valid until"), required=False, widget=DateInput, help_text=_("Leave empty when the paper names no end.")
    )
    submission = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, account_kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = papers_for(account_kind)
        kind, country = self.fields["kind"], self.fields["country"]
        assert isinstance(kind, forms.ChoiceField)
        assert isinstance(country, forms.ChoiceField)
        kind.choices = [(value, label) for value, label in PaperKind.choices if value in offered]
        country.choices = [("", _("Choose a country")), *country_choices()]
        if len(offered) == 1:
            self.initial["kind"] = offered[0]

    def clean_holder_name(self) -> str:
        """Fold full-width and other look-alike forms, so that the same name is the same text."""
        return unicodedata.normalize("NFKC", self.cleaned_data["holder_name"]).strip()

    def clean_number(self) -> str:
        """Fold full-width digits."""
        return unicodedata.normalize("NFKC", self.cleaned_data["number"]).strip()


class DecisionForm(forms.Form):
    """What a verifier decides; which fields are needed depends on the button."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    message = forms.CharField(
        label=_("Words to the applicant"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Shown and mailed word for word."),
    )
    reason = forms.ChoiceField(label=_("Reason, if you refuse"), required=False, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("Note for colleagues"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Never shown to the applicant."),
    )

    def __init__(self, *args: Any, reasons: list[RefusalReason], language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reason"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(reason.code, reason.label(language)) for reason in reasons]

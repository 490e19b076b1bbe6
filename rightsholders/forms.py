"""The forms of rights holders' pages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from ipp.core.countries import country_choices
from ipp.core.forms import DateInput
from ipp.core.services.files import ACCEPTED
from rightsholders.models import DocumentKind, PaperKind, RefusalReason, RightKind
from rightsholders.rules import offices_for, papers_for


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


class FilesInput(forms.FileInput):
    """A file field that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several uploads, cleaned one by one."""

    widget = FilesInput

    def __init__(self, *, label: Any, help_text: Any = "", required: bool = False) -> None:
        widget = FilesInput(attrs={"accept": ACCEPTED, "multiple": True})
        super().__init__(label=label, help_text=help_text, required=required, widget=widget)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the list of files."""
        if self.required and not data:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [super(FilesField, self).clean(item, initial) for item in data or []]


class NumbersField(forms.CharField):
    """Numbers typed one after the other, with anything but digits between them."""

    def to_python(self, value: Any) -> Any:
        """Return the numbers."""
        typed = unicodedata.normalize("NFKC", super().to_python(value) or "")
        if re.search(r"[^\d\s,;、/.-]", typed):
            raise forms.ValidationError(_("Type class numbers only, such as 8, 21."), code="not_numbers")
        return [int(number) for number in re.findall(r"\d{1,4}", typed, re.ASCII)]


class CodesField(forms.CharField):
    """Country codes typed one after the other."""

    def to_python(self, value: Any) -> Any:
        """Return the codes in upper case."""
        return re.findall(r"[^\s,;、]+", (super().to_python(value) or "").upper())


PATENTS = (RightKind.UTILITY_MODEL, RightKind.INVENTION)
RIGHT_FIELDS: dict[str, tuple[str, ...]] = {
    RightKind.TRADEMARK: ("office", "number", "territories", "nice_classes", "goods", "filed_on", "registered_on", "expires_on"),
    RightKind.COPYRIGHT: (
        "author",
        "created_on",
        "published_on",
        "work_link",
        "office",
        "number",
        "registered_on",
        "expires_on",
        "claim_statement",
    ),
    RightKind.DESIGN: ("office", "number", "territories", "locarno_class", "filed_on", "registered_on", "expires_on"),
    RightKind.UTILITY_MODEL: ("office", "number", "filed_on", "registered_on", "expires_on"),
    RightKind.INVENTION: ("office", "number", "filed_on", "registered_on", "expires_on"),
}
"""Fields of each kind beside name and owner (requirement IPR-03), in the order of the form."""

RIGHT_FILES: dict[str, tuple[str, ...]] = {
    RightKind.TRADEMARK: ("certificate", "classes", "mark", "extension", "other"),
    RightKind.COPYRIGHT: ("work", "certificate", "other"),
    RightKind.DESIGN: ("certificate", "report", "other"),
    RightKind.UTILITY_MODEL: ("certificate", "report", "other"),
    RightKind.INVENTION: ("certificate", "report", "other"),
}
"""Documents each kind may bring, the one it cannot do without first; what else must come is the service's to say."""

FILE_HELP = {
    "certificate": _("A colour copy of every page, with the seal of the authority."),
    "classes": _("The pages of the certificate that list classes and goods, where they are a file of their own."),
    "mark": _("The mark as it is registered; reviewers lay it beside listings."),
    "work": _("The work itself: a picture, a page, a still."),
    "report": _("The patent right evaluation report, where the office grants without examination."),
    "extension": _("For a Madrid mark used for China: the certificate of CNIPA."),
    "other": _("Assignments, changes of name, renewals, translations."),
}


class RightForm(forms.Form):
    """A right of one kind: what stands on its certificate, and the documents."""

    name = forms.CharField(label=_("Title"), max_length=200)
    owner_name = forms.CharField(label=_("Owner"), max_length=200, help_text=_("Exactly as it stands on the document."))
    office = forms.ChoiceField(label=_("Registered at"))
    number = forms.CharField(label=_("Registration number"), max_length=60)
    territories = CodesField(
        label=_("Designated countries"),
        required=False,
        max_length=600,
        help_text=_("Only for an international registration (WIPO): two-letter codes such as CN, DE, EU."),
    )
    nice_classes = NumbersField(label=_("Nice classes"), max_length=300, help_text=_("The class numbers, such as 8, 21."))
    locarno_class = forms.CharField(label=_("Locarno class"), max_length=5, help_text=_("Class and subclass, such as 07-01."))
    goods = forms.CharField(
        label=_("Goods and services"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("As the certificate lists them; the part you rely on is enough."),
    )
    filed_on = forms.DateField(label=_("Filed on"), required=False, widget=DateInput)
    registered_on = forms.DateField(label=_("Registered on"), widget=DateInput)
    expires_on = forms.DateField(label=_("Holds until"), widget=DateInput, help_text=_("The last day, after the latest renewal."))
    author = forms.CharField(label=_("Author"), required=False, max_length=200)
    created_on = forms.DateField(label=_("Made on"), required=False, widget=DateInput)
    published_on = forms.DateField(label=_("First published on"), required=False, widget=DateInput)
    work_link = forms.CharField(
        label=_("Link to the work"), required=False, max_length=500, help_text=_("Where it was first published, such as https://…")
    )
    claim_statement = forms.BooleanField(
        label=_("I made this work or hold the right in it, and I answer for this statement."),
        required=False,
        help_text=_("Needed when the work is not registered."),
    )
    submission = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        wanted = ("name", "owner_name", *RIGHT_FIELDS[kind], "submission")
        self.fields = {name: self.fields[name] for name in wanted}
        for place, document in enumerate(RIGHT_FILES[kind]):
            label, help_text = DocumentKind(document).label, FILE_HELP[document]
            self.fields[document] = FilesField(label=label, help_text=help_text, required=place == 0)
        offices = self.fields["office"]
        assert isinstance(offices, forms.ChoiceField)
        nothing = _("Not registered") if kind == RightKind.COPYRIGHT else _("Choose an office")
        offices.choices = [("", nothing), *((row.key, row.name) for row in offices_for(kind))]
        self._name_fields()

    def clean_number(self) -> str:
        """Fold full-width digits."""
        return unicodedata.normalize("NFKC", self.cleaned_data["number"]).strip()

    def clean_owner_name(self) -> str:
        """Fold full-width and other look-alike forms, so that the same name is the same text."""
        return unicodedata.normalize("NFKC", self.cleaned_data["owner_name"]).strip()

    def documents(self) -> list[tuple[str, UploadedFile[bytes]]]:
        """Return each upload with its kind, in the order of the form."""
        return [(kind, upload) for kind in RIGHT_FILES[self.kind] for upload in self.cleaned_data.get(kind, [])]

    def typed(self) -> dict[str, Any]:
        """Return the cleaned values that are no files."""
        return {name: self.cleaned_data[name] for name in ("name", "owner_name", *RIGHT_FIELDS[self.kind])}

    @property
    def parts(self) -> Sequence[tuple[Any, Sequence[Sequence[BoundField]]]]:
        """The visible fields in rows under their headings: what it is, what the register says, the documents."""
        register = [name for name in RIGHT_FIELDS[self.kind] if name in REGISTER]
        own = [name for name in RIGHT_FIELDS[self.kind] if name not in REGISTER]
        groups = (
            (_("What it is"), ["name", "owner_name", *own]),
            (_("What the register says"), register),
            (_("Documents"), list(RIGHT_FILES[self.kind])),
        )
        return [(title, self._rows(names)) for title, names in groups]

    def _rows(self, names: Sequence[str]) -> list[list[BoundField]]:
        """Put neighbours of one pair into one row."""
        rows: list[list[BoundField]] = []
        for name in names:
            if rows and (rows[-1][-1].name, name) in PAIRS:
                rows[-1].append(self[name])
            else:
                rows.append([self[name]])
        return rows

    def _name_fields(self) -> None:
        if self.kind == RightKind.TRADEMARK:
            self.fields["name"].label = _("Words of the mark")
            self.fields["name"].help_text = _("For a mark without words, say what it shows.")
        if self.kind == RightKind.COPYRIGHT:
            self.fields["name"].label = _("Title of the work")
            for name in ("number", "registered_on", "expires_on"):
                self.fields[name].required = False
            self.fields["office"].required = False
        if self.kind in PATENTS:
            self.fields["registered_on"].label = _("Granted on")
            self.fields["number"].label = _("Patent number")
        if self.kind in (*PATENTS, RightKind.DESIGN):
            self.fields["filed_on"].required = True


PAIRS = frozenset({("office", "number"), ("created_on", "published_on"), ("registered_on", "expires_on")})
"""Fields that stand beside each other where there is room."""

REGISTER = frozenset({"office", "number", "territories", "filed_on", "registered_on", "expires_on"})


class RightAnswerForm(forms.Form):
    """An answer to a verifier's question about a right: documents, words, or both."""

    message = forms.CharField(label=_("Your answer"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    submission = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        for document in RIGHT_FILES[kind]:
            self.fields[document] = FilesField(label=DocumentKind(document).label, help_text=FILE_HELP[document])

    def documents(self) -> list[tuple[str, UploadedFile[bytes]]]:
        """Return each upload with its kind, in the order of the form."""
        return [(kind, upload) for kind in RIGHT_FILES[self.kind] for upload in self.cleaned_data.get(kind, [])]


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

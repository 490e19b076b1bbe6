"""The forms in which a rights holder answers a counter-notice: accept it, or reject it with reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ipp.core.models import StoredFile
from takedowns.forms.portal import MAX_ANSWER_FILES, FilesField
from takedowns.models import DisputeCode
from takedowns.rules import MAX_STATEMENT

TOO_LONG = _("At most 5,000 characters; put longer texts into a file.")


class WaitingField(forms.MultipleChoiceField):
    """Some of the listings that wait. Those answered meanwhile can still be named: the service says what became of them."""

    def __init__(self, *, known: Iterable[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.known = {str(position) for position in known}

    def valid_value(self, value: Any) -> bool:
        """Whether the counter-notice has such a listing at all."""
        return str(value) in self.known


class _ForListings(forms.Form):
    """An answer for some of the listings that wait; a single one is not asked about."""

    use_required_attribute = False
    positions: forms.MultipleChoiceField
    submission = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, known: Iterable[int], choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget = forms.CheckboxSelectMultiple() if len(choices) > 1 else forms.MultipleHiddenInput()
        field = WaitingField(
            known=known,
            label=_("For which listings?"),
            choices=choices,
            widget=widget,
            initial=[value for value, _label in choices],
            error_messages={"required": _("Choose at least one listing.")},
        )
        self.fields = {"positions": field, **self.fields}

    def chosen(self) -> list[int]:
        """Return the positions chosen."""
        return sorted(int(value) for value in self.cleaned_data["positions"])


class AcceptForm(_ForListings):
    """Accept a counter-notice, which withdraws the claim."""

    message = forms.CharField(
        label=_("A word to the seller"),
        required=False,
        max_length=MAX_STATEMENT,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": TOO_LONG},
    )


class RejectForm(_ForListings):
    """Reject a counter-notice: reasons, words, files. `files_held` are those an earlier try stored."""

    reasons = forms.MultipleChoiceField(
        label=_("Why do you reject it?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one reason from the list.")},
    )
    message = forms.CharField(
        label=_("In your own words"),
        max_length=MAX_STATEMENT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The seller and the second reviewer read it. Say what is wrong with the seller's proof."),
        error_messages={"required": _("Say why; the seller and the second reviewer read it."), "max_length": TOO_LONG},
    )
    attachments = FilesField(
        label=_("Files"), required=False, help_text=_("Both sides see them. JPEG, PNG, WebP or PDF, at most 20 MB each and ten at once.")
    )

    def __init__(self, *args: Any, reasons: Sequence[DisputeCode], files: Sequence[StoredFile] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        field = self.fields["reasons"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(code.pk, code.label(language)) for code in reasons]
        self.files_held = list(files)

    def hold(self, file: StoredFile) -> None:
        """Carry a stored file along, once."""
        if file.code not in [known.code for known in self.files_held]:
            self.files_held.append(file)

    def clean_attachments(self) -> list[UploadedFile[bytes]]:
        """Refuse more files than one answer takes."""
        files: list[UploadedFile[bytes]] = self.cleaned_data["attachments"]
        if len(files) + len(self.files_held) > MAX_ANSWER_FILES:
            raise forms.ValidationError(_("At most ten files at once."))
        return files

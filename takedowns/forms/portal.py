"""The forms of filing and following a complaint."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ipp.core.forms import ChoiceCards, DateInput
from ipp.core.services.files import ACCEPTED
from rightsholders.models import Right
from takedowns.models import ReasonCode
from takedowns.rules import DECLARATIONS
from takedowns.services.drafts import MAX_LINKS_TEXT

GENUINE, NOT_GENUINE = "yes", "no"
MAX_WORDS = 5000
MAX_ANSWER_FILES = 10

DECLARATION_WORDS = {
    "good_faith": _("I believe in good faith that nobody with a right to do so, and no law, allows these listings to use my right."),
    "accuracy": _("What I state here is accurate and complete, to the best of my knowledge."),
    "authority": _("I own this right, or I am authorized by its owner to act against these listings."),
    "liability": _("I know that a wrong notice can make me liable for the seller's loss (E-Commerce Law, art. 42)."),
}
"""The declarations of `rules.DECLARATIONS` in plain words."""


class MultipleFileInput(forms.ClearableFileInput):
    """A field that takes several files at once."""

    template_name = forms.FileInput.template_name
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Some files; `attached` says that there are some already, so that none is missing."""

    widget = MultipleFileInput(attrs={"accept": ACCEPTED, "multiple": True})

    def __init__(self, *, attached: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.attached = attached

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        """Return the files chosen, which may be none where some are attached or none is needed."""
        chosen = [item for item in data or () if item] if isinstance(data, list | tuple) else [data] if data else []
        if not chosen and self.required and not self.attached:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [super(FilesField, self).clean(item, initial) for item in chosen]


class RightForm(forms.Form):
    """Which right a complaint relies on; one and only one (requirement IPR-07). Each comes with a line that tells it from the others."""

    right = forms.ChoiceField(
        label=_("Which right do the listings infringe?"), error_messages={"required": _("Choose the right this complaint relies on.")}
    )

    def __init__(self, *args: Any, rights: Sequence[tuple[Right, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["right"]
        assert isinstance(field, forms.ChoiceField)
        field.widget = ChoiceCards(hints={right.code: line for right, line in rights})
        field.choices = [(right.code, right.name) for right, _line in rights]


class ReasonForm(forms.Form):
    """Why the listings are reported, and whether it is about genuine goods at all."""

    genuine = forms.ChoiceField(
        label=_("Are these your genuine goods, only sold outside your channels or below your price?"),
        choices=[(NOT_GENUINE, _("No, they infringe the right")), (GENUINE, _("Yes, they are genuine"))],
        widget=ChoiceCards(
            hints={GENUINE: _("Resale, parallel import, a price or a dealer's contract: no complaint can be filed about that.")}
        ),
        error_messages={"required": _("Answer this question first: it decides whether a complaint is the right way.")},
    )
    reason = forms.ChoiceField(
        label=_("What is wrong with the listings?"), error_messages={"required": _("Choose the reason that fits best.")}
    )

    def __init__(self, *args: Any, reasons: Sequence[ReasonCode], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        field = self.fields["reason"]
        assert isinstance(field, forms.ChoiceField)
        field.widget = ChoiceCards(hints={item.pk: item.help(language) for item in reasons})
        field.choices = _grouped(reasons, language)

    def clean(self) -> dict[str, Any]:
        """Leave the reason aside where the goods are genuine: the answer stops the filing."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("genuine") == GENUINE:
            self.errors.pop("reason", None)
        return cleaned


class LinksForm(forms.Form):
    """Pasted links in any form."""

    links = forms.CharField(
        label=_("Links to the listings"),
        widget=forms.Textarea(attrs={"rows": 10, "class": "ipp-paste", "spellcheck": "false", "autocomplete": "off"}),
        help_text=_(
            "Up to 300, one a line or all in one go: links from the browser or the app, share texts, cells of a table, "
            "or a marketplace and a number."
        ),
        error_messages={"required": _("Paste at least one link.")},
        max_length=MAX_LINKS_TEXT,
        strip=True,
    )


class EvidenceForm(forms.Form):
    """What a reason asks for, made from the reason's own list; `words` are the requirements in the reader's language, by their keys."""

    use_required_attribute = False

    def __init__(
        self,
        *args: Any,
        requirements: Sequence[Mapping[str, Any]],
        words: Mapping[str, str],
        attached: Collection[str],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.requirements, self.today = requirements, today
        for item in requirements:
            self.fields[field_name(item)] = _evidence_field(item, words[item["key"]], item["key"] in attached)
        self.fields["explanation"] = forms.CharField(
            label=_("Anything else the reviewer should know"),
            required=False,
            max_length=MAX_WORDS,
            widget=forms.Textarea(attrs={"rows": 4}),
            help_text=_("The seller reads this too. Leave out what is confidential."),
        )
        self.fields["seen_on"] = forms.DateField(
            label=_("When did you see the listings?"),
            widget=DateInput(attrs={"max": today.isoformat()}),
            help_text=_("The right must have been in force on that day."),
            error_messages={"required": _("Type the day on which you looked at the listings.")},
        )

    def clean_seen_on(self) -> date:
        """Refuse a day that has not come yet."""
        day: date = self.cleaned_data["seen_on"]
        if day > self.today:
            raise forms.ValidationError(_("This day lies in the future. Type the day on which you looked at the listings."))
        return day

    def typed(self) -> dict[str, Any]:
        """Return what was typed, right or wrong, as a draft keeps it."""
        statements: dict[str, str | bool] = {}
        for item in self.requirements:
            name = field_name(item)
            if item["kind"] == "tick":
                statements[item["key"]] = bool(self.data.get(name))
            elif item["kind"] != "file":
                statements[item["key"]] = str(self.data.get(name, ""))[:MAX_WORDS].replace("\x00", "")
        kept = {"statements": statements, "explanation": str(self.data.get("explanation", ""))[:MAX_WORDS].replace("\x00", "")}
        day = self.cleaned_data.get("seen_on")
        return {**kept, "seen_on": day.isoformat()} if day else kept


class SignForm(forms.Form):
    """The declarations and the signature."""

    declarations = forms.MultipleChoiceField(
        label=_("I declare"),
        choices=[(name, DECLARATION_WORDS[name]) for name in DECLARATIONS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("All four declarations are needed: without them nothing can be filed.")},
    )
    signed_name = forms.CharField(label=_("Your full name"), max_length=200, error_messages={"required": _("Sign with your full name.")})
    signed_role = forms.CharField(
        label=_("Your role"),
        max_length=120,
        help_text=_("For example: owner, head of brand protection, lawyer."),
        error_messages={"required": _("Say in which role you sign.")},
    )
    submission = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def clean_declarations(self) -> list[str]:
        """Ask for every declaration."""
        given: list[str] = self.cleaned_data["declarations"]
        if set(given) != set(DECLARATIONS):
            raise forms.ValidationError(self.fields["declarations"].error_messages["required"], code="required")
        return given


class AnswerForm(forms.Form):
    """The answer to a reviewer's question."""

    answer = forms.CharField(
        label=_("Your answer"),
        max_length=MAX_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write your answer; files alone do not say what they show.")},
    )
    attachments = FilesField(label=_("Files"), required=False, help_text=_("JPEG, PNG, WebP or PDF, at most 20 MB each and ten at once."))
    submission = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def clean_attachments(self) -> list[UploadedFile[bytes]]:
        """Refuse more files than one answer takes."""
        files: list[UploadedFile[bytes]] = self.cleaned_data["attachments"]
        if len(files) > MAX_ANSWER_FILES:
            raise forms.ValidationError(_("At most ten files at once."))
        return files


def field_name(item: Mapping[str, Any]) -> str:
    """Return what a requirement is called in the form."""
    return f"{'file' if item['kind'] == 'file' else 'say'}-{item['key']}"


def _grouped(reasons: Sequence[ReasonCode], language: str) -> list[Any]:
    """Return the choices under what an upheld listing weighs."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for item in reasons:
        groups.setdefault(item.get_severity_display(), []).append((item.pk, item.label(language)))
    return list(groups.items())


def _evidence_field(item: Mapping[str, Any], label: str, attached: bool) -> forms.Field:
    required = bool(item.get("required", True))
    values: dict[str, Any] = {
        "label": label,
        "required": required,
        "error_messages": {"required": _("Missing: this reason needs it.")},
    }
    if item["kind"] == "file":
        return FilesField(attached=attached, help_text=_("JPEG, PNG, WebP or PDF, at most 20 MB each."), **values)
    if item["kind"] == "tick":
        return forms.BooleanField(**values)
    if item["kind"] == "date":
        return forms.DateField(widget=DateInput, **values)
    if item["kind"] == "link":
        return forms.CharField(max_length=2048, widget=forms.TextInput(attrs={"inputmode": "url"}), **values)
    return forms.CharField(max_length=MAX_WORDS, widget=forms.Textarea(attrs={"rows": 3}), **values)

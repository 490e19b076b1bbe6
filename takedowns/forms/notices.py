"""The form in which a shop answers a notice: which listings, on what grounds with what each asks for, declarations, signature."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ipp.core.errors import FieldError
from ipp.core.forms import CheckCards
from ipp.core.models import StoredFile
from takedowns.forms.portal import FilesField
from takedowns.models import DisputeCode
from takedowns.rules import COUNTER_DECLARATIONS, FILE_KINDS, MAX_STATEMENT
from takedowns.services import Answer, answer_errors

DECLARATION_WORDS = {
    "truth": _(
        "Everything I say here is true, and every paper I bring is genuine. I know that forged papers are a violation of their own."
    ),
    "good_faith": _("I believe in good faith that these listings infringe nobody's right."),
    "liability": _("I know that I am liable for what a false counter-notice costs the rights holder (E-Commerce Law, art. 43)."),
}
"""The declarations of `rules.COUNTER_DECLARATIONS` in plain words."""

HELD = "held"
"""The hidden field that carries the files stored so far: `FIELD:CODE`, one a file."""


class SaidField(forms.CharField):
    """A text that is needed, about which the service complains and not the field: an unfinished answer can be kept on the page."""

    def validate(self, value: Any) -> None:
        """Take it empty."""


class ChosenField(forms.MultipleChoiceField):
    """Some of a few, at least one, about which the service complains and not the field."""

    def validate(self, value: Any) -> None:
        """Take none; refuse what is not offered."""
        if value:
            super().validate(value)


class PositionsField(ChosenField):
    """Some of the listings of a notice. Those somebody answered for meanwhile can still be named: the service says what became of them."""

    def __init__(self, *, known: Iterable[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.known = {str(position) for position in known}

    def valid_value(self, value: Any) -> bool:
        """Whether the notice has such a listing at all."""
        return str(value) in self.known


class CounterNoticeForm(forms.Form):
    """An answer to a notice. What it lacks is found by the service's own rule, so that page and API never differ."""

    use_required_attribute = False

    grounds = ChosenField(label=_("Why may you sell it?"), help_text=_("Choose all that apply."))
    statement = SaidField(
        label=_("In your own words"),
        max_length=MAX_STATEMENT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Say why the listing should come back. The rights holder reads this. Write in your language."),
        error_messages={"max_length": _("At most 5,000 characters; put longer texts into a file.")},
    )
    goods_location = forms.CharField(
        label=_("Where are the goods now?"), required=False, max_length=200, help_text=_("City and country, for example a warehouse.")
    )
    declarations = ChosenField(
        label=_("I declare"),
        choices=[(name, DECLARATION_WORDS[name]) for name in COUNTER_DECLARATIONS],
        widget=forms.CheckboxSelectMultiple,
    )
    signed_name = SaidField(label=_("Your full name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    signed_role = SaidField(label=_("Your role"), max_length=120, help_text=_("For example: owner, manager, lawyer of the shop."))
    submission = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(
        self,
        *args: Any,
        known: Iterable[int],
        choices: Sequence[tuple[str, str]],
        codes: Sequence[DisputeCode],
        held: Iterable[tuple[str, StoredFile]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        self.codes = codes
        self.held: dict[str, list[StoredFile]] = {}
        self.fields["positions"] = PositionsField(
            known=known, label=_("For which listings?"), choices=choices, widget=forms.CheckboxSelectMultiple
        )
        grounds = self.fields["grounds"]
        assert isinstance(grounds, forms.MultipleChoiceField)
        grounds.widget = CheckCards(hints={code.pk: code.help(language) for code in codes})
        grounds.choices = [(code.pk, code.label(language)) for code in codes]
        for code, item in self.asked():
            self.fields[field_name(code, item)] = _asked_field(item, language)
        asked = [field_name(code, item) for code, item in self.asked()]
        self.order_fields(["positions", "grounds", *asked])
        for name, file in held:
            self.hold(name, file)

    def asked(self) -> Iterator[tuple[DisputeCode, Mapping[str, Any]]]:
        """Yield what each ground asks for."""
        for code in self.codes:
            for item in code.evidence:
                yield code, item

    def hold(self, name: str, file: StoredFile) -> None:
        """Keep a stored file at a field, once."""
        if name in self.fields and file.code not in [known.code for known in self.held.get(name, ())]:
            self.held.setdefault(name, []).append(file)

    def drop(self, file_code: str) -> None:
        """Let a stored file go."""
        self.held = {name: [file for file in files if file.code != file_code] for name, files in self.held.items()}

    def answer(self) -> Answer:
        """Return what was typed as the service takes it; what stands under a ground that was not chosen is not part of it."""
        data = self.cleaned_data
        chosen = data.get("grounds", [])
        details: dict[str, str] = {}
        files: list[tuple[str, StoredFile]] = []
        for code, item in self.asked():
            if code.pk not in chosen:
                continue
            name = field_name(code, item)
            if item["kind"] in FILE_KINDS:
                files += [(item["key"], file) for file in self.held.get(name, ())]
            elif typed := data.get(name, ""):
                details.setdefault(item["key"], typed)
        return Answer(
            grounds=chosen,
            statement=data.get("statement", ""),
            details=details,
            files=list(dict.fromkeys(files)),
            goods_location=data.get("goods_location", ""),
            declarations=data.get("declarations", []),
            signed_name=data.get("signed_name", ""),
            signed_role=data.get("signed_role", ""),
        )

    def lacking(self) -> list[FieldError]:
        """Return what the answer still lacks, as the service would say it."""
        return [*(_no_listing() if not self.cleaned_data.get("positions") else ()), *answer_errors(self.answer(), self.codes)]

    def add_refusals(self, errors: Iterable[FieldError]) -> None:
        """Put what the service found beside the fields it is about; what has no field of its own goes on top."""
        chosen = self.cleaned_data.get("grounds", [])
        for error in errors:
            name: str | None = error.pointer
            if error.pointer.startswith("evidence."):
                key = error.pointer.removeprefix("evidence.")
                name = next((field_name(code, item) for code, item in self.asked() if code.pk in chosen and item["key"] == key), None)
            self.add_error(name if name in self.fields else None, forms.ValidationError(str(error.message), code=error.code))


def field_name(code: DisputeCode, item: Mapping[str, Any]) -> str:
    """Return what something a ground asks for is called in the form; two grounds that ask for the same have a field each."""
    return f"{'file' if item['kind'] in FILE_KINDS else 'say'}-{code.pk}-{item['key']}"


def _no_listing() -> Iterator[FieldError]:
    yield FieldError("positions", "required", _("Choose at least one listing."))


def _asked_field(item: Mapping[str, Any], language: str) -> forms.Field:
    values: dict[str, Any] = {
        "label": str(item["zh" if language.startswith("zh") else "en"]),
        "required": bool(item.get("required", True)),
    }
    if item["kind"] in FILE_KINDS:
        # Said to be attached, so that the field never complains: what is missing counts for the grounds chosen only.
        return FilesField(attached=True, help_text=_("JPEG, PNG, WebP or PDF, at most 20 MB each."), **values)
    return SaidField(max_length=MAX_STATEMENT, widget=forms.Textarea(attrs={"rows": 3}), **values)

"""How forms look: the renderer of every Django form, its fields, and the widgets the pages add to Django's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import DjangoTemplates, TemplatesSetting
from django.template import TemplateDoesNotExist
from django.utils.functional import cached_property

from ipp.core.errors import DomainError, Text

BUILT_IN = "django/forms/"
OURS = "ipp/forms/"
WIDGET_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.HiddenInput, ""),
    (forms.MultipleHiddenInput, ""),
    (forms.CheckboxInput, "form-check-input"),
    (forms.RadioSelect, "form-check-input"),  # and CheckboxSelectMultiple, its child
    (forms.FileInput, "ipp-drop-input"),
    (forms.Select, "form-select"),
    (forms.Textarea, "form-control"),
    (forms.widgets.Input, "form-control"),
)


class IppBoundField(BoundField):
    """A field that knows its look: control class, where the error summary points, whether the label is written beside the box."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        """Return the control's attributes: its class, and no placeholder that repeats the label."""
        widget = widget or self.field.widget
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        classes = [str(widget.attrs.get("class", "")), _class_of(widget), "is-invalid" if self.errors and not widget.is_hidden else ""]
        if wanted := " ".join(filter(None, classes)):
            built["class"] = wanted
        if "placeholder" in widget.attrs and not isinstance(widget, forms.Textarea):
            built["placeholder"] = False
        return built

    @property
    def anchor(self) -> str:
        """The id of the control that the error summary leads to: the first one of a group."""
        return f"{self.auto_id}_0" if self.use_fieldset else str(self.id_for_label)

    @property
    def is_optional(self) -> bool:
        """Whether the label says that the field may stay empty."""
        return not self.field.required and not self.is_check

    @property
    def is_check(self) -> bool:
        """Whether it is a single box, with the label to its right."""
        return isinstance(self.field.widget, forms.CheckboxInput)


class IppRenderer(TemplatesSetting):
    """Renders forms with the templates under `templates/ipp/forms`, and with Django's own where there is no such file."""

    form_template_name = f"{OURS}fields.html"
    field_template_name = f"{OURS}field.html"
    bound_field_class = IppBoundField

    def get_template(self, template_name: str) -> Any:
        """Return our template of this name, else Django's."""
        try:
            return super().get_template(template_name.replace(BUILT_IN, OURS, 1))
        except TemplateDoesNotExist:
            return self._django.get_template(template_name)

    @cached_property
    def _django(self) -> DjangoTemplates:
        return DjangoTemplates()


class DateInput(forms.DateInput):
    """The browser's own date field."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class _Hinted(forms.widgets.ChoiceWidget):
    """Choices with a second line each."""

    def __init__(self, attrs: dict[str, Any] | None = None, *, hints: Mapping[str, Text] | None = None) -> None:
        super().__init__(attrs)
        self.hints = dict(hints or {})

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the option with its hint."""
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        return option | {"hint": self.hints.get(str(value), "")}


class ChoiceCards(_Hinted, forms.RadioSelect):
    """One of a few, each with its explanation."""


class CheckCards(_Hinted, forms.CheckboxSelectMultiple):
    """Some of a few, each with its explanation."""


def faulty_fields(form: forms.BaseForm) -> list[BoundField]:
    """Return the visible fields of a form that need a correction, in order."""
    return [bound for bound in form.visible_fields() if bound.errors] if form.is_bound else []


def add_domain_errors(form: forms.BaseForm, error: DomainError) -> None:
    """Put a refusal of a service on the form: each wrong value beside its field, the rest in the summary."""
    placed = False
    for item in error.errors:
        name = item.pointer.strip("/").partition("/")[0]
        field = name if name in form.fields else None
        placed = placed or field is not None
        form.add_error(field, forms.ValidationError(str(item.message), code=item.code))
    if not error.errors or not placed:
        form.add_error(None, forms.ValidationError(str(error.message), code=error.code))


def _class_of(widget: forms.Widget) -> str:
    return next((name for kind, name in WIDGET_CLASSES if isinstance(widget, kind)), "")

"""The components of the pages as template tags; `/styleguide/` shows every one. A builtin of the template engine: nothing to load."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django import template
from django.conf import settings
from django.contrib.messages import get_messages
from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.template.context import Context, RequestContext
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from ipp.core import drawing, ui
from ipp.core.errors import Text
from ipp.core.forms import faulty_fields
from ipp.core.kept import address_of, keep
from ipp.core.table_drawing import draw_table
from ipp.core.tables import TablePage

register = template.Library()

NOTE_ICONS = {"info": "info-circle", "warn": "alert-triangle", "bad": "circle-x", "ok": "circle-check", "plain": "info-circle"}
MESSAGE_KINDS = {"debug": "plain", "info": "info", "success": "ok", "warning": "warn", "error": "bad"}
SHORT_LANGUAGES = {"en": "EN", "zh-hans": "中文"}
"""What the switch shows of a language: its own name, short enough for the top bar."""


# -- words and drawings --------------------------------------------------------------------------------------------------
register.tag("kept", keep)
register.simple_tag(drawing.icon, name="icon")


@register.simple_tag
def state(value: object, axis: str = "", size: str = "") -> SafeString:
    """Tell a state by icon, word and tone; `value` is a `StateBadge`, or a value of the registered `axis`."""
    return drawing.state(_badge(value, axis), size)


@register.simple_tag
def plain(value: object, axis: str = "") -> SafeString:
    """Tell a state without its box, where many stand below each other."""
    return drawing.plain(_badge(value, axis))


@register.simple_tag
def localtime_exact(moment: Any, zone: bool = True) -> SafeString:
    """Write a moment to the minute in the active time zone, with the zone's city."""
    written = drawing.moment(moment)
    return format_html("{} {}", written, ui.zone_name()) if zone and written else written


@register.simple_tag
def day(value: Any) -> SafeString:
    """Write a day."""
    return drawing.day(value or None)


@register.filter
def initials(name: object) -> str:
    """Return the monogram of a name."""
    return ui.initials(str(name))


# -- parts of a page ------------------------------------------------------------------------------------------------------
register.simple_tag(drawing.clock, name="clock")


@register.inclusion_tag("ipp/parts/timeline.html")
def timeline(entries: Iterable[ui.TimelineEntry]) -> dict[str, Any]:
    """Tell what happened in sentences, in the order given."""
    return {"entries": entries}


@register.inclusion_tag("ipp/parts/facts.html")
def facts(pairs: Iterable[ui.Fact | tuple[Text, object]], size: str = "") -> dict[str, Any]:
    """List facts; a fact without a value is left out."""
    found = (ui.fact_of(pair) for pair in pairs)
    return {"facts": [fact for fact in found if fact.value not in (None, "")], "size": size}


@register.inclusion_tag("ipp/parts/empty.html")
def empty(icon: str, title: Text = "", text: Text = "", url: str = "", label: Text = "") -> dict[str, Any]:
    """Say what belongs on an empty page and what to do first."""
    return {"empty": ui.Empty(icon, title, text, url, label)}


@register.inclusion_tag("ipp/parts/progress.html")
def progress(done: int, total: int, label: Text = "", note: Text = "") -> dict[str, Any]:
    """Show how far a long work has come, in numbers and as a bar."""
    return {"done": done, "total": total, "label": label, "note": note}


@register.inclusion_tag("ipp/parts/stepper.html")
def stepper(steps: Sequence[ui.Step]) -> dict[str, Any]:
    """Show the steps of a way and where the reader stands."""
    return {"steps": steps}


@register.inclusion_tag("ipp/parts/kpis.html")
def kpis(figures: Sequence[ui.Figure]) -> dict[str, Any]:
    """Show a row of numbers."""
    return {"figures": figures}


@register.inclusion_tag("ipp/parts/meter.html")
def meter(parts: Sequence[ui.MeterPart]) -> dict[str, Any]:
    """Show the parts of a whole as one bar, with their counts in words below."""
    return {"meter": ui.Meter(parts)}


@register.inclusion_tag("ipp/parts/secret.html")
def secret(value: str, label: Text = "", note: Text = "") -> dict[str, Any]:
    """Show a value that is shown only now, ready to copy."""
    return {"value": value, "label": label, "note": note}


@register.inclusion_tag("ipp/parts/copy.html")
def copy(value: str, label: Text = "") -> dict[str, Any]:
    """Draw a button that copies a value; it stays hidden where scripts do not run."""
    return {"value": value, "label": label}


@register.inclusion_tag("ipp/parts/crumb.html")
def crumb(url: str, label: Text, is_ref: bool = False) -> dict[str, Any]:
    """Draw one piece of the way to this page; without an address it is the page itself."""
    return {"url": url, "label": label, "is_ref": is_ref}


@register.inclusion_tag("ipp/parts/toast.html", takes_context=True)
def toast(context: RequestContext, text: Text, url: str = "", label: Text = "", seconds: int = 0) -> dict[str, Any]:
    """Say what was done and offer to take it back for some seconds (a POST to `url`)."""
    return {"text": text, "url": url, "label": label, "seconds": seconds, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("ipp/parts/post_button.html", takes_context=True)
def post_button(context: RequestContext, url: str, label: Text, icon: str = "", **more: str) -> dict[str, Any]:
    """Draw a button that POSTs; `class` sets its classes, `name` and `value` are sent with it."""
    return {"url": url, "label": label, "icon": icon, "csrf_token": context.get("csrf_token"), "class": "btn", **more}


@register.simple_tag(takes_context=True)
def messages_list(context: RequestContext) -> SafeString:
    """Show what the last request left to say."""
    request = cast("HttpRequest | None", context.get("request"))
    found = get_messages(request) if request is not None and hasattr(request, "_messages") else ()
    notes = [(MESSAGE_KINDS.get(message.level_tag, "info"), str(message)) for message in found]
    return render_to_string("ipp/parts/messages.html", {"notes": notes}) if notes else drawing.NOTHING


@register.simple_tag(takes_context=True)
def table(context: Context, page: TablePage) -> SafeString:
    """Draw a table with its filters, sorting, pages and empty state; a cell's template sees the row, not the page around it."""
    return draw_table(page, context.new({"csrf_token": context.get("csrf_token")}))


# -- blocks -----------------------------------------------------------------------------------------------------------------
@register.simple_block_tag
def note(content: str, kind: str = "info", title: Text = "", icon: str = "") -> SafeString:
    """Set some words apart; `kind` is info, warn, bad, ok or plain."""
    head = format_html('<b class="ipp-strong">{}</b> ', title) if title else mark_safe("")
    mark = drawing.icon(icon or NOTE_ICONS[kind])
    return format_html('<div class="ipp-note ipp-note-{}">{}<div>{}{}</div></div>', kind, mark, head, content)


@register.simple_block_tag
def fold(content: str, summary: Text) -> SafeString:
    """Put details behind a line that opens."""
    return format_html('<details class="ipp-fold"><summary>{}{}</summary>{}</details>', drawing.icon("chevron-right"), summary, content)


@register.simple_block_tag(takes_context=True)
def confirm(context: RequestContext, content: str, label: Text, url: str, question: Text, **more: Any) -> SafeString:
    """Ask before something that cannot be taken back: a button that opens the question and the real button, without script too.

    `button` names the real button, `tone="bad"` marks a loss, `icon` and `key` are drawn on the first button; the block's content (further
    fields) stands between question and button.
    """
    values = {"label": label, "url": url, "question": question, "content": content, "csrf_token": context.get("csrf_token"), **more}
    return render_to_string("ipp/parts/confirm.html", values)


# -- forms ------------------------------------------------------------------------------------------------------------------
@register.simple_tag
def field(bound: BoundField) -> SafeString:
    """Draw one field: label, error, control, help."""
    return bound.as_field_group()


@register.inclusion_tag("ipp/forms/errors.html")
def form_errors(form: BaseForm) -> dict[str, Any]:
    """Draw the summary of what needs a correction, each line a link to its field; nothing where all is well."""
    return {"errors": form.non_field_errors() if form.is_bound else (), "faulty": faulty_fields(form)}


@register.inclusion_tag("ipp/forms/form.html", takes_context=True, name="form")
def draw_form(context: RequestContext, form: BaseForm, submit: Text, **more: Any) -> dict[str, Any]:
    """Draw a whole POST form; `action`, `cancel_url`, `submit_class`, `name` and `value` of the button may be given."""
    return {
        "form": form,
        "submit": submit,
        "csrf_token": context.get("csrf_token"),
        "redirect_field": context.get("redirect_field", ""),
        **more,
    }


# -- the edge of the page ----------------------------------------------------------------------------------------------------
@register.simple_tag(takes_context=True)
def theme(context: RequestContext) -> str:
    """Return light, dark or auto: what the reader chose, auto until then."""
    request = cast("HttpRequest | None", context.get("request"))
    chosen = request.COOKIES.get(ui.THEME_COOKIE, "") if request is not None else context.get("theme", "")
    return chosen if chosen in ui.THEMES else "auto"


@register.simple_tag
def audience() -> str:
    """Return whose process this is: portal or staff."""
    return str(getattr(settings, "IPP_AUDIENCE", "portal"))


@register.simple_tag
def language_tag() -> str:
    """Return the page's language as browsers and screen readers know it (`zh-Hans`)."""
    language, _, script = (get_language() or "en").partition("-")
    return f"{language}-{script.title()}" if script else language


@register.simple_tag
def language_choices() -> list[tuple[str, str, bool]]:
    """Return each language as (code, own short name, whether it is the page's)."""
    active = (get_language() or "en").lower()
    return [(code, SHORT_LANGUAGES.get(code, code), code == active) for code, _name in settings.LANGUAGES]


@register.simple_tag(takes_context=True)
def here(context: RequestContext) -> str:
    """Return this page's address with its query, to come back to."""
    return address_of(context)


def _badge(value: object, axis: str) -> ui.StateBadge:
    return value if isinstance(value, ui.StateBadge) else ui.badge_of(value, axis)

"""The pieces that stand on a page by the dozen, drawn without the template engine: icons, states, moments, clocks.

A list of twenty-five rows holds some two hundred of them. What is not markup of ours goes through `text`, which escapes as a template does.
"""

from __future__ import annotations

import html
import re
from datetime import date, datetime
from functools import lru_cache

from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import localize
from django.utils.safestring import SafeString

from ipp.core import ui
from ipp.core.errors import Text
from ipp.core.icons import check_icon

NOT_PLAIN = re.compile(r"""[&<>"']""").search
"""Finds what must be escaped; most words hold nothing of it."""

NOTHING = SafeString("")


def text(value: object) -> str:
    """Return a value as a template writes it: in the reader's language and zone, escaped unless it is markup already."""
    if type(value) is str:
        return html.escape(value) if NOT_PLAIN(value) else value
    if hasattr(value, "__html__"):
        return value.__html__()  # type: ignore[no-any-return]
    return html.escape(str(localize(_local(value))))


def icon(name: str, size: str = "", label: Text = "") -> SafeString:
    """Draw an icon of the sprite. Without a label it is decoration, beside a word that says the same."""
    if not label:
        return _decoration(name, size)
    address, classes = _address(name), text(_sized("ipp-i", size))
    return SafeString(f'<svg class="{classes}" role="img" aria-label="{text(label)}"><use href="{text(address)}"/></svg>')


def state(badge: ui.StateBadge, size: str = "") -> SafeString:
    """Tell a state by icon, word and tone."""
    classes = text(_sized("ipp-state", size))
    return SafeString(f'<span class="{classes}" data-tone="{badge.tone}">{_decoration(badge.icon, "")}{text(badge.label)}</span>')


def plain(badge: ui.StateBadge) -> SafeString:
    """Tell a state without its box, where many stand below each other."""
    return SafeString(f'<span class="ipp-plain" data-tone="{badge.tone}">{_decoration(badge.icon, "")}{text(badge.label)}</span>')


def moment(at: datetime | None, writer: ui.Moments | None = None) -> SafeString:
    """Write a moment to the minute for the active time zone and language (which `writer` knows already); nothing where there is none."""
    if at is None:
        return NOTHING
    return SafeString(f'<time datetime="{at.isoformat()}">{text((writer or ui.moments()).exact(at))}</time>')


def day(on: date | None) -> SafeString:
    """Write a day; nothing where there is none."""
    if on is None:
        return NOTHING
    return SafeString(f'<time datetime="{on.isoformat()}">{text(ui.exact_day(on))}</time>')


def clock(face: ui.ClockFace, size: str = "") -> SafeString:
    """Draw a clock: a ring of what is left, the business time left, the exact moment."""
    classes = text(f"ipp-clock ipp-clock-{size}" if size else "ipp-clock")
    return SafeString(
        f'<span class="{classes}" data-level="{face.level}">'
        '<svg class="ipp-ring" viewBox="0 0 36 36" aria-hidden="true"><circle cx="18" cy="18" r="15" pathLength="100"/>'
        f'<circle cx="18" cy="18" r="15" pathLength="100" stroke-dasharray="{face.percent_left} 100" transform="rotate(-90 18 18)"/></svg>'
        f"<span><b>{text(face.left_text)}</b><small>{text(face.exact_text)}</small></span></span>"
    )


@lru_cache(maxsize=512)
def _decoration(name: str, size: str) -> SafeString:
    return SafeString(f'<svg class="{text(_sized("ipp-i", size))}" aria-hidden="true"><use href="{text(_address(name))}"/></svg>')


def _address(name: str) -> str:
    return f"{static('ipp/img/icons.svg')}#{check_icon(name)}"


def _sized(name: str, size: str) -> str:
    return f"{name} {name}-{size}" if size else name


def _local(value: object) -> object:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value

"""HTML out of templates whose values are escaped unless they are HTML already."""

from __future__ import annotations

import html as escaping
from collections.abc import Iterable


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def html(template: str, **values: object) -> Html:
    """Return a template with its `{names}` filled in, every value escaped that is not HTML."""
    return Html(template.format(**{name: _safe(value) for name, value in values.items()}))


def joined(parts: Iterable[Html]) -> Html:
    """Return pieces of HTML, one after the other."""
    return Html("".join(parts))


def _safe(value: object) -> str:
    return value if isinstance(value, Html) else escaping.escape(str(value))

"""Countries by ISO 3166-1 code, named in the reader's language."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from django.utils.translation import get_language


def country_choices() -> list[tuple[str, str]]:
    """Return (code, name) of every country in the language in force, sorted by name."""
    return list(_countries(get_language() or "en"))


@lru_cache(maxsize=8)
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(language.replace("-", "_").replace("hans", "Hans")).territories
    countries = ((code, name) for code, name in names.items() if len(code) == 2 and code.isalpha() and code not in NO_COUNTRY)
    # The common characters stand in GB 18030 by their sound (pinyin), which is the order Chinese readers look names up in.
    return tuple(sorted(countries, key=lambda pair: pair[1].encode("gb18030") if language.startswith("zh") else pair[1].encode()))


NO_COUNTRY = frozenset({"EU", "EZ", "UN", "XA", "XB", "QO", "ZZ"})
"""Groups and test codes that the names list carries beside countries."""

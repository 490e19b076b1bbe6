"""Templates of addresses and keys: `{name}` is filled in, and a part in `[...]` is left out when one of its names is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping

from marketplaces.rules.expressions import RulesError

_NAME = re.compile(r"\{([a-z_]+)\}")
_PART = re.compile(r"\[([^\[\]]*)\]|([^\[\]]+)")


class Template:
    """One template, taken apart once."""

    def __init__(self, text: str) -> None:
        if "".join(part.group() for part in _PART.finditer(text)) != text or re.sub(_NAME, "", text).count("{"):
            raise RulesError(f"{text!r} is not a template: write {{name}}, and [...] around a part that may be missing")
        self.text = text
        self._parts = [(optional or fixed, bool(optional)) for optional, fixed in _PART.findall(text)]
        self.needed = frozenset(name for part, optional in self._parts if not optional for name in _NAME.findall(part))
        self.names = frozenset(_NAME.findall(text))

    def partly(self, values: Mapping[str, str]) -> Template:
        """Return the template with these names filled in and the others left."""
        return Template(_NAME.sub(lambda name: values.get(name[1], name[0]), self.text))

    def around(self, name: str) -> tuple[str, str] | None:
        """Return what stands before and after `{name}` when that is all there is to fill in, once; else None."""
        before, hole, after = self.text.partition("{" + name + "}")
        return (before, after) if hole and self.names == {name} and "[" not in self.text and "{" not in after else None

    def fill(self, values: Mapping[str, str]) -> str | None:
        """Return the text, or None when a name that is needed has no value."""
        if any(not values.get(name) for name in self.needed):
            return None
        kept = (part for part, optional in self._parts if not optional or all(values.get(name) for name in _NAME.findall(part)))
        return _NAME.sub(lambda name: values[name[1]], "".join(kept))

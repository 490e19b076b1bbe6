"""`{% kept name=value … %}…{% endkept %}`: a part of a page drawn once per process for each language and for each set of its values.

What stands between the tags sees the values named and nothing else: no request, no user, no page around it. So two readers are shown the
same only if they are to see the same. A form's token and the page's own address are put in afterwards, for each page anew.
"""

from __future__ import annotations

import secrets
from collections.abc import Hashable, Mapping

from django.conf import settings
from django.template import Context, Node, NodeList
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.template.exceptions import TemplateSyntaxError
from django.urls import get_urlconf
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

TOKEN, ADDRESS = f"token{secrets.token_hex(16)}", f"address{secrets.token_hex(16)}"
"""Stand where a page's token and address go. Nobody knows them, so nothing typed by anybody is taken for one."""
MAX_DRAWN = 128
"""How many drawings one place keeps; past it, it starts anew."""


class KeptNode(Node):
    """One place of a template whose drawings are kept."""

    def __init__(self, nodelist: NodeList, values: Mapping[str, FilterExpression]) -> None:
        self.nodelist, self.values = nodelist, values
        self.drawn: dict[Hashable, str] = {}

    def render(self, context: Context) -> SafeString:
        """Return the drawing of these values in this language, with this page's token and address."""
        values = {name: value.resolve(context) for name, value in self.values.items()}
        token = context.get("csrf_token")
        key = (get_language(), get_urlconf() or settings.ROOT_URLCONF, bool(token), *values.values())
        found = self.drawn.get(key)
        if found is None:
            if len(self.drawn) >= MAX_DRAWN:
                self.drawn.clear()
            found = self.drawn[key] = self._draw(values | ({"csrf_token": TOKEN} if token else {}), context)
        if TOKEN in found:
            found = found.replace(TOKEN, escape(token))
        if ADDRESS in found:
            found = found.replace(ADDRESS, escape(address_of(context)))
        return SafeString(found)

    def _draw(self, values: Mapping[str, object], context: Context) -> str:
        alone = Context({**values, "kept_address": ADDRESS}, autoescape=context.autoescape)
        alone.template = context.template
        return self.nodelist.render(alone)


def keep(parser: Parser, token: Token) -> KeptNode:
    """Read the tag.

    Raises:
        TemplateSyntaxError: something else than names with values is given.
    """
    words = token.split_contents()[1:]
    values = token_kwargs(words, parser)
    if words:
        raise TemplateSyntaxError(f"kept takes name=value, not {words[0]!r}.")
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(nodelist, values)


def address_of(context: Context) -> str:
    """Return the page's address with its query; inside a kept part, the place it is put in later."""
    request = context.get("request")
    return str(context.get("kept_address") or (request.get_full_path() if request is not None else "/"))

"""Finds the links in pasted text: one or many to a line, in tables, in quotes, glued together, or among the words of a share text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from marketplaces.rules.addresses import BLANKS, trimmed

# Lines are cut at line breaks only: another control character inside a link must stay there, and be refused.
_BREAK = re.compile(r"\r\n|\n|\r")
_STOP = r"\t\n\r\x20\u00a0\u3000<>\"“”‘’「」『』《》【】（），。；、！？：￥"
# A scheme begins another link, except as the value of a query field: an agent's address may hold a link that is not encoded.
_NEXT = rf"(?<!=)https?://|[,;](?:[{_STOP}']|$|[^\x00-\x7f]|(?://)?(?:[a-z0-9-]{{1,63}}\.){{1,5}}[a-z]{{2,20}}/)"
_HOST = r"(?:[a-z0-9_-]{1,63}\.)++[a-z][a-z0-9-]{1,62}\.?(?::[0-9]{1,5})?[/?#]"
_LINK = re.compile(
    rf"https?:/(?:(?!{_NEXT})[^{_STOP}])+|(?<![^{_STOP}'(\[,;])(?://)?{_HOST}(?:(?!{_NEXT})[^{_STOP}])*",
    re.IGNORECASE,
)
# A line that is one link and nothing else, as most are.
_PLAIN = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&*+=%-]*[A-Za-z0-9/=_-]", re.ASCII).fullmatch
_TAIL = re.compile(r"(?:点击链接|点击直接打开|复制(?:这|本)|打开手机|打开【|去.{0,6}打开|长按复制)")
_TOKEN = re.compile(r"￥[0-9A-Za-z]{6,20}￥")


def extract_links(text: str) -> list[str]:
    """Return the links of a pasted text in order, one entry each; a line that holds none is an entry as it is."""
    return list(iter_links(_BREAK.split(text)))


def iter_links(lines: Iterable[str]) -> Iterator[str]:
    """Yield the links of each line, or the line when it holds none; blank lines and the closing words of a share text yield nothing."""
    has_link = False
    for line in lines:
        words = line.strip(BLANKS)
        found = [words] if words.count("://") == 1 and _PLAIN(words) else links_in(words)
        yield from found
        if not found and words and not (has_link and _TAIL.match(words)):
            yield words
        has_link = bool(found) or (has_link and bool(_TAIL.match(words)))


def links_in(line: str) -> list[str]:
    """Return the links in one line of text, in order, without the quotes and brackets around them."""
    return [trimmed(found[0]) for found in _LINK.finditer(_TOKEN.sub(" ", line))]

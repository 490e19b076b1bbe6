"""Takes a link apart, or says why it is none: user names, numbers for hosts, ports, hidden characters and the like are refused here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass

BLANKS = " \t\r\n\u00a0\u3000\ufeff"
_OPENING = "<([{\"'`*“‘「『《【（〈"
_CLOSING = ">\"'`*”’」』》】〉.,;:!?，。；：！？、…"
_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("（", "）"))
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(.*)", re.ASCII | re.IGNORECASE | re.DOTALL)
_PORT = re.compile(r"[0-9]{1,5}(?![0-9])")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_LABEL = re.compile(r"[a-z0-9_-]+", re.ASCII)
_WORDS = re.compile(r"(?:[\w-]+\.)+[^\W\d_][\w-]+")
_DOTTED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}", re.ASCII)
_NUMBER = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)", re.ASCII)
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a link that matter. `origin` is scheme, host and port as configured origins have them."""

    origin: str
    host: str
    path: str
    query: str


def read_address(text: str, origins: Container[str]) -> Address | str:
    """Return the parts of one link, or the code that says what is wrong with it. A host comes in lower case without its last dot.

    An origin in `origins` may have a port, plain http, or a host that is no public name; no other link may.
    """
    link = trimmed(text)
    if has_hidden(link):
        return "control_characters"
    if re.search(r"\s", link):
        return "space_inside" if "//" in link else "not_a_link"
    if link.isascii() and link.isdigit():
        return "bare_number"
    scheme, rest = _scheme_of(link)
    if scheme not in {"", "http", "https"}:
        return "scheme"
    if "\\" in rest.partition("?")[0]:
        return "backslash"
    authority = re.split("[/?#]", rest, maxsplit=1)[0]
    path, _question, query = rest[len(authority) :].partition("#")[0].partition("?")
    origin = f"{scheme or 'https'}://{authority.lower()}"
    host, wrong = (authority.lower(), "") if origin in origins else _host_of(authority, is_bare=not scheme)
    return wrong or Address(origin, host, path or "/", query)


def trimmed(text: str) -> str:
    """Return the text without the blanks, quotes, brackets and full stops around it."""
    before, link = "", text.strip(BLANKS)
    while link != before:
        before = link
        link = link.lstrip(_OPENING).rstrip(_CLOSING).strip(BLANKS)
        for opening, closing in _PAIRS:
            at_end = len(link) - len(link.rstrip(closing))
            unopened = max(0, min(at_end, link.count(closing) - link.count(opening))) if at_end else 0
            link = link[: len(link) - unopened]
    return link


def has_hidden(text: str) -> bool:
    """Tell whether there is a character nobody sees (controls, marks of direction, zero widths) or one that could not be read."""
    return any(unicodedata.category(character) in _HIDDEN or character == "\ufffd" for character in text if not " " <= character <= "~")


def is_foreign(host: str) -> bool:
    """Tell whether a host has letters outside ASCII, written out or in their encoded form (xn--)."""
    return not host.isascii() or any(label.startswith("xn--") for label in host.split("."))


def _scheme_of(link: str) -> tuple[str, str]:
    """Return the scheme ("" when there is none) and what follows the slashes."""
    if link.startswith("//"):
        return "https", link.lstrip("/")
    named = _SCHEME.fullmatch(link)
    if named is None or "." in named[1] or _PORT.match(named[2]):
        return "", link
    return named[1].lower(), named[2].lstrip("/")


def _host_of(authority: str, *, is_bare: bool) -> tuple[str, str]:
    """Return the host, and the code of what is wrong with it ("" when nothing is)."""
    name, colon, _port = authority.lower().partition(":")
    host = name.removesuffix(".")
    folded = unicodedata.normalize("NFKC", host)
    is_number = bool(_NUMBER.fullmatch(folded.rpartition(".")[2]))
    if "@" in authority:
        return "", "user_info"
    if "[" in authority or (is_number and (not is_bare or _DOTTED.fullmatch(folded))):
        return "", "ip_host"
    if colon:
        return "", "port"
    if is_bare and not _WORDS.fullmatch(folded):
        return "", "not_a_link"
    is_name = not host.isascii() or _HOST.fullmatch(host) or _LABEL.fullmatch(host)
    return (host, "") if is_name else ("", "bad_host")

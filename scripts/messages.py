"""Collects the words people see from Python and templates into locale/, and compiles them: `make messages`.

It needs no gettext tools. `--check` changes nothing and fails when a catalogue misses a message, has one untranslated, or is not compiled.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("zh_Hans",)
PYTHON_FOLDERS = ("ipp", "marketplaces", "rightsholders", "takedowns", "penalties")
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "_l": None,
    "_t": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def main() -> int:
    """Update or check every catalogue; return the exit status."""
    check = "--check" in sys.argv[1:]
    found = collect()
    problems = [problem for language in LANGUAGES for problem in (_check(language, found) if check else _update(language, found))]
    print("\n".join([*problems, f"{len(found)} messages, {len(problems)} to do"]))
    return 1 if check and problems else 0


def collect() -> Catalog:
    """Return every message of the code and the templates, with the files it stands in."""
    catalog = Catalog(fuzzy=False)
    for path, source in _sources():
        found = extract("python", io.BytesIO(source.encode()), KEYWORDS, ["Translators:"])
        for _line, words, comments, context in found:
            catalog.add(words, locations=[(str(path.relative_to(ROOT)), 0)], auto_comments=comments, context=context)
    return catalog


def _sources() -> Iterator[tuple[Path, str]]:
    for folder in PYTHON_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in (".html", ".txt"):
            # Calls of gettext amid blanked-out text; without their indentation the lines read as Python.
            yield path, "\n".join(line.strip() for line in templatize(path.read_text(encoding="utf-8"), origin=str(path)).splitlines())


def _path(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def _read(language: str) -> Catalog:
    path = _path(language)
    if not path.exists():
        return Catalog(locale=language, project="IPP", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _update(language: str, found: Catalog) -> list[str]:
    catalog, path = _read(language), _path(language)
    found.creation_date = catalog.creation_date  # a run that finds nothing new changes nothing
    catalog.update(found, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=0, include_lineno=False, sort_output=True)
    path.with_suffix(".mo").write_bytes(_compiled(catalog))
    return _untranslated(language, catalog)


def _check(language: str, found: Catalog) -> list[str]:
    catalog, compiled = _read(language), _path(language).with_suffix(".mo")
    missing = [f"{language}: missing {message.id!r}; run `make messages`" for message in found if message.id and not _has(catalog, message)]
    stale = not compiled.exists() or compiled.read_bytes() != _compiled(catalog)
    return [*missing, *_untranslated(language, catalog), *([f"{language}: not compiled; run `make messages`"] if stale else [])]


def _has(catalog: Catalog, message: Message) -> bool:
    return catalog.get(message.id, message.context) is not None


def _untranslated(language: str, catalog: Catalog) -> list[str]:
    return [f"{language}: not translated {message.id!r}" for message in catalog if message.id and not _is_whole(message)]


def _is_whole(message: Message) -> bool:
    return bool(message.string) and all(message.string or ())


def _compiled(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())

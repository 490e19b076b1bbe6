"""Pages keep the content security policy, draw only what the sprite holds, use only classes that exist, and speak through the catalog."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.template.loader import get_template

from ipp.core.icons import ICONS

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
STYLES = ROOT / "static/ipp/css"
PAGES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*") if path.suffix in (".html", ".txt"))
HTML = [name for name in PAGES if name.endswith(".html")]
FORBIDDEN = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.I),
    "an event attribute": re.compile(r"<[^>{]*\son[a-z]+\s*=", re.I),
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.I),
    "an inline style sheet": re.compile(r"<style\b", re.I),
    "a resource of another origin": re.compile(r"""\b(?:src|href|action|poster)\s*=\s*["'](?:https?:)?//""", re.I),
    "hx-on": re.compile(r"\bhx-on\b|\bhx-vals=.js:", re.I),
}
SHOWN_AS_WRITTEN = {"IPP", "QR", "OpenAPI"}
IN_ONE_LANGUAGE = {
    "500.html": "shown when translation may be what broke; it says both",
    "core/styleguide.html": "its samples are content, not words of ours",
}


def read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_every_template_loads(name: str) -> None:
    template = get_template(name)

    assert template.template.name == name


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds_what_the_content_security_policy_refuses(what: str) -> None:
    guilty = [name for name in HTML if FORBIDDEN[what].search(read(name))]

    assert guilty == []


def test_the_pattern_of_each_forbidden_thing_finds_it() -> None:
    samples = {
        "a style attribute": '<p style="color:red">',
        "an event attribute": '<a class="b" onclick="x()">',
        "an inline script": "<script>x()</script>",
        "an inline style sheet": "<style>p{}</style>",
        "a resource of another origin": '<img src="https://elsewhere.example/a.png">',
        "hx-on": '<a hx-on:click="x()">',
    }

    assert {what for what, pattern in FORBIDDEN.items() if pattern.search(samples[what])} == set(FORBIDDEN)


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    named = {(name, icon) for name in HTML for icon in re.findall(r"""{%\s*icon\s+["']([^"']+)["']""", read(name))}
    named |= {(name, icon) for name in HTML for icon in re.findall(r"""\bicon=["']([^"']+)["']""", read(name))}

    assert len(named) > 40
    assert {pair for pair in named if pair[1] not in ICONS} == set()


def test_the_sprite_holds_exactly_the_listed_icons() -> None:
    sprite = (ROOT / "static/ipp/img/icons.svg").read_text(encoding="utf-8")

    assert set(re.findall(r'<symbol id="([^"]+)"', sprite)) == ICONS


def test_every_class_of_ours_that_a_template_uses_is_in_a_style_sheet() -> None:
    known = {name for path in STYLES.glob("*.css") for name in re.findall(r"\.(ipp-[a-z0-9-]+)", path.read_text(encoding="utf-8"))}

    used = {(name, word) for name in HTML for word in used_classes(read(name))}

    assert len(used) > 100
    assert {pair for pair in used if pair[1] not in known} == set()


def test_the_dark_colours_are_the_same_by_choice_and_by_system() -> None:
    tokens = (STYLES / "tokens.css").read_text(encoding="utf-8")

    chosen = re.search(r'\[data-bs-theme="dark"\] {(.*?)\n  }', tokens, re.S)
    followed = re.search(r'\[data-bs-theme="auto"\] {(.*?)\n  }', tokens, re.S)

    assert chosen is not None
    assert followed is not None
    assert chosen[1].split() == followed[1].split()
    assert "--canvas:" in chosen[1]


def test_light_and_dark_name_the_same_colours() -> None:
    tokens = (STYLES / "tokens.css").read_text(encoding="utf-8")

    light = re.search(r':root, \[data-bs-theme="light"\] {(.*?)\n}', tokens, re.S)
    dark = re.search(r'\[data-bs-theme="dark"\] {(.*?)\n  }', tokens, re.S)

    assert light is not None
    assert dark is not None
    assert set(re.findall(r"(--[a-z0-9-]+):", light[1])) == set(re.findall(r"(--[a-z0-9-]+):", dark[1]))


def test_every_token_a_style_sheet_asks_for_exists() -> None:
    text = {path.name: path.read_text(encoding="utf-8") for path in STYLES.glob("*.css")}
    known = {name for sheet in text.values() for name in re.findall(r"(--[a-z0-9-]+)\s*:", sheet)}

    asked = {(file, name) for file, sheet in text.items() for name in re.findall(r"var\((--[a-z0-9-]+)", sheet)}

    assert {pair for pair in asked if pair[1] not in known} == set()


def test_no_words_stand_outside_the_catalog() -> None:
    loose = {name: words for name in HTML if name not in IN_ONE_LANGUAGE and (words := loose_words(read(name)))}

    assert loose == {}


def test_loose_words_are_found_between_tags() -> None:
    assert loose_words('<p class="a">Hello {{ name }}</p>{% translate "Fine" %}') == ["Hello"]


@pytest.mark.parametrize("folder", ["static/vendor", "tests/browser"])
def test_what_others_wrote_is_what_its_versions_file_says(folder: str) -> None:
    rows = [line.split() for line in (ROOT / folder / "VERSIONS").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]

    found = {file: hashlib.sha256((ROOT / folder / file).read_bytes()).hexdigest() for _package, _version, _licence, file, _digest in rows}

    assert rows
    assert found == {row[3]: row[4] for row in rows}


def test_no_vendored_file_points_to_a_source_map() -> None:
    guilty = [
        path.name
        for path in (ROOT / "static").rglob("*")
        if path.suffix in (".js", ".css") and "sourceMappingURL" in path.read_text(encoding="utf-8")
    ]

    assert guilty == []


def test_no_script_of_ours_builds_code_or_markup_from_text() -> None:
    scripts = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "static/ipp/js").glob("*.js")}

    guilty = {
        name
        for name, text in scripts.items()
        if re.search(r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write", text)
    }

    assert len(scripts) >= 2
    assert guilty == set()


def used_classes(text: str) -> Iterator[str]:
    """Yield the whole class names of ours in class attributes; one that is put together from a value is left out."""
    for value in re.findall(r'class="((?:[^"{]|{%.*?%}|{{.*?}})*)"', text):
        plain = re.sub(r"{%.*?%}", " ", re.sub(r"[\w-]*{{.*?}}[\w-]*", " ", value))
        yield from (word for word in plain.split() if word.startswith("ipp-") and not word.endswith("-"))


def loose_words(text: str) -> list[str]:
    """Return the words a person would see that did not come through the catalog."""
    for pattern in (
        r"{% block density %}\w+{% endblock %}",
        r"{% comment %}.*?{% endcomment %}",
        r"{#.*?#}",
        r"{% blocktranslate.*?{% endblocktranslate %}",
        r"{%.*?%}",
        r"{{.*?}}",
        r"<[^>]*>",
        r"&\w+;",
    ):
        text = re.sub(pattern, " ", text, flags=re.S)
    return [word for word in re.findall(r"[A-Za-z\u4e00-\u9fff]{2,}", text) if word not in SHOWN_AS_WRITTEN]

"""Registration numbers: how each office writes them, which spellings are one number, what is wrong with one (domain.md 4.1)."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

OFFICES_FILE = Path(__file__).resolve().parent.parent / "data" / "offices.toml"

Mark = Literal["block", "warn"]

FREE_LENGTH = (4, 30)
"""Characters of a number where the office's form is not known (domain.md 4.1, last row)."""

CN_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
"""Weights of the check digit of Chinese patents; old numbers use the first eight."""

CN_KINDS = {"1": "invention", "8": "invention", "2": "utility_model", "9": "utility_model", "3": "design"}
"""What the type digit of a Chinese patent number says."""


@dataclass(frozen=True)
class NumberProblem:
    """What is wrong with a number: `block` refuses it, `warn` leaves it to the verifier. `example` shows a good one."""

    mark: Mark
    code: str
    example: str = ""


@dataclass(frozen=True)
class Form:
    """One way an office writes numbers of some kinds."""

    office: str
    kinds: tuple[str, ...]
    expression: re.Pattern[str]
    mark: Mark
    example: str
    strip: str = ""
    fill: int = 0
    check: str = ""
    digit: int = -1
    application: bool = False


@dataclass(frozen=True)
class Office:
    """An authority that registers rights. No territories means that the owner designated countries."""

    key: str
    name: str
    territories: tuple[str, ...]
    kinds: tuple[str, ...]
    examined_designs: bool = False


@dataclass(frozen=True)
class Book:
    """The data file, read."""

    offices: Mapping[str, Office]
    forms: tuple[Form, ...]
    terms: tuple[Mapping[str, Any], ...] = field(repr=False)


@cache
def book() -> Book:
    """Return the packaged data about offices."""
    data = tomllib.loads(OFFICES_FILE.read_text(encoding="utf-8"))
    offices = [_office(row) for row in data["office"]]
    return Book({row.key: row for row in offices}, tuple(_form(row) for row in data["number"]), tuple(data["term"]))


def office(key: str) -> Office | None:
    """Return an office by its key, or None."""
    return book().offices.get(key)


def offices_for(kind: str) -> tuple[Office, ...]:
    """Return the offices that register this kind of right, in the order of the data."""
    return tuple(row for row in book().offices.values() if kind in row.kinds)


def fold_number(number: str) -> str:
    """Return a number in one case and width, without spaces, commas and invisible characters; the small u of VAu, TXu … stays."""
    folded = unicodedata.normalize("NFKC", number)
    kept = "".join(character for character in folded if character.isprintable() and not character.isspace() and character not in ",，")
    return re.sub(r"^(TX|VA|PA|SR)U(?=\d)", r"\1u", unicodedata.normalize("NFKC", kept.upper()))


def normalize_number(office: str, kind: str, number: str) -> str:
    """Return what two spellings of the same number have in common; the same number normalized twice stays the same."""
    folded = fold_number(number)
    form = _form_of(office, kind, folded)
    if form is None:
        return folded
    bare = re.sub(form.strip, "", folded) if form.strip else folded
    if form.fill:
        bare = bare.lstrip("0").zfill(form.fill)
    return bare


def number_problems(office: str, kind: str, number: str) -> list[NumberProblem]:
    """Return what is wrong with a number of an office; nothing where it reads as it should.

    Codes: `empty`, `length`, `format`, `check_digit`, `kind_differs`, `application`.
    """
    folded = fold_number(number)
    if not folded:
        return [NumberProblem("block", "empty", _example(office, kind))]
    forms = _forms(office, kind)
    if not forms:
        shortest, longest = FREE_LENGTH
        return [] if shortest <= len(folded) <= longest else [NumberProblem("block", "length")]
    form = _form_of(office, kind, folded)
    if form is None:
        mark: Mark = "block" if any(row.mark == "block" for row in forms) else "warn"
        return [NumberProblem(mark, "format", _example(office, kind))]
    return _closer_look(form, kind, normalize_number(office, kind, number))


def check_digit(digits: str) -> str:
    """Return the check digit of a Chinese patent number: twelve digits, or the eight of before 2003."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, CN_WEIGHTS[: len(digits)], strict=True))
    return "X" if total % 11 == 10 else str(total % 11)


def _closer_look(form: Form, kind: str, bare: str) -> list[NumberProblem]:
    problems = []
    if form.check == "cn_patent" and check_digit(bare[:-1]) != bare[-1]:
        problems.append(NumberProblem("block", "check_digit", form.example))
    if form.digit >= 0 and CN_KINDS[bare[form.digit]] != kind:
        problems.append(NumberProblem("block", "kind_differs", form.example))
    if form.application:
        problems.append(NumberProblem("warn", "application", _example(form.office, kind)))
    return problems


def _forms(office: str, kind: str) -> list[Form]:
    return [form for form in book().forms if form.office == office and kind in form.kinds]


def _form_of(office: str, kind: str, folded: str) -> Form | None:
    return next((form for form in _forms(office, kind) if form.expression.fullmatch(folded)), None)


def _example(office: str, kind: str) -> str:
    return next((form.example for form in _forms(office, kind)), "")


def _office(row: Mapping[str, Any]) -> Office:
    return Office(row["key"], row["name"], tuple(row["territories"]), tuple(row["kinds"]), row.get("examined_designs", False))


def _form(row: Mapping[str, Any]) -> Form:
    more = {name: row[name] for name in ("strip", "fill", "check", "digit", "application") if name in row}
    return Form(row["office"], tuple(row["kinds"]), re.compile(row["expression"], re.ASCII), row["mark"], row["example"], **more)

"""Numbers, terms and territories of rights: the vectors of the domain's tables 4.1, 4.4 and 12, and what holds for any number."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rightsholders.rules import (
    check_digit,
    covers,
    expiry_by_term,
    is_examined,
    is_in_force,
    normalize_number,
    number_problems,
    offices_for,
)
from rightsholders.rules.numbers import book

GOOD = [
    ("CNIPA", "trademark", "12345678"),
    ("CNIPA", "trademark", "12345678A"),
    ("CNIPA", "trademark", "G1234567"),
    ("CNIPA", "trademark", "g1234567h"),
    ("CNIPA", "invention", "ZL 2018 1 0862228.X"),
    ("CNIPA", "invention", "201810862228.X"),
    ("CNIPA", "invention", "95115608.X"),
    ("CNIPA", "invention", "CN108949123B"),
    ("CNIPA", "utility_model", "CN208949123U"),
    ("CNIPA", "design", "CN308949123S"),
    ("NCAC", "copyright", "国作登字-2021-F-00012345"),
    ("CPCC", "copyright", "2021SR0123456"),
    ("CPCC", "copyright", "软著登字第1234567号"),
    ("USPTO", "trademark", "6,123,456"),
    ("USPTO", "design", "D912345"),
    ("USPTO", "invention", "US11234567B2"),
    ("USCO", "copyright", "VA0001234567"),
    ("USCO", "copyright", "vau000123456"),
    ("EUIPO", "trademark", "018123456"),
    ("EUIPO", "trademark", "EM018123456"),
    ("EUIPO", "design", "004048098-0004"),
    ("WIPO", "trademark", "653124A"),
    ("WIPO", "design", "DM/212345"),
    ("UKIPO", "trademark", "UK00003123456"),
    ("UKIPO", "design", "90040480980004"),
    ("JPO", "trademark", "5512345-2"),
    ("KIPO", "trademark", "40-1234567-0000"),
    ("DPMA", "trademark", "302012012345"),
    ("DPMA", "design", "402012000123-0001"),
    ("DPMA", "utility_model", "202012012345U1"),
    ("INPI-FR", "trademark", "204123456"),
    ("INPI-FR", "design", "20201234-001"),
    ("INPI-BR", "design", "BR 30 2012 001234-5"),
    ("IPAU", "trademark", "1234567"),
    ("TURKPATENT", "trademark", "2019/12345"),
]
BAD = [
    ("CNIPA", "trademark", "1234", "block", "format"),
    ("CNIPA", "trademark", "12345678ABC", "block", "format"),
    ("CNIPA", "invention", "201810862228.1", "block", "check_digit"),
    ("CNIPA", "invention", "20181086222.X", "block", "format"),
    ("CNIPA", "invention", "CN108949123A", "warn", "application"),
    ("NCAC", "copyright", "2021-F-00012345", "block", "format"),
    ("USPTO", "trademark", "88123456", "warn", "application"),
    ("USPTO", "design", "912345", "warn", "format"),
    ("USCO", "copyright", "XX0001234567", "block", "format"),
    ("EUIPO", "trademark", "1234", "block", "format"),
    ("EUIPO", "design", "4048098-4", "block", "format"),
    ("JPO", "invention", "2020-123456", "warn", "application"),
    ("KIPO", "trademark", "40-2020-0123456", "warn", "application"),
    ("KIPO", "trademark", "10-1234567", "warn", "format"),
    ("UKIPO", "trademark", "3123456", "block", "format"),
    ("INPI-BR", "invention", "BR 30 2012 001234-5", "block", "format"),
    ("IPOS", "trademark", "T12", "block", "length"),
    ("IPOS", "trademark", "  ", "block", "empty"),
]


@pytest.mark.parametrize(
    ("digits", "digit"), [("201810862228", "X"), ("201811044634", "1"), ("201810801154", "9"), ("201810246441", "8"), ("201910931480", "6")]
)
def test_the_check_digit_of_a_chinese_patent(digits, digit):
    assert check_digit(digits) == digit


@pytest.mark.parametrize(("office", "kind", "number"), GOOD)
def test_a_number_as_its_office_writes_it_has_no_problem(office, kind, number):
    assert number_problems(office, kind, number) == []


@pytest.mark.parametrize(("office", "kind", "number", "mark", "code"), BAD)
def test_a_number_that_does_not_fit_says_why(office, kind, number, mark, code):
    assert [(problem.mark, problem.code) for problem in number_problems(office, kind, number)] == [(mark, code)]


def test_a_design_number_filed_as_a_utility_model_is_of_another_kind():
    number = f"201830123456.{check_digit('201830123456')}"

    assert number_problems("CNIPA", "design", number) == []
    assert [problem.code for problem in number_problems("CNIPA", "utility_model", number)] == ["kind_differs"]


@pytest.mark.parametrize(
    ("office", "kind", "one", "other"),
    [
        ("CNIPA", "invention", "ZL 2018 1 0862228.X", "201810862228x"),
        ("CNIPA", "trademark", "１２３４５６７８", "12345678"),
        ("EUIPO", "trademark", "EM018123456", "18123456"),
        ("USCO", "copyright", "VAU000123456", "VAu 000123456"),
        ("USPTO", "invention", "US 11,234,567 B2", "11234567"),
        ("KIPO", "trademark", "40-1234567", "401234567"),
        ("WIPO", "design", "dm/212345", "DM212345"),
        ("INPI-BR", "design", "BR 30 2012 001234-5", "3020120012345"),
    ],
)
def test_two_spellings_of_one_number_are_one(office, kind, one, other):
    assert normalize_number(office, kind, one) == normalize_number(office, kind, other)


OFFICES = sorted({(form.office, kind) for form in book().forms for kind in form.kinds} | {("IPOS", "trademark"), ("", "copyright")})
EXAMPLES = [(form.office, kind, form.example) for form in book().forms for kind in form.kinds]


@pytest.mark.parametrize(("office", "kind", "number"), EXAMPLES)
def test_every_example_of_the_data_reads_as_a_form_of_its_office(office, kind, number):
    codes = {problem.code for problem in number_problems(office, kind, number)}

    assert codes <= {"application", "kind_differs"}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(OFFICES), st.one_of(st.text(max_size=40), st.from_regex(r"(?:ZL|CN|EM|US|DM/)?[0-9 ]{5,14}[.X0-9-]{0,3}")))
def test_normalizing_twice_changes_nothing(pair, number):
    once = normalize_number(*pair, number)

    assert normalize_number(*pair, once) == once


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(EXAMPLES), st.data())
def test_case_width_spaces_and_commas_do_not_make_another_number(example, data):
    office, kind, number = example
    noisy = "".join(data.draw(st.sampled_from(["", " ", ",", "\u3000", "\u200b"])) + character for character in number)
    wide = "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in noisy)

    assert normalize_number(office, kind, wide.lower()) == normalize_number(office, kind, number)


@settings(max_examples=200, deadline=None)
@given(st.integers(1985, 2026), st.sampled_from("12389"), st.integers(0, 9_999_999), st.sampled_from("0123456789X"))
def test_exactly_one_check_digit_fits_a_chinese_patent(year, kind, serial, digit):
    digits = f"{year}{kind}{serial:07d}"
    right = {"1": "invention", "8": "invention", "2": "utility_model", "9": "utility_model", "3": "design"}[kind]

    fits = number_problems("CNIPA", right, f"{digits}.{digit}") == []

    assert fits == (check_digit(digits) == digit)


@pytest.mark.parametrize(
    ("office", "kind", "filed", "registered", "expected"),
    [
        ("CNIPA", "trademark", None, date(2016, 3, 7), date(2026, 3, 6)),
        ("CNIPA", "design", date(2021, 6, 1), date(2021, 12, 1), date(2036, 6, 1)),
        ("CNIPA", "utility_model", date(2020, 2, 29), date(2020, 9, 1), date(2030, 2, 28)),
        ("CNIPA", "invention", date(2018, 8, 1), date(2020, 8, 1), date(2038, 8, 1)),
        ("USPTO", "design", date(2018, 8, 1), date(2020, 8, 1), date(2035, 8, 1)),
        ("EUIPO", "trademark", date(2018, 8, 1), date(2019, 1, 1), date(2028, 8, 1)),
        ("EUIPO", "trademark", None, date(2019, 1, 1), None),
        ("NCAC", "copyright", None, date(2019, 1, 1), None),
        ("nowhere", "trademark", date(2018, 8, 1), date(2019, 1, 1), None),
    ],
)
def test_the_usual_term_of_a_right(office, kind, filed, registered, expected):
    assert expiry_by_term(office, kind, filed_on=filed, registered_on=registered) == expected


@pytest.mark.parametrize(
    ("registered", "expires", "held"),
    [
        (date(2026, 1, 2), date(2026, 12, 31), True),
        (date(2026, 11, 24), date(2026, 11, 24), True),
        (date(2026, 11, 25), date(2027, 1, 1), False),
        (date(2020, 1, 1), date(2026, 11, 23), False),
        (None, None, True),
    ],
)
def test_both_ends_of_its_term_belong_to_a_right(registered, expires, held):
    assert is_in_force(registered, expires, date(2026, 11, 24)) is held


@pytest.mark.parametrize(
    ("territories", "countries", "covered"),
    [
        (["CN"], ["CN"], True),
        (["CN"], ["MY"], False),
        (["EU"], ["ES"], True),
        (["EU"], ["EU"], True),
        (["ES"], ["EU"], True),
        (["EU"], ["GB", "CN"], False),
        (["*"], ["MM"], True),
        (["*"], [], False),
        ([], ["CN"], False),
        (["CN", "DE"], ["TR", "DE"], True),
    ],
)
def test_a_right_covers_the_countries_it_holds_in(territories, countries, covered):
    assert covers(territories, countries) is covered


def test_unexamined_rights_are_known():
    assert is_examined("CNIPA", "trademark")
    assert is_examined("CNIPA", "invention")
    assert not is_examined("CNIPA", "design")
    assert not is_examined("CNIPA", "utility_model")
    assert is_examined("USPTO", "design")
    assert not is_examined("", "copyright", is_registered=False)


def test_every_kind_of_right_has_offices():
    for kind in ("trademark", "copyright", "design", "utility_model", "invention"):
        assert offices_for(kind)

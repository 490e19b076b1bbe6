"""Rules as data: a marketplace that no code knows works, and a document that cannot be used says where and why."""

from __future__ import annotations

import json
import sys
import time
from copy import deepcopy
from pathlib import Path
from subprocess import run
from typing import Any

import pytest

from marketplaces.rules.expressions import compile_expression
from marketplaces.rules.links import RulesError, load_rules, packaged_documents, packaged_rules

LAGOON: dict[str, Any] = json.loads((Path(__file__).resolve().parent.parent / "payloads" / "links" / "lagoon.json").read_text("utf-8"))


def test_an_invented_marketplace_works_by_data_alone() -> None:
    rules = load_rules([LAGOON])

    links = rules.resolve_many(
        [
            "https://www.lagoon.example/thing/12345?sellerNo=7&utm=1",
            "https://m.lagoon.fr.example/t?n=1012345&merchantId=7",
            "https://www.lagoon.example/thing/12345",
            "Lagoon Market FR 12345 7",
            "https://blue.shops.lagoon.example/anything",
            "https://go.lagoon.example/thing/12345",
            "https://www.lagoon.example/t?n=12345",
            "https://www.lagoon.example.evil.test/thing/12345",
        ]
    )

    assert [(link.status, link.site, link.key) for link in links] == [
        ("listing", "DE", "waters:DE:12345:7"),
        ("listing", "FR", "waters:FR:12345:7"),
        ("listing", "DE", "waters:DE:12345"),
        ("listing", "FR", "waters:FR:12345:7"),
        ("store", "DE", "lagoon:store:blue"),
        ("needs_resolution", "", None),
        ("invalid", "", None),
        ("unsupported", "", None),
    ]
    assert links[0].canonical_url == "https://www.lagoon.example/thing/12345?merchantId=7"
    assert links[1].canonical_url == "https://www.lagoon.fr.example/thing/12345?merchantId=7"
    assert links[2].needs == "merchant"
    assert rules.resolve("https://item.taobao.com/item.htm?id=564176654249").status == "unsupported"


def test_documents_survive_a_database_column() -> None:
    stored = json.loads(json.dumps(packaged_documents()))

    rules = load_rules(stored, places={"sandbox": "http://localhost:8003"})

    assert rules.resolve("http://localhost:8003/bazarro/item/7.html").key == "bazarro:7"
    assert (
        rules.resolve("https://www.superbuy.com/?url=https%3A%2F%2Fdetail.tmall.com%2Fitem.htm%3Fid%3D881280651752").marketplace == "tmall"
    )


def test_the_rules_need_the_standard_library_alone() -> None:
    program = "import sys; sys.path.insert(0, sys.argv[1]); import marketplaces.rules.links as l; l.packaged_rules('http://localhost:8003')"
    root = str(Path(__file__).resolve().parents[2])

    finished = run([sys.executable, "-I", "-S", "-c", program, root], env={}, capture_output=True, text=True, check=False)

    assert (finished.returncode, finished.stderr) == (0, "")


def test_the_longer_domain_wins_whatever_the_order_of_the_documents() -> None:
    for documents in (packaged_documents(), packaged_documents()[::-1]):
        rules = load_rules(documents, places={"sandbox": "http://localhost:8003"})

        assert rules.resolve("https://2.taobao.com/item.htm?id=528507949582").marketplace == "xianyu"
        assert rules.resolve("https://22.taobao.com/item.htm?id=528507949582").marketplace == "taobao"


def test_an_exact_host_wins_over_a_domain_and_is_no_domain() -> None:
    exact = {
        "key": "pier",
        "hosts": ["pier.lagoon.example"],
        "canonical": "https://pier.lagoon.example/{id}",
        "listings": [{"path": "^/(?P<id>[1-9][0-9]{4,9})$"}],
    }

    rules = load_rules([LAGOON, exact])

    assert rules.resolve("https://pier.lagoon.example/12345").key == "pier:12345"
    assert rules.resolve("https://pier.lagoon.example/thing/12345").code == "no_listing"
    assert rules.resolve("https://x.pier.lagoon.example/thing/12345").marketplace == "lagoon"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"key": "La Goon"}, "La Goon: key:"),
        ({"key": None}, "a document without a key: key:"),
        ({"colour": "blue"}, "lagoon: 'colour' is no field here"),
        ({"sites": {}}, "lagoon: name at least one of domains"),
        ({"sites": {"lagoon.example": "Germany"}}, "lagoon: sites: 'Germany'"),
        ({"domains": "lagoon.example"}, "lagoon: domains: a list of texts"),
        ({"domains": ["*.example"]}, r"lagoon: domains: '\*.example'"),
        ({"digits": [9, 4]}, "lagoon: digits:"),
        ({"canonical": ""}, "lagoon: canonical: a template"),
        ({"canonical": "https://x.example/{id"}, "lagoon: .* is not a template"),
        ({"needs": "colour"}, "lagoon: needs: 'colour' must be one of the fields"),
        ({"origin": "{sandbox}"}, "lagoon: origin: no address is known for {sandbox}"),
        ({"origin": "ftp://x.example"}, "lagoon: origin: 'ftp://x.example'"),
        ({"listings": {}}, "lagoon: listings: a list of tables"),
        ({"listings": [{"path": "^/x$"}]}, "lagoon: listings 1: say where the number is"),
        ({"listings": [{"path": "^/x$", "query": ["a b"]}]}, "lagoon: listings 1: query: 'a b'"),
        ({"listings": [{"path": "("}]}, "lagoon: listings 1: path: '\\(' is not a regular expression"),
        ({"listings": [{"path": "^/x$", "query": ["id"], "verb": "GET"}]}, "lagoon: listings 1: 'verb' is no field here"),
        ({"stores": [{"path": "^/(?P<store>[a-z]+)$"}]}, "lagoon: stores 1: canonical: a template"),
        ({"offsets": [{"domains": [], "above": 1, "subtract": 2}]}, "lagoon: offsets 1: above and subtract"),
    ],
)
def test_a_document_that_cannot_be_used_says_where_and_why(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RulesError, match=f"^{sentence}"):
        load_rules([deepcopy(LAGOON) | change])


def test_two_documents_may_not_claim_one_key_domain_or_name() -> None:
    other = LAGOON | {"key": "other"}

    with pytest.raises(RulesError, match="two documents have the same key"):
        load_rules([LAGOON, LAGOON])
    with pytest.raises(RulesError, match=r"two documents claim lagoon\."):
        load_rules([LAGOON, other])
    with pytest.raises(RulesError, match="two documents claim lagoon market"):
        load_rules([LAGOON, other | {"sites": {"other.example": "DE"}, "offsets": []}])


def test_an_origin_that_is_none_is_refused() -> None:
    with pytest.raises(RulesError, match="origin"):
        packaged_rules("localhost:8003")
    with pytest.raises(RulesError, match="no address is known"):
        packaged_rules("")


# Expressions


@pytest.mark.parametrize(
    "text",
    [r"^(?:a+)+$", r"^(?:a|a)*$", r"^(a?){60}$", r"x*y", r"^x*y*$", r"^(?=x)", r"^(?<=x)", r"^(?i)x", r"^(x)\1$", r"^(?P<a>x)(?P=a)$"]
    + [r"\d{1,60}\d{1,60}\d{1,60}$", r"^a{2,}b{3,}$", r"a{1,900}b", "", "(", "x" * 301, 7, r"^(?P<a>x)(?(a)y|z)$"],
)
def test_an_expression_that_could_be_slow_or_is_none_is_refused(text: object) -> None:
    with pytest.raises(RulesError):
        compile_expression(text)


@pytest.mark.parametrize(
    "text", [r"^/a/[^/]*x$", r"(?:^|[-/])i(?P<id>\d{5,20})\.html?$", r"^/[+*{]+/(?P<id>\d{3})$", r"^a\(+b$", r"^[^]+)]{2,9}$"]
)
def test_an_expression_that_takes_one_pass_is_accepted(text: str) -> None:
    assert compile_expression(text).search("") is None


def test_digits_of_other_scripts_are_no_digits() -> None:
    assert compile_expression(r"^\d{3}$").search("١٢٣") is None


@pytest.mark.parametrize(
    "path",
    [
        "/" * 2000,
        "/product/" * 220,
        "/item/" * 330,
        "-i11111" * 280,
        "/store/product/" + "1_" * 900,
        "/p/" + "-i1" * 660,
        "/offer/" + "1" * 2000,
        "(" * 2000,
    ],
)
def test_no_path_keeps_the_packaged_rules_busy(path: str) -> None:
    rules = packaged_rules("http://localhost:8003")
    hosts = [f"www.{domain}" for document in packaged_documents() for domain in (*document.get("domains", []), *document.get("sites", {}))]

    started = time.process_time()
    links = rules.resolve_many(f"https://{host}{path}"[:2048] for host in hosts)

    assert {link.status for link in links} <= {"invalid", "needs_resolution"}
    assert time.process_time() - started < 0.05 * len(hosts)

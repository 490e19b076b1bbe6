"""What a link leads to: the specification's examples, every known address, what is refused, and properties of any text."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplaces.rules.links import LONGEST_LINK, MESSAGES, Link, extract_links, packaged_documents, packaged_rules

PAYLOADS = Path(__file__).resolve().parent.parent / "payloads" / "links"
RULES = packaged_rules("http://localhost:8003")
STATUSES = {"listing", "store", "needs_resolution", "unsupported", "invalid"}


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (PAYLOADS / name).read_text("utf-8").splitlines()]


CASES = rows("url_cases.jsonl")
DIFFERENCES = {row["url"]: row["marketplace"] for row in rows("differences.jsonl")}
KNOWN = [row["url"] for row in CASES] + [row["url"] for row in rows("examples.jsonl")]


# Known addresses


@pytest.mark.parametrize("row", CASES, ids=lambda row: row["url"][:60])
def test_every_known_address_names_its_marketplace_and_number(row: dict[str, Any]) -> None:
    link = RULES.resolve(row["url"])

    assert link.marketplace == DIFFERENCES.get(row["url"], row["marketplace"])
    assert link.listing_id == row["listing_id"]
    assert (link.status == "listing") is (row["listing_id"] is not None)
    assert (link.status == "needs_resolution") is (row.get("kind") == "short_link_needs_resolution")


def test_the_file_of_known_addresses_is_whole_and_its_differences_are_few() -> None:
    assert len(CASES) == 175
    assert set(DIFFERENCES) <= {row["url"] for row in CASES}
    assert len(DIFFERENCES) == 9


@pytest.mark.parametrize("row", rows("examples.jsonl"), ids=lambda row: row["url"][:60])
def test_every_example_of_the_specification_comes_out_as_written(row: dict[str, Any]) -> None:
    link = RULES.resolve(row["url"])

    assert (link.status, link.marketplace, link.external_id) == (row["status"], row["marketplace"], row["id"])
    assert link.code == row.get("code", link.code)


@pytest.mark.parametrize(
    ("text", "canonical", "key"),
    [
        (
            "https://h5.m.taobao.com/awp/core/detail.htm?id=677287234553",
            "https://item.taobao.com/item.htm?id=677287234553",
            "taobao_family:677287234553",
        ),
        (
            "https://detail.m.tmall.com/item.htm?id=881280651752",
            "https://detail.tmall.com/item.htm?id=881280651752",
            "taobao_family:881280651752",
        ),
        (
            "https://detail.yao.95095.com/item.htm?id=881280651752",
            "https://detail.tmall.com/item.htm?id=881280651752",
            "taobao_family:881280651752",
        ),
        (
            "https://detail.tmall.hk/item.htm?id=538857208954",
            "https://detail.tmall.hk/hk/item.htm?id=538857208954",
            "taobao_family:538857208954",
        ),
        (
            "detail.m.1688.com/page/index.htm?offerId=724363443765:::0",
            "https://detail.1688.com/offer/724363443765.html",
            "1688:724363443765",
        ),
        ("https://ja.aliexpress.com/i/32857333905.html", "https://www.aliexpress.com/item/32857333905.html", "aliexpress:32857333905"),
        (
            "https://m.alibaba.com/product/1600270997819/x.html",
            "https://www.alibaba.com/product-detail/x_1600270997819.html",
            "alibaba:1600270997819",
        ),
        (
            "https://pages.lazada.com.ph/products/a-i4082434573-s22305071575.html",
            "https://www.lazada.com.ph/products/i4082434573.html",
            "lazada:PH:4082434573",
        ),
        ("https://www.shop.com.mm/products/i148372106.html", "https://www.daraz.com.mm/products/i148372106.html", "daraz:MM:148372106"),
        (
            "https://www.miravia.es/p/x-i1356167851274367-s2069215325270143.html",
            "https://www.miravia.es/p/i1356167851274367.html",
            "miravia:1356167851274367",
        ),
        ("https://m.2.taobao.com/item.htm?id=1055811390394", "https://www.goofish.com/item?id=1055811390394", "xianyu:1055811390394"),
        ("https://shopee.sg/Milk-i.186092181.6378783065", "https://shopee.sg/product/186092181/6378783065", "shopee:SG:6378783065"),
        (
            "https://shop1.v.weidian.com/item.html?itemId=7238805189",
            "https://weidian.com/item.html?itemID=7238805189",
            "weidian:7238805189",
        ),
        (
            "http://localhost:8003/bazarro/item/3000425919.html?a=1",
            "http://localhost:8003/bazarro/item/3000425919.html",
            "bazarro:3000425919",
        ),
        ("http://localhost:8003/lanqiao/goods?a=1&id=77", "http://localhost:8003/lanqiao/goods?id=77", "lanqiao:77"),
        ("http://localhost:8003/nordmart/p/some-words-i55", "http://localhost:8003/nordmart/p/i55", "nordmart:55"),
    ],
)
def test_a_listing_has_one_address_and_one_key(text: str, canonical: str, key: str) -> None:
    link = RULES.resolve(text)

    assert (link.status, link.canonical_url, link.key, link.code, link.message) == ("listing", canonical, key, "", "")


# The same listing in many spellings


@pytest.mark.parametrize(
    "spellings",
    [
        [
            "https://item.taobao.com/item.htm?id=564176654249",
            "http://item.taobao.com/item.htm?spm=a230r.1&id=564176654249&ns=1#detail",
            "HTTPS://ITEM.TAOBAO.COM./item.htm?id=564176654249",
            "//world.taobao.com/item/564176654249.htm?fromSite=main",
            "<h5.m.taobao.com/awp/core/detail.htm?spm=1&amp;id=564176654249>",
            "https://a.m.taobao.com/i564176654249.htm",
            "https://detail.tmall.com/item.htm?id=564176654249",
            "https://www.superbuy.com/en/page/buy/?url=https%3A%2F%2Fitem.taobao.com%2Fitem.htm%3Fid%3D564176654249",
            "【淘宝】跑步鞋 https://item.taobao.com/item.htm?id=564176654249 「Nike 👟」",
            "淘宝 564176654249",
        ],
        [
            "https://www.aliexpress.us/item/3256802958877264.html",
            "https://www.aliexpress.com/item/1005003145192016.html",
            "https://m.aliexpress.com/i/1005003145192016.html?aff_fcid=1",
            "https://aliexpress.ru/item/Some-Words/1005003145192016.html",
            "aliexpress:1005003145192016",
        ],
        [
            "https://www.trendyol.com/apple/iphone-p-150059024?boutiqueId=61&merchantId=275331",
            "https://trendyol.com/en/a/b-p-150059024?merchantId=275331",
            "trendyol 150059024 275331",
        ],
        [
            "https://www.lazada.com.my/products/a-b-i1299546099-s3963046423.html",
            "m.lazada.com.my/products/i1299546099.html",
            "Lazada, MY, 1299546099",
        ],
    ],
)
def test_spellings_of_one_listing_have_one_key(spellings: list[str]) -> None:
    links = RULES.resolve_many(spellings)

    assert {link.status for link in links} == {"listing"}
    assert len({link.key for link in links}) == 1


def test_the_american_site_adds_two_to_the_51_to_larger_numbers_only() -> None:
    plain, at_the_border, above = RULES.resolve_many(
        f"https://www.aliexpress.us/item/{number}.html" for number in (32872078587, 2251799813685248, 2251832766343175)
    )

    assert (plain.listing_id, at_the_border.listing_id, above.listing_id) == ("32872078587", "2251799813685248", "32952657927")
    assert RULES.resolve("https://www.aliexpress.com/item/2251832766343175.html").listing_id == "2251832766343175"


def test_a_page_of_several_sellers_is_a_listing_that_asks_for_the_seller() -> None:
    without, named = RULES.resolve_many(["https://www.trendyol.com/a/b-p-65149494", "https://www.trendyol.com/a/b-p-65149494?merchantId=9"])

    assert (without.status, without.needs, without.code, without.key) == ("listing", "merchant", "needs_merchant", "trendyol:65149494")
    assert without.message == MESSAGES["needs_merchant"]
    assert (named.needs, named.code, named.key) == ("", "", "trendyol:65149494:9")


# Stores and short links


@pytest.mark.parametrize(
    ("text", "marketplace", "canonical", "key"),
    [
        ("https://shop123145485.taobao.com/?spm=a230r", "taobao", "https://shop123145485.taobao.com/", "taobao:store:123145485"),
        ("shop123.taobao.com", "taobao", "https://shop123.taobao.com/", "taobao:store:123"),
        (
            "https://www.aliexpress.com/store/912345678?spm=1",
            "aliexpress",
            "https://www.aliexpress.com/store/912345678",
            "aliexpress:store:912345678",
        ),
        ("https://brightlamps.1688.com/", "1688", "https://brightlamps.1688.com/", "1688:store:brightlamps"),
        ("https://feibit.en.alibaba.com/", "alibaba", "https://feibit.en.alibaba.com/", "alibaba:store:feibit"),
        ("https://en.feibit.alibaba.com/", "alibaba", "https://feibit.en.alibaba.com/", "alibaba:store:feibit"),
        ("https://www.lazada.sg/shop/some-shop/?q=All", "lazada", "https://www.lazada.sg/shop/some-shop", "lazada:SG:store:some-shop"),
        ("https://shop1737183540.v.weidian.com/?x=1", "weidian", "https://shop1737183540.v.weidian.com/", "weidian:store:1737183540"),
        (
            "http://localhost:8003/bazarro/store/911204507",
            "bazarro",
            "http://localhost:8003/bazarro/store/911204507",
            "bazarro:store:911204507",
        ),
        ("http://localhost:8003/lanqiao/shop?id=5", "lanqiao", "http://localhost:8003/lanqiao/shop?id=5", "lanqiao:store:5"),
    ],
)
def test_the_address_of_a_store_is_a_store(text: str, marketplace: str, canonical: str, key: str) -> None:
    link = RULES.resolve(text)

    assert (link.status, link.marketplace, link.canonical_url, link.key) == ("store", marketplace, canonical, key)
    assert (link.listing_id, link.message) == (None, MESSAGES["store"])
    assert RULES.resolve(canonical).key == key


def test_a_listing_on_the_host_of_a_store_is_a_listing() -> None:
    assert RULES.resolve("https://feibit.en.alibaba.com/product/60694039271-804969466/Gas.html").key == "alibaba:60694039271"


@pytest.mark.parametrize(
    ("text", "marketplace"),
    [
        ("https://e.tb.cn/h.SQ6rjlgiow5ob5s?tk=MJN9f2bd29s", "taobao_family"),
        ("https://m.tb.cn/item.htm?id=564176654249", "taobao_family"),
        ("https://s.daraz.pk/s.abc", "daraz"),
        ("https://c.lazada.co.th/t/c.abc", "lazada"),
        ("https://aliexpress.ru/e/_DmvHFpp", "aliexpress"),
        ("https://s.miravia.es/s.abc", "miravia"),
    ],
)
def test_a_short_link_must_be_opened_first(text: str, marketplace: str) -> None:
    link = RULES.resolve(text)

    assert (link.status, link.marketplace, link.code, link.key) == ("needs_resolution", marketplace, "short_link", None)


def test_every_listing_and_shop_of_the_sandbox_is_known() -> None:
    for market in json.loads((Path(__file__).resolve().parents[2] / "sandbox" / "catalogue.json").read_text("utf-8")):
        for shop in market["shops"]:
            address = f"http://localhost:8003{market['shop_path'].format(id=shop['id'])}"
            assert RULES.resolve(address).key == f"{market['key']}:store:{shop['id']}"
            for listing in shop["listings"]:
                address = (
                    f"http://localhost:8003{market['listing_path'].format(id=listing['id'], words='some-words-i5', slug='some-words-i5')}"
                )
                link = RULES.resolve(address)
                assert (link.marketplace, link.listing_id) == (market["key"], listing["id"])


# What is refused, and the near twin that is not


@pytest.mark.parametrize("row", rows("refused.jsonl"), ids=lambda row: f"{row['code']}-{ascii(row['text'])[:50]}")
def test_a_bad_link_is_refused_with_its_code_and_its_near_twin_is_not(row: dict[str, Any]) -> None:
    bad, twin = RULES.resolve_many([row["text"], row["twin"]])

    assert bad.code == row["code"]
    assert bad.status == ("unsupported" if row["code"] in {"unknown_site", "lookalike_host"} else "invalid")
    assert bad.message == MESSAGES[row["code"]]
    assert (bad.listing_id, bad.canonical_url, bad.key) == (None, None, None)
    assert twin.status == "listing"


def test_every_message_is_used_and_says_what_to_do() -> None:
    shown = {row["code"] for row in rows("refused.jsonl")} | {"store", "short_link", "needs_merchant"}

    assert shown == set(MESSAGES)
    assert all(message.endswith(".") and len(message) < 130 for message in MESSAGES.values())


def test_the_sandbox_answers_at_its_configured_origin_alone() -> None:
    elsewhere = packaged_rules("https://sandbox.example")

    assert elsewhere.resolve("https://sandbox.example/bazarro/item/7.html").canonical_url == "https://sandbox.example/bazarro/item/7.html"
    assert elsewhere.resolve("bazarro:7").canonical_url == "https://sandbox.example/bazarro/item/7.html"
    assert elsewhere.resolve("http://sandbox.example/bazarro/item/7.html").code == "unknown_site"
    assert elsewhere.resolve("https://sandbox.example:8003/bazarro/item/7.html").code == "port"
    assert packaged_rules("http://127.0.0.1:8003").resolve("http://127.0.0.1:8003/bazarro/item/7.html").status == "listing"


def test_a_text_beyond_the_limit_is_not_carried_along() -> None:
    assert len(RULES.resolve("x" * 5_000_000).input) == LONGEST_LINK


def test_no_marketplace_is_named_in_code() -> None:
    keys = {document["key"] for document in packaged_documents()}
    folder = Path(__file__).resolve().parents[2] / "marketplaces" / "rules"

    code = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))

    assert len(keys) == 16
    assert [key for key in keys if f'"{key}"' in code or f"{key}." in code] == []


# Pasted text


@pytest.mark.parametrize("row", rows("pasted.jsonl"), ids=lambda row: row["name"])
def test_the_links_of_a_pasted_text_are_found(row: dict[str, Any]) -> None:
    assert extract_links(row["text"]) == row["links"]


@pytest.mark.parametrize("url", [url for url in KNOWN if url.startswith("http")])
def test_a_link_alone_and_a_link_in_quotes_are_the_same_link(url: str) -> None:
    assert extract_links(url) == extract_links(f'"{url}"') == extract_links(f"看 {url} !") == [url]


@pytest.mark.parametrize(
    "text", ["a." * 500_000, "https://" * 100_000, ")" * 1_000_000, "https://a.example/(" + ")" * 1_000_000, ",;" * 300_000]
)
def test_a_hostile_text_is_read_in_one_pass(text: str) -> None:
    assert len("".join(extract_links(text))) <= len(text)


# Properties of any text

PIECES = st.sampled_from(
    [
        "https://",
        "http:",
        "//",
        "item.taobao.com",
        "www.lazada.sg",
        "/item.htm",
        "?id=",
        "&",
        "=",
        "#",
        "@",
        ":",
        ".",
        "[",
        "]",
        "\\",
        "%",
        "%00",
        "\x00",
    ]
    + [
        "\u202e",
        "\n",
        "\t",
        " ",
        "，",
        "淘宝",
        "taobao",
        "lazada",
        "MY",
        "564176654249",
        "-i1299546099.html",
        "٣",
        "xn--",
        "127.0.0.1",
        "\ud800",
        "?url=",
    ]
    + ["www.superbuy.com/"]
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=12).map("".join))


@given(TEXTS)
def test_any_text_has_an_answer(text: str) -> None:
    link = RULES.resolve(text)

    assert link.input == text
    assert link.status in STATUSES
    assert link.message == MESSAGES.get(link.code, "")
    assert (link.status == "listing") is (link.listing_id is not None)
    assert link.status == "listing" or link.code
    assert RULES.resolve(text) == link


@given(TEXTS)
def test_every_link_found_in_a_text_has_an_answer(text: str) -> None:
    for found in extract_links(text):
        assert found
        assert RULES.resolve(found).status in STATUSES


@given(st.sampled_from(KNOWN), st.sampled_from(["utm", "spm", "pvid", "x-y"]), st.text("abc09._-%", max_size=20), st.booleans())
def test_tracking_never_changes_the_key(url: str, name: str, value: str, is_first: bool) -> None:
    before, _mark, query = url.partition("#")[0].partition("?")
    parts = [part for part in ([f"{name}={value}", query] if is_first else [query, f"{name}={value}"]) if part]

    tracked = RULES.resolve(f"{before}?{'&'.join(parts)}#frag")

    assert tracked.key == RULES.resolve(url).key


@pytest.mark.parametrize("link", [link for link in RULES.resolve_many(KNOWN) if link.canonical_url], ids=lambda link: str(link.key))
def test_the_canonical_address_leads_to_the_same_key(link: Link) -> None:
    again = RULES.resolve(str(link.canonical_url))

    assert (again.status, again.marketplace, again.key) == (link.status, link.marketplace, link.key)
    assert (again.canonical_url, again.listing_id, again.site) == (link.canonical_url, link.listing_id, link.site)


@given(st.sampled_from(KNOWN), st.sampled_from(["<{}>", "“{}”", "  {}\n", "看这个 {} 」", "({}),"]))
def test_the_quick_way_and_the_careful_way_agree(url: str, wrapping: str) -> None:
    careful = RULES.resolve(wrapping.format(url))

    assert replace(careful, input=url) == RULES.resolve(url)


def test_the_links_of_a_full_complaint_take_a_fraction_of_a_request() -> None:
    links = [row["url"] for row in CASES if row["listing_id"] and "kind" not in row]
    full = (links * 3)[:300]

    def seconds() -> float:
        started = time.process_time()
        RULES.resolve_many(full)
        return time.process_time() - started

    assert min(seconds() for _try in range(5)) < 0.010


@given(st.integers(10**8, 10**15))
def test_any_number_comes_back_from_its_address(number: int) -> None:
    for document in packaged_documents():
        site = next(iter(document.get("sites", {}).values()), "")
        named = ":".join(part for part in (document["key"], site, str(number)) if part)

        link = RULES.resolve(named)

        if link.status == "listing":
            assert RULES.resolve(str(link.canonical_url)).key == link.key
        else:
            assert link.code in {"link_needed", "bad_id"}

"""Whatever a person reads is in the Chinese catalogue, in our own terms, compiled, and what the pages really show."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from gettext import GNUTranslations
from html.parser import HTMLParser
from pathlib import Path

import allauth
import django
import pytest
from babel.messages.catalog import Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import translation

from ipp.core import tenancy
from ipp.core.files.origin import serve
from ipp.core.library_words import ACCOUNT_WORDS, DAYS_OF_THE_WEEK
from rightsholders import services
from scripts.messages import KEYWORDS, PYTHON_FOLDERS, collect
from tests.actors import AudienceClient, signed_in
from tests.factories.rightsholders import approved, asked, claimed, refused, submitted

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "locale/zh_Hans/LC_MESSAGES"
CHINESE = "zh-hans"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}|`[^`]+`")
ONE_WORD_FOR_ONE_THING = {"账号": "账户", "帐户": "账户", "验证码器": "验证器", "恢复代码": "恢复码", "审查员": "认证专员", "你": "您"}
"""Words that must not stand in the catalogue, each with the term that says it."""
NAMES = (
    "Acme Tools Ltd",
    "Gus Globex",
    "Lex & Partners",
    "Moon Bazaar",
    "Sunny Trading",
    "Send the back side too.",
    "Too dark.",
    "REST API",
)
"""What people wrote themselves, and what has no other name: it stays as it is."""
NOT_PROSE = {
    "core:styleguide": "its samples are content",
    "core:mailbox": "holds mails in their readers' languages",
    "core:api_docs": "drawn by the browser from the API's description, which is English",
}
READERS = {"portal": ("", "alice", "gus"), "staff": ("", "bob", "olga")}


@pytest.fixture(autouse=True)
def _english_afterwards() -> Iterator[None]:
    """Requests leave their reader's language in force; the next test starts in English again."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


# -- the catalogue ------------------------------------------------------------------------------------------------------
def messages(path: Path) -> dict[tuple[object, str | None], Message]:
    """Return a catalogue's messages by what is said in English, and its context."""
    with path.open("rb") as file:
        catalog = read_mo(file) if path.suffix == ".mo" else read_po(file)
    return {(_hashable(message.id), _text(message.context)): message for message in catalog if message.id}


def _text(context: object) -> str | None:
    """Return a context as text: compiled catalogues hold it as bytes."""
    return context.decode() if isinstance(context, bytes) else context  # type: ignore[return-value]


def texts(value: object) -> list[str]:
    """Return a message's forms; one without a translation has none (a test of its own says so)."""
    return [value] if isinstance(value, str) and value else [form for form in value or () if form]  # type: ignore[attr-defined]


def _hashable(said: object) -> object:
    return tuple(said) if isinstance(said, list) else said


@pytest.fixture(scope="module")
def catalogue() -> dict[tuple[object, str | None], Message]:
    return messages(FOLDER / "django.po")


def test_the_catalogue_holds_exactly_the_messages_of_the_code(catalogue):
    found = {(message.id, message.context) for message in collect() if message.id}

    assert len(found) > 700
    assert found - set(catalogue) == set(), "run `make messages` and translate"
    assert set(catalogue) - found == set(), "run `make messages`: nothing says these any more"


def test_every_message_is_translated_and_none_is_a_guess(catalogue):
    assert [key for key, message in catalogue.items() if not texts(message.string)] == []
    assert [key for key, message in catalogue.items() if message.fuzzy] == []


def test_what_is_left_to_the_writer_of_a_sentence_is_in_both_languages(catalogue):
    for (said, _context), message in catalogue.items():
        in_english = sorted(PLACEHOLDER.findall(texts(said)[-1]))
        for text in texts(message.string):
            assert sorted(PLACEHOLDER.findall(text)) == in_english, (said, text)


def test_chinese_needs_one_form_for_any_number(catalogue):
    forms = {len(texts(message.string)) for (said, _context), message in catalogue.items() if not isinstance(said, str)}

    assert forms == {1}


def test_translations_are_chinese_with_chinese_punctuation_and_our_terms(catalogue):
    for (said, _context), message in catalogue.items():
        for text in texts(message.string):
            assert re.search(r"[\u4e00-\u9fff]", text) or said == "API" or not re.search("[A-Za-z]{3}", PLACEHOLDER.sub("", text)), text
            assert not re.search(r"[\u4e00-\u9fff][,;:?!()]|[,;:?!()][\u4e00-\u9fff]", text), text
            assert [word for word in ONE_WORD_FOR_ONE_THING if word in text] == [], text


def test_a_sentence_ends_as_a_sentence_in_both_languages(catalogue):
    ends = {".": "。", ",": "：", "?": "？", ":": "：", "…": "…"}
    for (said, _context), message in catalogue.items():
        english = texts(said)[-1]
        for chinese in texts(message.string):
            if english[-1] in ends:
                assert chinese[-1] not in set("。？：…") - {ends[english[-1]], "："}, (english, chinese)
            else:
                assert chinese[-1] not in "。？：", (english, chinese)


def test_the_compiled_catalogue_is_the_written_one(catalogue):
    compiled = messages(FOLDER / "django.mo")

    assert {key: texts(message.string) for key, message in compiled.items()} == {
        key: texts(message.string) for key, message in catalogue.items() if texts(message.string)
    }


def test_every_name_the_code_gives_gettext_is_one_the_collector_knows():
    aliases = set()
    for path in (path for folder in PYTHON_FOLDERS for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
                aliases |= {name.asname or name.name for name in node.names if "gettext" in name.name}

    assert {"_", "_l", "_t"} <= aliases
    assert aliases - set(KEYWORDS) == set()


def test_a_word_said_while_a_module_loads_waits_for_its_reader():
    found = {}
    for path in (path for folder in PYTHON_FOLDERS for path in (ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        eager = {
            name.asname or name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
            for name in node.names
            if name.name in ("gettext", "ngettext", "pgettext", "npgettext")
        }
        found[path.relative_to(ROOT).as_posix()] = sorted(eager & set(names_called_at_load(tree)))

    assert {path: names for path, names in found.items() if names} == {}


def test_what_a_function_says_is_not_said_at_load():
    module = ast.parse("A = _('a')\ndef f(): return _t('b')\nB = lambda: _l('c')\nclass C: x = g(h('d'))")

    assert list(names_called_at_load(module)) == ["_", "g", "h"]


def names_called_at_load(node: ast.AST) -> Iterator[str]:
    """Yield the plain names a module calls while it loads: outside functions, lambdas and the defaults they carry."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Name):
            yield child.func.id
        yield from names_called_at_load(child)


@pytest.mark.parametrize(
    ("folder", "words"),
    [(Path(allauth.__file__).parent, ACCOUNT_WORDS), (Path(django.__file__).parent / "conf", DAYS_OF_THE_WEEK)],
)
def test_the_words_we_say_for_a_library_are_words_it_says_and_ours_win(folder, words, catalogue):
    with (folder / "locale/zh_Hans/LC_MESSAGES/django.mo").open("rb") as file:
        theirs = GNUTranslations(file)

    assert [word for word in words if theirs.gettext(word) == word] == []
    with translation.override(CHINESE):
        assert [word for word in words if translation.gettext(word) != catalogue[word, None].string] == []


def test_settings_find_the_catalogue():
    assert FOLDER.parents[1] in [Path(path) for path in settings.LOCALE_PATHS]
    for header in ("zh-hans", "zh-CN", "zh"):
        request = RequestFactory().get("/", headers={"accept-language": header})
        assert translation.get_language_from_request(request) == CHINESE


# -- what is shown ------------------------------------------------------------------------------------------------------
class Shown(HTMLParser):
    """Collects what a reader of a page meets: its text, and the words of attributes that are read out."""

    READ_OUT = ("alt", "aria-label", "data-announce", "data-copied", "data-countdown", "data-label", "placeholder", "title")
    SILENT = ("script", "style", "code", "time")

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.SILENT:
            self.inside.append(tag)
        self.pieces += [value for name, value in attrs if name in self.READ_OUT and value]

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.pieces.append(data)


def english_runs(html: str) -> list[str]:
    """Return the runs of two and more English words a page shows, names left out."""
    shown = Shown()
    shown.feed(html)
    text = "\n".join(shown.pieces)
    for name in NAMES:
        text = text.replace(name, "")
    return re.findall(r"[A-Za-z][A-Za-z'’-]*(?:[.,;:]? [A-Za-z][A-Za-z'’-]*)+", text)


def in_chinese(audience: str, name: str) -> AudienceClient:
    client = signed_in(name) if name else AudienceClient(audience)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = CHINESE
    return client


def assert_chinese(answer, *, holds: str = "") -> None:
    html = answer.content.decode()
    assert english_runs(html) == []
    assert 'lang="zh-Hans"' in html
    assert holds in html


def plain_routes(audience: str) -> Iterator[str]:
    """Yield the names of an audience's routes that need no argument."""

    def walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
            elif isinstance(pattern, URLPattern) and not pattern.pattern.converters and not pattern.pattern.regex.groups:
                yield f"{prefix}{pattern.name}"

    yield from (name for name in walk(get_resolver(f"ipp.urls.{audience}"), "") if name not in NOT_PROSE)


def test_english_is_found_in_text_and_in_what_is_read_out():
    page = '<p>您好 <b>Nothing was done</b></p><img alt="Page one of two"><code>not for any reader</code><p>Acme Tools Ltd · API</p>'

    assert english_runs(page) == ["Nothing was done", "Page one of two"]


@pytest.mark.parametrize(("audience", "reader"), [(audience, reader) for audience, readers in READERS.items() for reader in readers])
def test_every_page_without_an_argument_is_chinese(db, alice, audience, reader):
    submitted(alice)
    client = in_chinese(audience, reader)
    seen = {}

    for name in plain_routes(audience):
        answer = client.get(reverse(name, urlconf=f"ipp.urls.{audience}"))
        if answer.get("Content-Type", "").startswith("text/html") and answer.content:
            seen[name] = english_runs(answer.content.decode())
            assert 'lang="zh-Hans"' in answer.content.decode(), name
        client = in_chinese(audience, reader)  # signing out is a page too

    assert len(seen) > 5
    assert {name: runs for name, runs in seen.items() if runs} == {}


@pytest.mark.parametrize(
    ("audience", "path", "words"),
    [
        ("portal", "/", "您的权利，一次证明。"),
        ("portal", "/accounts/signup/", "权利人或代理机构名称"),
        ("staff", "/", "平台工作台"),
        ("staff", "/accounts/login/", "登录平台工作台"),
    ],
)
def test_a_browser_that_asks_for_chinese_gets_it(visitor, audience, path, words):
    answer = visitor(audience).get(path, headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.1"})

    assert_chinese(answer, holds=words)


def test_forms_say_in_chinese_what_needs_a_correction(alice):
    visitor, owner = in_chinese("portal", ""), in_chinese("portal", "alice")

    assert_chinese(visitor.post("/accounts/signup/", {"email": "nobody"}), holds="项需要更正")
    assert_chinese(visitor.post("/accounts/login/", {"login": "nobody@people.example", "password": "wrong"}), holds="邮箱或密码不正确")
    assert_chinese(owner.post("/identity/send/", {"country": "XX"}), holds="项需要更正")
    assert_chinese(owner.post("/developer/keys/", {"days": "7"}), holds="项需要更正")


@pytest.mark.parametrize("state", ["submitted", "asked", "approved", "refused", "withdrawn"])
def test_a_verification_is_chinese_in_every_state_on_both_sides(alice, bob, state):
    row = {
        "submitted": lambda: submitted(alice),
        "asked": lambda: asked(alice, bob),
        "approved": lambda: approved(alice, bob),
        "refused": lambda: refused(alice, bob),
        "withdrawn": lambda: submitted(alice),
    }[state]()
    if state == "withdrawn":
        with tenancy.acting(alice):
            services.withdraw_verification(actor=alice, code=row.code)

    assert_chinese(in_chinese("portal", "alice").get("/start/"), holds="认证记录")
    assert_chinese(in_chinese("portal", "alice").get(f"/identity/{row.code}/"), holds="动态")
    assert_chinese(in_chinese("staff", "bob").get(f"/verifications/{row.code}/"), holds="申请人填写内容")


def test_the_desk_is_chinese_for_whoever_holds_a_case(alice, bob):
    row = claimed(alice, bob)

    assert_chinese(in_chinese("staff", "bob").get(f"/verifications/{row.code}/"), holds="不予通过的理由")
    assert_chinese(in_chinese("staff", "bea").get(f"/verifications/{row.code}/"), holds="Bob 正在审核此案件。")
    assert_chinese(in_chinese("staff", "bob").post(f"/verifications/{row.code}/refuse/", {"version": row.version}), holds="请选择理由。")


def test_refusals_are_chinese_as_page_fragment_and_problem_document(alice, machine):
    page = in_chinese("portal", "alice").get("/identity/none/")
    fragment = in_chinese("portal", "alice").get("/identity/none/", headers={"hx-request": "true"})
    problem = machine("alice").get("/api/v1/verifications/none", headers={"accept-language": "zh-CN"}).json()

    assert_chinese(page, holds="未找到")
    assert "未找到。" in fragment.content.decode()
    assert problem["detail"] == "此地址下没有内容。请检查链接，或从原列表打开。"


def test_the_file_origin_answers_in_the_readers_language():
    answer = serve(RequestFactory().get("/x", headers={"accept-language": "zh-CN"}), token="x")

    assert answer.content.decode() == "链接无效。请完整复制链接，或从原页面打开文件。\n"


@pytest.mark.parametrize(
    "name", sorted(path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.txt") if path.stat().st_size)
)
def test_every_mail_and_short_message_is_chinese(name):
    with translation.override(CHINESE):
        text = render_to_string(name, {"email": "a@people.example", "ip": "192.0.2.1", "code": "123456"})

    assert re.search(r"[\u4e00-\u9fff]", text)
    assert english_runs(text) == []


def test_moments_days_and_countries_are_written_the_chinese_way(alice):
    row = submitted(alice)

    page = in_chinese("portal", "alice").get(f"/identity/{row.code}/").content.decode()

    assert re.search(r">\d{4}年\d{1,2}月\d{1,2}日 \d{2}:\d{2}</time> 上海时间", page)
    assert "英国" in page
    assert "上海时间 · " in page or "上海时间 ·" in page

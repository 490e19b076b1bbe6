"""The mails of a dispute: every one to the word in English, all in Chinese in Chinese, and each sent once to everybody it is for."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.utils.translation import override

from ipp.core import clock, tenancy
from ipp.core.models import User
from marketplaces.models import Seller
from takedowns import services
from takedowns.models import CounterNotice, DisputeCode, ReportedListing, SellerNotice
from takedowns.presentation import letters
from takedowns.presentation.letters import Letter
from takedowns.presentation.whereabouts import Whereabouts, given_back, given_back_then, kept_down, whereabouts
from takedowns.rules import AFTER_WINDOW, ON_ACCEPT
from tests.cast import TENANTS, address
from tests.factories.disputes import contested, countered, told
from tests.factories.marketplaces import inside_engine
from tests.factories.rightsholders import stored_file, validated_right
from tests.factories.takedowns import fresh, rows_of
from tests.takedowns.cases import UNDO_OVER, withdraw
from tests.takedowns.rulings import rule, take

OVER = timedelta(days=15)
"""Longer than any window, holidays included."""

DUE = "2026-03-02T10:00:00+00:00"
DOWN, MIXED, ONLINE = Whereabouts(2, 2, 0), Whereabouts(3, 1, 1), Whereabouts(2, 0, 2)
ONE_DOWN, ONE_ONLINE, ONE_ASKED_DOWN = Whereabouts(1, 1, 0), Whereabouts(1, 0, 1), Whereabouts(1, 0, 0)

SHOP = Seller(name="Harbour Flask")
NOTICE = SellerNotice(
    code="notice-code", reference="NT-7Q4M-2F9", seller=SHOP, body={"complainant": "Acme Tools Ltd", "right": {"name": "KETTLEBY"}}
)
COUNTER = CounterNotice(
    code="counter-code", reference="CN-7Q4M-2F9", seller=SHOP, listing_count=2, holder_due_at=datetime.fromisoformat(DUE)
)
REASON = DisputeCode(label_en="The origin is proven", label_zh="来源已证实")
COMPLAINT = ("TK-7Q4M-2F9", "complaint-code")
WORDS = "Seen, Meg."
GIVEN = {"Harbour Flask", "Acme Tools Ltd", "KETTLEBY", "NT-7Q4M-2F9", "CN-7Q4M-2F9", "TK-7Q4M-2F9", WORDS}
"""What people typed, and references: the same in every language."""

TO_NOTICE, TO_COUNTER, TO_COMPLAINT = "/reported/notice-code/", "/counter-notices/counter-code/", "/complaints/complaint-code/"

LETTERS: list[tuple[Callable[[], Letter], str, str, list[str]]] = [
    (
        lambda: letters.notice_letter(NOTICE, [1], DUE),
        "1 listing of Harbour Flask was reported (NT-7Q4M-2F9)",
        TO_NOTICE,
        [
            "Acme Tools Ltd says that it infringes the right “KETTLEBY”. We looked at it and accepted the complaint.",
            "You can answer until {due}. If you do not, the decision stands and may count against your shop.",
        ],
    ),
    (
        lambda: letters.notice_letter(NOTICE, [1, 3], DUE),
        "2 listings of Harbour Flask were reported (NT-7Q4M-2F9)",
        TO_NOTICE,
        [
            "Acme Tools Ltd says that they infringe the right “KETTLEBY”. We looked at them and accepted the complaint.",
            "You can answer until {due}. If you do not, the decision stands and may count against your shop.",
        ],
    ),
    (
        lambda: letters.received_letter(COUNTER, ONE_ONLINE),
        "Harbour Flask answered for 1 listing (CN-7Q4M-2F9)",
        TO_COUNTER,
        [
            "Accept its answer, which withdraws your complaint for this listing, or reject it with reasons. A second reviewer then decides.",
            "Answer until {due}. If you do not, your complaint is withdrawn for this listing. It stays online then.",
        ],
    ),
    (
        lambda: letters.received_letter(COUNTER, DOWN),
        "Harbour Flask answered for 2 listings (CN-7Q4M-2F9)",
        TO_COUNTER,
        [
            "Accept its answer, which withdraws your complaint for these listings, or reject it with reasons. A second reviewer then decides.",
            "Answer until {due}. If you do not, your complaint is withdrawn for these listings. They come back on the marketplace then.",
        ],
    ),
    (
        lambda: letters.conceded_letter(NOTICE, DOWN, WORDS),
        "Your answer was accepted (NT-7Q4M-2F9)",
        TO_NOTICE,
        ["The listings come back on the marketplace.", WORDS],
    ),
    (
        lambda: letters.conceded_letter(NOTICE, ONE_ONLINE, ""),
        "Your answer was accepted (NT-7Q4M-2F9)",
        TO_NOTICE,
        ["The listing stays online."],
    ),
    (
        lambda: letters.contested_letter(NOTICE, 1, WORDS, DUE),
        "Your answer was rejected; we decide (NT-7Q4M-2F9)",
        TO_NOTICE,
        ["A reviewer who has not decided about this listing before looks at both sides and decides until {due}.", WORDS],
    ),
    (
        lambda: letters.contested_letter(NOTICE, 2, WORDS, DUE),
        "Your answer was rejected; we decide (NT-7Q4M-2F9)",
        TO_NOTICE,
        ["A reviewer who has not decided about these listings before looks at both sides and decides until {due}.", WORDS],
    ),
    (
        lambda: letters.lapsed_letter_to_seller(NOTICE, ONE_DOWN),
        "The complaint was withdrawn (NT-7Q4M-2F9)",
        TO_NOTICE,
        [
            "The rights holder did not answer in time, so the complaint is withdrawn.",
            "The listing comes back on the marketplace.",
        ],
    ),
    (
        lambda: letters.lapsed_letter_to_holder(COUNTER, ONE_DOWN),
        "Withdrawn, because nobody answered (CN-7Q4M-2F9)",
        TO_COUNTER,
        [
            "The time to answer this counter-notice is over. Your complaint is withdrawn for 1 listing.",
            "The listing comes back on the marketplace.",
        ],
    ),
    (
        lambda: letters.lapsed_letter_to_holder(COUNTER, MIXED),
        "Withdrawn, because nobody answered (CN-7Q4M-2F9)",
        TO_COUNTER,
        [
            "The time to answer this counter-notice is over. Your complaint is withdrawn for 3 listings.",
            "The listings stay online, or come back if they went down.",
        ],
    ),
    (
        lambda: letters.withdrawn_letter(NOTICE, ONLINE),
        "The complaint was withdrawn (NT-7Q4M-2F9)",
        TO_NOTICE,
        ["The rights holder withdrew its complaint against 2 of your listings.", "The listings stay online."],
    ),
    (
        lambda: letters.ruling_letter_to_seller(NOTICE, "overturned", REASON, WORDS, DOWN),
        "Decided in your favour (NT-7Q4M-2F9)",
        TO_NOTICE,
        ["The listings come back on the marketplace.", "The origin is proven.", WORDS],
    ),
    (
        lambda: letters.ruling_letter_to_seller(NOTICE, "upheld", REASON, WORDS, ONE_DOWN),
        "Your answer was dismissed (NT-7Q4M-2F9)",
        TO_NOTICE,
        [
            "The decision stands and may count against your shop. The listing stays down.",
            "The origin is proven.",
            WORDS,
            "You can still go to court.",
        ],
    ),
    (
        lambda: letters.ruling_letter_to_holder(*COMPLAINT, "overturned", REASON, WORDS, ONLINE),
        "Decided in the seller's favour (TK-7Q4M-2F9)",
        TO_COMPLAINT,
        ["The listings stay online.", "The origin is proven.", WORDS],
    ),
    (
        lambda: letters.ruling_letter_to_holder(*COMPLAINT, "upheld", None, "", ONLINE),
        "Your complaint was upheld (TK-7Q4M-2F9)",
        TO_COMPLAINT,
        ["The counter-notice was dismissed. The listings come down now."],
    ),
    (
        lambda: letters.silence_letter_to_seller(NOTICE, ONE_ONLINE),
        "The time to answer is over (NT-7Q4M-2F9)",
        TO_NOTICE,
        ["Nobody answered for 1 listing, so the decision stands. It may count against your shop. The listing comes down now."],
    ),
    (
        lambda: letters.silence_letter_to_seller(NOTICE, MIXED),
        "The time to answer is over (NT-7Q4M-2F9)",
        TO_NOTICE,
        [
            "Nobody answered for 3 listings, so the decision stands. They may count against your shop. "
            "The listings stay down, or come down now."
        ],
    ),
    (
        lambda: letters.silence_letter_to_holder(*COMPLAINT, ONE_DOWN),
        "1 claim stands (TK-7Q4M-2F9)",
        TO_COMPLAINT,
        ["Nobody answered in time. The listing stays down."],
    ),
    (
        lambda: letters.silence_letter_to_holder(*COMPLAINT, ONLINE),
        "2 claims stand (TK-7Q4M-2F9)",
        TO_COMPLAINT,
        ["Nobody answered in time. The listings come down now."],
    ),
]


@pytest.mark.parametrize(("letter", "subject", "link", "paragraphs"), LETTERS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_letter_says_what_is_so_and_leads_to_the_case(letter, subject, link, paragraphs):
    due = letters.moment(DUE)

    said = letter()

    end = f"See the whole case here:\n{settings.PORTAL_ORIGIN}{link}\n"
    assert said == (subject, "\n\n".join([*(paragraph.replace("{due}", due) for paragraph in paragraphs), end]))
    assert due.endswith("6 p.m. (UTC+0800)"), "a due moment names its zone"


@pytest.mark.parametrize(("letter", "subject", "link", "paragraphs"), LETTERS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_letter_in_chinese_has_as_many_paragraphs_and_no_english_word(letter, subject, link, paragraphs):
    with override("zh-hans"):
        said, body = letter()
        due = letters.moment(DUE)

    assert body.count("\n\n") == len(paragraphs)
    assert body.endswith(f"\n{settings.PORTAL_ORIGIN}{link}\n")
    assert all(due in body for paragraph in paragraphs if "{due}" in paragraph)
    assert "UTC+0800" in due
    for text in (said, *body.removesuffix(f"\n{settings.PORTAL_ORIGIN}{link}\n").split("\n\n")):
        assert text == WORDS or is_chinese(text, due), text


def test_every_letter_of_the_module_is_read_here():
    named = {name for name, what in inspect.getmembers(letters, inspect.isfunction) if name.endswith("letter") or "_letter_" in name}
    called = {name for letter, *_rest in LETTERS for name in letter.__code__.co_names if name in named}

    assert called == named != set()


@pytest.mark.parametrize(
    ("where", "back", "then", "stands"),
    [
        (ONE_DOWN, "The listing comes back on the marketplace.", "It comes back on the marketplace then.", "The listing stays down."),
        (DOWN, "The listings come back on the marketplace.", "They come back on the marketplace then.", "The listings stay down."),
        (ONE_ONLINE, "The listing stays online.", "It stays online then.", "The listing comes down now."),
        (ONLINE, "The listings stay online.", "They stay online then.", "The listings come down now."),
        (
            ONE_ASKED_DOWN,
            "The listing stays online, or comes back if it went down.",
            "It stays online, or comes back if it went down.",
            "The listing comes down now.",
        ),
        (
            MIXED,
            "The listings stay online, or come back if they went down.",
            "They stay online, or come back if they went down.",
            "The listings stay down, or come down now.",
        ),
    ],
)
def test_what_becomes_of_listings_depends_on_where_they_are(where, back, then, stands):
    assert (given_back(where), given_back_then(where), kept_down(where)) == (back, then, stands)
    with override("zh-hans"):
        assert all(is_chinese(words(where), "") for words in (given_back, given_back_then, kept_down))


def test_a_listing_that_went_down_only_after_something_happened_was_online_then():
    happened = datetime(2026, 3, 2, 10, tzinfo=UTC)
    minute = timedelta(minutes=1)
    rows = [
        ReportedListing(pk=1, removal=ON_ACCEPT, removed_at=happened - minute),
        ReportedListing(pk=2, removal=AFTER_WINDOW, removed_at=happened - minute),
        ReportedListing(pk=3, removal=AFTER_WINDOW, removed_at=happened + minute),
        ReportedListing(pk=4, removal=AFTER_WINDOW),
        ReportedListing(pk=5, removal=ON_ACCEPT),
    ]

    assert whereabouts(rows, happened) == Whereabouts(count=5, down=2, online=2)
    assert whereabouts(rows, happened + 2 * minute) == Whereabouts(count=5, down=3, online=1)


# -- sending ------------------------------------------------------------------------------------------------------------------
BACK, STAYS, KEPT, COMES_DOWN = (
    "The listings come back on the marketplace.",
    "The listings stay online.",
    "The listings stay down.",
    "The listings come down now.",
)
STEPS: dict[str, tuple[Callable[..., Any], dict[str, tuple[str, tuple[str, str]]]]] = {
    "countered": (
        lambda case: countered(case.alice, case.sunny, notice=case.notice),
        {"{shop} answered for 2 listings ({counter})": ("acme", ("They come back on the marketplace then.", "They stay online then."))},
    ),
    "conceded": (lambda case: case.accept(), {"Your answer was accepted ({notice})": ("sunny", (BACK, STAYS))}),
    "contested": (
        lambda case: case.reject(),
        {"Your answer was rejected; we decide ({notice})": ("sunny", ("about these listings before",) * 2)},
    ),
    "lapsed": (
        lambda case: services.close_windows(),
        {
            "The complaint was withdrawn ({notice})": ("sunny", (BACK, STAYS)),
            "Withdrawn, because nobody answered ({counter})": ("acme", (BACK, STAYS)),
        },
    ),
    "withdrawn": (
        lambda case: withdraw(case.alice, case.notice.complaint),
        {"The complaint was withdrawn ({notice})": ("sunny", (BACK, STAYS))},
    ),
    "overturned": (
        lambda case: case.rule("overturned"),
        {
            "Decided in your favour ({notice})": ("sunny", (BACK, STAYS)),
            "Decided in the seller's favour ({complaint})": ("acme", (BACK, STAYS)),
        },
    ),
    "upheld": (
        lambda case: case.rule("upheld"),
        {
            "Your answer was dismissed ({notice})": ("sunny", (KEPT, COMES_DOWN)),
            "Your complaint was upheld ({complaint})": ("acme", (KEPT, COMES_DOWN)),
        },
    ),
    "silence": (
        lambda case: services.close_windows(),
        {
            "The time to answer is over ({notice})": ("sunny", (KEPT, COMES_DOWN)),
            "2 claims stand ({complaint})": ("acme", (KEPT, COMES_DOWN)),
        },
    ),
}
"""What happens, and the mails that follow: the subject, whose members get it, and what it says of listings that are down or online."""

STARTS = {"countered": "told", "silence": "told", "withdrawn": "told", "overturned": "contested", "upheld": "contested"}
AFTER = {"lapsed": OVER, "silence": OVER, "overturned": UNDO_OVER, "upheld": UNDO_OVER}


class Case:
    """Two listings in dispute: down, or online until the seller's time is over, as its right's kind has it."""

    def __init__(self, alice: Any, sunny: Any, ruth: Any, *, are_down: bool, start: str) -> None:
        self.alice, self.sunny, self.ruth = alice, sunny, ruth
        self.notice = told(alice, sunny) if are_down else told(alice, sunny, **patent(alice))
        if are_down:
            with inside_engine(alice) as engine:
                ids = [row.pk for row in rows_of(self.notice.complaint)]
                services.note_actions(actor=engine, kind="remove", source_ids=ids)
        if start == "contested":
            self.counter = contested(alice, sunny, notice=self.notice)
        elif start == "countered":
            self.counter = countered(alice, sunny, notice=self.notice)

    def accept(self) -> None:
        """Let the rights holder accept the answer."""
        with tenancy.acting(self.alice):
            services.accept_counter_notice(actor=self.alice, code=self.counter.code)

    def reject(self) -> None:
        """Let the rights holder reject the answer."""
        with tenancy.acting(self.alice):
            services.reject_counter_notice(actor=self.alice, code=self.counter.code, reasons=["STILL_INFRINGES"], message="It is ours.")

    def rule(self, outcome: str) -> None:
        """Let a second reviewer decide."""
        take(self.ruth, self.counter)
        rule(self.ruth, self.counter, 1, 2, outcome=outcome)

    def about(self) -> dict[str, str]:
        """Return what subjects name."""
        with tenancy.engine_scope("tests"):
            counter = CounterNotice.objects.filter(notice=self.notice).first()
            reference = counter.reference if counter is not None else ""
        complaint = fresh(self.notice.complaint).reference
        return {"shop": self.notice.seller.name, "notice": self.notice.reference, "complaint": complaint, "counter": reference}


@pytest.mark.parametrize("are_down", [True, False], ids=["down", "online until the end"])
@pytest.mark.parametrize("step", STEPS)
def test_everybody_it_is_for_is_mailed_once_and_told_what_is_so(alice, cast, run_engine, marketplace, storage, step, are_down):
    happens, mails = STEPS[step]
    after = AFTER.get(step, timedelta(0))
    case = Case(alice, cast("sunny"), cast("ruth"), are_down=are_down, start=STARTS.get(step, "countered"))
    run_engine()
    mail.outbox.clear()

    with clock.moved(after if step in ("lapsed", "silence") else timedelta(0)):
        happens(case)
    run_engine(after=after)
    run_engine(after=after)

    about = case.about()
    references = [reference for key, reference in about.items() if key != "shop" and reference]
    sent = [item for item in mail.outbox if any(f"({reference})" in item.subject for reference in references)]
    expected = [(subject.format(**about), to) for subject, (whose, _said) in mails.items() for to in members(whose)]
    assert sorted((item.subject, item.to[0]) for item in sent) == sorted(expected)
    for subject, (_whose, said) in mails.items():
        bodies = [item.body for item in sent if item.subject == subject.format(**about)]
        assert all(said[0 if are_down else 1] in body for body in bodies), bodies


def test_a_member_reads_the_news_in_chinese(alice, cast, run_engine, marketplace):
    with tenancy.acting(cast("sunny")):
        User.objects.filter(email=address("suki")).update(language="zh-hans")
    notice = told(alice, cast("sunny"))

    run_engine()
    run_engine()

    sent = {item.to[0]: item for item in mail.outbox if notice.reference in item.subject}
    assert sent[address("sunny")].subject == f"2 listings of {notice.seller.name} were reported ({notice.reference})"
    assert sent[address("suki")].subject == f"{notice.seller.name} 有 2 条商品链接被投诉（{notice.reference}）"
    assert len([item for item in mail.outbox if notice.reference in item.subject]) == len(sent) == 2


def is_chinese(text: str, due: str) -> bool:
    """Tell whether a text has Chinese in it and, names and references aside, nothing of another language or of a template."""
    rest = text.replace(due, "") if due else text
    for given in GIVEN:
        rest = rest.replace(given, "")
    return bool(re.search(r"[\u4e00-\u9fff]", rest)) and not re.search(r"[A-Za-z%{}]", rest)


def members(organization: str) -> list[str]:
    """Return the addresses of an organization's members."""
    return [address(name) for name, _role in TENANTS[organization][3]]


def patent(actor: Any) -> dict[str, Any]:
    """Return a complaint about a right whose listings come down when the seller's time is over."""
    chart = stored_file(actor)
    right = validated_right(actor, kind="invention")
    return {"right": right, "reason": "PT-CLAIM", "statements": {}, "evidence": [("claim_chart", chart.code)]}

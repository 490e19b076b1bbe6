"""How cases read to a seller: where each stands, what happened, why, what it may cost, and what happens next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from ipp.core.navigation import Link, add_group
from ipp.core.timeline import Facts, Sentence, register_sentences
from ipp.core.ui import Fact, StateBadge, exact_day, exact_moment, register_states, short_moment, zone_name
from marketplaces.models import Marketplace
from marketplaces.presentation import is_seller, price_of
from marketplaces.queries import PictureLink
from rightsholders.models import RightKind
from takedowns.lifecycle import DisputeStatus, Ending, ListingStatus
from takedowns.models import DisputeCode, ReportedListing, SellerNotice
from takedowns.queries.notices import CLOSED, PLATFORM, TO_ANSWER, WAITING, CounterCase, Standing, StatementGroup, count_to_answer, place_of
from takedowns.rules import AFTER_WINDOW, window_days

PLACE_AXIS = "takedowns.notice"
ROW_AXIS = "takedowns.notice_listing"
DISPUTE_AXIS = "takedowns.dispute"
PAGE = "takedowns:notice"
OVER = "over"
"""A listing whose time to answer is over, in the minutes until the engine has confirmed it."""

register_states(
    {
        PLACE_AXIS: {
            TO_ANSWER: StateBadge(_l("To answer"), "warn", "message-reply"),
            WAITING: StateBadge(_l("Waiting for the rights holder"), "info", "hourglass"),
            PLATFORM: StateBadge(_l("With the platform"), "info", "scale"),
            CLOSED: StateBadge(_l("Closed"), "mute", "circle-check"),
        },
        DISPUTE_AXIS: {
            DisputeStatus.WAITING: StateBadge(_l("Waiting for the rights holder"), "info", "hourglass"),
            DisputeStatus.CONTESTED: StateBadge(_l("With the platform"), "info", "scale"),
        },
        ROW_AXIS: {
            TO_ANSWER: StateBadge(_l("To answer"), "warn", "message-reply"),
            OVER: StateBadge(_l("Time to answer is over"), "bad", "calendar-x"),
            ListingStatus.COUNTERED: StateBadge(_l("Waiting for the rights holder"), "info", "hourglass"),
            ListingStatus.CONTESTED: StateBadge(_l("With the platform"), "info", "scale"),
            Ending.SILENCE: StateBadge(_l("Not answered: the claim stands"), "bad", "circle-x"),
            Ending.UPHELD: StateBadge(_l("Claim upheld, counter-notice dismissed"), "bad", "circle-x"),
            Ending.OVERTURNED: StateBadge(_l("Counter-notice upheld, listing restored"), "ok", "circle-check"),
            Ending.CONCEDED: StateBadge(_l("Your answer was accepted"), "ok", "circle-check"),
            Ending.LAPSED: StateBadge(_l("Withdrawn: no reply to your answer"), "ok", "circle-check"),
            Ending.WITHDRAWN: StateBadge(_l("Complaint withdrawn"), "ok", "arrow-back-up"),
        },
    }
)


def _listings(facts: Facts) -> str:
    count = len(facts.get("positions", ())) or int(facts.get("listing_count", 0))
    return ngettext("%(count)s listing", "%(count)s listings", count) % {"count": count}


def _told(text: Callable[[Facts], str], icon: str, tone: Any = "info") -> Sentence:
    return Sentence(text, icon, tone, "message", PAGE)


register_sentences(
    {
        "takedowns.counter_notice.filed": Sentence(
            lambda facts: (
                _("answered for %(listings)s (%(reference)s)") % {"listings": _listings(facts), "reference": facts.get("reference", "")}
            ),
            "message-reply",
            "cn",
        ),
        "takedowns.to_seller.notice_sent": _told(
            lambda facts: (
                _("accepted a complaint against %(listings)s of %(shop)s") % {"listings": _listings(facts), "shop": facts.get("shop", "")}
            ),
            "inbox",
            "warn",
        ),
        "takedowns.to_seller.conceded": _told(
            lambda facts: _("told you that the rights holder accepted your answer for %(listings)s") % {"listings": _listings(facts)},
            "circle-check",
            "ok",
        ),
        "takedowns.to_seller.contested": _told(
            lambda facts: (
                _("told you that the rights holder rejected your answer for %(listings)s; a second reviewer decides")
                % {"listings": _listings(facts)}
            ),
            "scale",
            "warn",
        ),
        "takedowns.to_seller.lapsed": _told(
            lambda facts: (
                _("told you that nobody replied to your answer: the complaint about %(listings)s is withdrawn")
                % {"listings": _listings(facts)}
            ),
            "circle-check",
            "ok",
        ),
        "takedowns.to_seller.withdrawn": _told(
            lambda facts: _("told you that the rights holder withdrew its complaint about %(listings)s") % {"listings": _listings(facts)},
            "arrow-back-up",
            "ok",
        ),
        "takedowns.to_seller.upheld": _told(
            lambda facts: _("dismissed your answer for %(listings)s: the claim is upheld") % {"listings": _listings(facts)},
            "gavel",
            "bad",
        ),
        "takedowns.to_seller.overturned": _told(
            lambda facts: _("decided in your favour: %(listings)s restored") % {"listings": _listings(facts)}, "gavel", "ok"
        ),
        "takedowns.to_seller.silence": _told(
            lambda facts: _("closed the time to answer for %(listings)s: the claim stands") % {"listings": _listings(facts)},
            "calendar-x",
            "bad",
        ),
    }
)

add_group(
    "portal",
    (_l("Shops"), (Link("takedowns:notices", _l("Reported listings"), "inbox", count=count_to_answer, due=True, shown=is_seller),)),
    position=1,
)


# -- what happened ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class RowFace:
    """One reported listing as its shop sees it. `position` names it in forms; `is_open` says that it can be answered now."""

    position: int
    title: str
    place: str
    number: str
    url: str
    price: str
    picture: PictureLink | None
    state: str
    standing: str
    tone: str
    is_open: bool
    due: str


def row_face(row: ReportedListing, pictures: Mapping[int, Sequence[PictureLink]], moment: datetime) -> RowFace:
    """Return how a listing looks to its shop: as it was when it was reported, where it stands, whether it is down."""
    seen = row.snapshot_filed
    shown = pictures.get(row.snapshot_filed_id or 0, ())
    is_open = place_of(row, moment) == TO_ANSWER
    standing, tone = standing_of(row)
    return RowFace(
        position=row.position,
        title=seen.title if seen is not None else _("Listing %(number)s") % {"number": row.external_id},
        place=place_word(row.marketplace),
        number=row.external_id,
        url=row.url,
        price=price_of(seen),
        picture=shown[0] if shown else None,
        state=row_state(row, moment),
        standing=standing,
        tone=tone,
        is_open=is_open,
        due=_until(row.seller_due_at) if is_open and row.seller_due_at is not None else "",
    )


def row_state(row: ReportedListing, moment: datetime) -> str:
    """Return a listing's value on the axis of a shop's listings."""
    status = row.shown_status
    if status == ListingStatus.ACCEPTED:
        return TO_ANSWER if place_of(row, moment) == TO_ANSWER else OVER
    if status in (ListingStatus.COUNTERED, ListingStatus.CONTESTED):
        return status.value
    if status == ListingStatus.UPHELD and row.ending not in (Ending.SILENCE, Ending.UPHELD):
        return Ending.UPHELD.value
    return str(row.ending or status)


def standing_of(row: ReportedListing) -> tuple[str, str]:
    """Return whether a listing is down on its marketplace, in words and tone."""
    is_given_back = row.shown_status in (ListingStatus.WITHDRAWN, ListingStatus.OVERTURNED)
    if row.removed_at is not None and row.restored_at is None:
        if is_given_back:
            return _("Coming back online"), "info"
        return _("Offline since %(moment)s") % {"moment": short_moment(row.removed_at)}, "bad"
    if row.restored_at is not None:
        return _("Back online since %(moment)s") % {"moment": short_moment(row.restored_at)}, "ok"
    if is_given_back:
        return _("Stays online"), "ok"
    if row.removal == AFTER_WINDOW and row.shown_status != ListingStatus.UPHELD:
        return _("Still online"), "info"
    return _("Being taken down"), "bad"


def headline(rows: Sequence[ReportedListing]) -> str:
    """Return in one line what happened to a shop's listings."""
    count = len(rows)
    if rows and all(row.removal == AFTER_WINDOW and row.removed_at is None for row in rows):
        return ngettext("%(count)s of your listings was reported", "%(count)s of your listings were reported", count) % {"count": count}
    if rows and all(row.shown_status in (ListingStatus.WITHDRAWN, ListingStatus.OVERTURNED) for row in rows):
        return ngettext("%(count)s reported listing was given back", "%(count)s reported listings were given back", count) % {
            "count": count
        }
    return ngettext("%(count)s of your listings was taken down", "%(count)s of your listings were taken down", count) % {"count": count}


def first_title(notice: SellerNotice) -> str:
    """Return what a list shows of the listings a notice tells of: the first one's title, and how many more there are."""
    rows = list(notice.listings.all())  # as prefetched
    first = rows[0]
    title = first.snapshot_filed.title if first.snapshot_filed is not None else first.external_id
    more = len(rows) - 1
    return _("%(title)s and %(count)s more") % {"title": title, "count": more} if more else str(title)


def ending_words(notice: SellerNotice) -> str:
    """Return how the listings a notice tells of ended, as far as they did, in a few words."""
    given_back = sum(row.shown_status in (ListingStatus.WITHDRAWN, ListingStatus.OVERTURNED) for row in notice.listings.all())
    upheld = sum(row.shown_status == ListingStatus.UPHELD for row in notice.listings.all())
    parts = []
    if upheld:
        parts.append(ngettext("%(count)s claim stands", "%(count)s claims stand", upheld) % {"count": upheld})
    if given_back:
        parts.append(ngettext("%(count)s given back", "%(count)s given back", given_back) % {"count": given_back})
    return " · ".join(parts)


def right_word(body: Mapping[str, Any]) -> str:
    """Return the right a notice relies on: kind, name, office and number."""
    right = body["right"]
    kind = str(dict(RightKind.choices).get(right["kind"], right["kind"]))
    number = f"{right['office']} {right['number']}".strip()
    return " · ".join(part for part in (kind, right["name"], number) if part)


def reason_word(body: Mapping[str, Any]) -> str:
    """Return what the listings were reported for, in the reader's language."""
    return _in_language(body["reason"])


def place_word(marketplace: Marketplace) -> str:
    """Return a marketplace's name in the reader's language."""
    return marketplace.name(get_language() or "en")


def short_facts(notice: SellerNotice) -> list[Fact]:
    """Return the answers to a worried owner's first questions: who says so, by which right, what for, who decided."""
    return [
        Fact(_("Who says so"), notice.body["complainant"]),
        Fact(_("By which right"), right_word(notice.body)),
        Fact(_("What for"), reason_word(notice.body)),
    ]


# -- why --------------------------------------------------------------------------------------------------------------------
def statement_facts(notice: SellerNotice, group: StatementGroup) -> list[Fact]:
    """Return a statement of reasons in words, point by point as the law lists them (DSA art. 17)."""
    body, told = group.statement.body, notice.body
    right, automated = body.get("right", {}), body.get("automated", {})
    filed, seen = datetime.fromisoformat(told["filed_at"]), date.fromisoformat(told["seen_on"])
    return [
        Fact(_("What was decided"), _decision_word(body)),
        Fact(_("For which listings"), positions_word(group.positions)),
        Fact(_("Where it holds"), _scope_word(notice, body)),
        Fact(_("What was found"), body.get("facts", {}).get("reason_zh" if _is_chinese() else "reason_en", "")),
        Fact(_("On what ground"), _("Content that infringes a right, which the law and the marketplace's rules forbid")),
        Fact(_("The right"), right_word({"right": right}) if right else "", ", ".join(right.get("territories", []))),
        Fact(_("Owner of the right"), right.get("owner", "")),
        Fact(
            _("How we learned of it"),
            _("By a complaint of %(name)s (%(reference)s), filed on %(day)s; it saw the listings on %(seen)s.")
            % {
                "name": told["complainant"],
                "reference": told["complaint"],
                "day": exact_day(filed.date()),
                "seen": exact_day(seen),
            },
        ),
        Fact(_("What the rights holder explains"), body.get("facts", {}).get("explanation", "")),
        *(Fact(_in_language(item), item["text"]) for item in told.get("statements", [])),
        Fact(_("Words of the reviewer"), body.get("message", "")),
        Fact(_("Who decided"), _decider_word(automated)),
        Fact(_("How you can object"), _("Answer here in time: it costs nothing. You can also go to court.")),
    ]


def ruling_facts(group: StatementGroup) -> list[Fact]:
    """Return what a second reviewer decided about an answer, and why."""
    body = group.statement.body
    is_restored = body.get("decision") == "overturned"
    return [
        Fact(_("For which listings"), positions_word(group.positions)),
        Fact(_("Why"), _in_language(body["ruling"])),
        Fact(_("Words of the reviewer"), body.get("message", "")),
        Fact(_("Who decided"), _("A second reviewer, who had not decided about these listings before.")),
        Fact(_("Decided"), f"{exact_moment(group.statement.created_at)} {zone_name()}"),
        Fact(_("How you can object"), "" if is_restored else _("You can still go to court.")),
    ]


def counter_facts(case: CounterCase) -> list[Fact]:
    """Return what the shop said in an answer."""
    language = get_language() or "en"
    return [
        Fact(_("Grounds"), "; ".join(ground.label(language) for ground in case.grounds)),
        Fact(_("Statement"), case.counter.statement),
        Fact(_("Where the goods are"), case.counter.goods_location),
        Fact(_("Signed by"), case.counter.signed_name, case.counter.signed_role),
    ]


def reasons_word(reasons: Sequence[DisputeCode]) -> str:
    """Return a rights holder's reasons in the reader's language."""
    return "; ".join(reason.label(get_language() or "en") for reason in reasons)


def positions_word(positions: Sequence[int]) -> str:
    """Return which rows of a notice are meant."""
    listed = ", ".join(map(str, positions))
    return ngettext("Row %(rows)s", "Rows %(rows)s", len(positions)) % {"rows": listed}


def requirement_word(asked: Mapping[str, Any] | None, otherwise: str) -> str:
    """Return what a file was brought for."""
    return _in_language(asked) if asked else otherwise


# -- what it costs, and what happens next --------------------------------------------------------------------------------------
def next_words(notice: SellerNotice, standing: Standing) -> str:
    """Return in a sentence or two what happens next by itself; nothing while it is the shop's turn, for then `ways_on` says it."""
    days = window_days(notice.policy.data, "platform")
    words = {
        WAITING: _("You answered. If the rights holder accepts or says nothing in time, your listings come back."),
        PLATFORM: ngettext(
            "The rights holder rejected your answer. A second reviewer looks at both sides and decides within %(days)s business day.",
            "The rights holder rejected your answer. A second reviewer looks at both sides and decides within %(days)s business days.",
            days,
        )
        % {"days": days},
        CLOSED: _("Nothing waits for you here any more. Each listing below says how it ended."),
    }
    return words.get(standing.place, "")


def ways_on(notice: SellerNotice, rows: Sequence[ReportedListing]) -> tuple[list[str], list[str]]:
    """Return what follows if the shop answers, and if it does not, from the marketplace's own rules."""
    holder, platform = (window_days(notice.policy.data, side) for side in ("holder", "platform"))
    name = notice.body["complainant"]
    comes_down = any(row.removal == AFTER_WINDOW and row.removed_at is None for row in rows)
    answered = [
        ngettext(
            "%(name)s has %(days)s business day to accept your answer or to reject it.",
            "%(name)s has %(days)s business days to accept your answer or to reject it.",
            holder,
        )
        % {"name": name, "days": holder},
        _("If they accept or stay silent, the listing comes back and nothing counts against you."),
        ngettext(
            "If they reject it, a second reviewer decides within %(days)s business day.",
            "If they reject it, a second reviewer decides within %(days)s business days.",
            platform,
        )
        % {"days": platform},
        _("Answering costs nothing."),
    ]
    silent = [
        _("The listing comes down for good.") if comes_down else _("The listing stays down."),
        _("The violation is confirmed and stands in your shop's record."),
        _("A serious one is a strike: strikes lead to a warning, then to restrictions, in the end to closing the shop."),
    ]
    return answered, silent


def closed_words(rows: Sequence[ReportedListing], counters: Sequence[CounterCase], moment: datetime) -> str:
    """Return why nothing can be answered any more: the time is over, somebody answered, or the claim is gone."""
    late = [row.seller_due_at for row in rows if row_state(row, moment) in (OVER, Ending.SILENCE) and row.seller_due_at is not None]
    if late:
        return _("The time to answer ended on %(moment)s. The form is closed since then.") % {"moment": _until(min(late))}
    if counters:
        last = counters[-1].counter
        return _("%(who)s has answered already, on %(moment)s (%(reference)s).") % {
            "who": last.author_label,
            "moment": _until(last.filed_at),
            "reference": last.reference,
        }
    return _("There is nothing to answer any more: the complaint was withdrawn.")


def _decision_word(body: Mapping[str, Any]) -> str:
    if body.get("decision") == "removed":
        return _("The listing was taken down; nobody can buy from it.")
    return _("The complaint was accepted. The listing stays online until the time to answer is over.")


def _scope_word(notice: SellerNotice, body: Mapping[str, Any]) -> str:
    sites = ", ".join(body.get("scope", {}).get("sites", []))
    place = place_word(notice.marketplace)
    return f"{place} ({sites})" if sites else place


def _decider_word(automated: Mapping[str, Any]) -> str:
    if automated.get("decision"):
        return _("A named rule of ours decided, without a person.")
    return _("A trained reviewer, on the page as it was when it was reported. No automated means found it or decided it.")


def _until(moment: datetime) -> str:
    return f"{exact_moment(moment)} {zone_name()}"


def _is_chinese() -> bool:
    return (get_language() or "en").startswith("zh")


def _in_language(item: Mapping[str, Any]) -> str:
    return str(item["zh"] if _is_chinese() else item["en"])

"""The mails of a dispute, in the language in force: short, the same as the page says, with a link to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext, ngettext

from ipp.core.links import portal_url
from takedowns.models import CounterNotice, DisputeCode, RejectionCode, SellerNotice

Letter = tuple[str, str]


def notice_letter(notice: SellerNotice, positions: Sequence[int], due_at: str) -> Letter:
    """Tell a shop which of its listings were reported and until when it may answer."""
    count, shop = len(positions), notice.seller.name
    values = {"count": count, "shop": shop, "reference": notice.reference}
    subject = ngettext(
        "%(count)s listing of %(shop)s was reported (%(reference)s)", "%(count)s listings of %(shop)s were reported (%(reference)s)", count
    )
    first = gettext("%(complainant)s says that it infringes its right “%(right)s”. We looked at it and accepted the complaint.") % {
        "complainant": notice.body["complainant"],
        "right": notice.body["right"]["name"],
    }
    second = gettext("You can answer until %(due)s. If you do not, the decision stands and may count against your shop.") % {
        "due": moment(due_at)
    }
    return subject % values, _to_notice(notice, first, second)


def received_letter(counter: CounterNotice) -> Letter:
    """Tell the rights holder that a seller answered and what its silence does."""
    values = {"count": counter.listing_count, "shop": counter.seller.name, "reference": counter.reference}
    subject = ngettext(
        "%(shop)s answered for %(count)s listing (%(reference)s)",
        "%(shop)s answered for %(count)s listings (%(reference)s)",
        counter.listing_count,
    )
    first = gettext(
        "Accept its answer, which withdraws your complaint for these listings and restores them, or reject it with reasons. "
        "A second reviewer then decides."
    )
    second = gettext("Answer until %(due)s. If you do not, your complaint is withdrawn for these listings and they come back.") % {
        "due": moment(counter.holder_due_at.isoformat())
    }
    return subject % values, _to_counter_notice(counter, first, second)


def conceded_letter(notice: SellerNotice, count: int, message: str) -> Letter:
    """Tell a shop that the rights holder accepted its answer."""
    subject = gettext("Your answer was accepted (%(reference)s)") % {"reference": notice.reference}
    return subject, _to_notice(notice, _come_back(count), message)


def contested_letter(notice: SellerNotice, message: str, due_at: str) -> Letter:
    """Tell a shop that the rights holder rejected its answer and who decides now."""
    subject = gettext("Your answer was rejected; we decide (%(reference)s)") % {"reference": notice.reference}
    first = gettext("A reviewer who has not decided about these listings before looks at both sides and decides until %(due)s.") % {
        "due": moment(due_at)
    }
    return subject, _to_notice(notice, first, message)


def lapsed_letter_to_seller(notice: SellerNotice, count: int) -> Letter:
    """Tell a shop that the rights holder said nothing to its answer."""
    subject = gettext("The complaint was withdrawn (%(reference)s)") % {"reference": notice.reference}
    first = gettext("The rights holder did not answer in time, so the complaint is withdrawn.")
    return subject, _to_notice(notice, first, _come_back(count))


def lapsed_letter_to_holder(counter: CounterNotice, count: int) -> Letter:
    """Tell the rights holder what its silence did."""
    subject = gettext("Withdrawn, because nobody answered (%(reference)s)") % {"reference": counter.reference}
    first = gettext("The time to answer this counter-notice is over. Your complaint is withdrawn for its listings.")
    return subject, _to_counter_notice(counter, first, _come_back(count))


def withdrawn_letter(notice: SellerNotice, count: int) -> Letter:
    """Tell a shop that the rights holder withdrew by itself."""
    subject = gettext("The complaint was withdrawn (%(reference)s)") % {"reference": notice.reference}
    return subject, _to_notice(notice, gettext("The rights holder withdrew its complaint against your listings."), _come_back(count))


def ruling_letter_to_seller(notice: SellerNotice, outcome: str, code: DisputeCode | None, message: str, count: int) -> Letter:
    """Tell a shop how a second reviewer decided, and why."""
    reason = reason_sentence(code)
    if outcome == "overturned":
        subject = gettext("Decided in your favour (%(reference)s)") % {"reference": notice.reference}
        return subject, _to_notice(notice, _come_back(count), reason, message)
    subject = gettext("Your answer was dismissed (%(reference)s)") % {"reference": notice.reference}
    first = gettext("The decision stands: the listings stay down, and they may count against your shop.")
    return subject, _to_notice(notice, first, reason, message, gettext("You can still go to court."))


def ruling_letter_to_holder(reference: str, complaint: str, outcome: str, code: DisputeCode | None, message: str, count: int) -> Letter:
    """Tell the rights holder how a second reviewer decided, and why."""
    reason = reason_sentence(code)
    if outcome == "overturned":
        subject = gettext("Decided in the seller's favour (%(reference)s)") % {"reference": reference}
        return subject, _to_complaint(complaint, _come_back(count), reason, message)
    subject = gettext("Your complaint was upheld (%(reference)s)") % {"reference": reference}
    return subject, _to_complaint(complaint, gettext("The counter-notice was dismissed; the listings stay down."), reason, message)


def silence_letter_to_seller(notice: SellerNotice, count: int) -> Letter:
    """Tell a shop that its time is over."""
    subject = gettext("The time to answer is over (%(reference)s)") % {"reference": notice.reference}
    first = ngettext(
        "Nobody answered for %(count)s listing, so the decision stands. It may count against your shop.",
        "Nobody answered for %(count)s listings, so the decision stands. They may count against your shop.",
        count,
    ) % {"count": count}
    return subject, _to_notice(notice, first)


def silence_letter_to_holder(reference: str, complaint: str, count: int) -> Letter:
    """Tell the rights holder that its claims stand."""
    subject = ngettext("%(count)s claim stands (%(reference)s)", "%(count)s claims stand (%(reference)s)", count) % {
        "count": count,
        "reference": reference,
    }
    return subject, _to_complaint(complaint, gettext("The seller did not answer in time. The listings stay down."))


def reason_sentence(code: DisputeCode | RejectionCode | None) -> str:
    """Return a reason as a sentence of the language in force; empty where there is none."""
    language = get_language() or "en"
    return f"{code.label(language)}{'。' if language.startswith('zh') else '.'}" if code is not None else ""


def moment(iso: str) -> str:
    """Return a due moment as a reader far away can place it: date, time and the platform's time zone."""
    at = localtime(datetime.fromisoformat(iso))
    return f"{date_format(at, 'DATETIME_FORMAT')} ({at:UTC%z})"


def _come_back(count: int) -> str:
    return ngettext("The listing comes back on the marketplace.", "The listings come back on the marketplace.", count)


def _to_notice(notice: SellerNotice, *paragraphs: str) -> str:
    return _body(portal_url("takedowns:notice", code=notice.code), *paragraphs)


def _to_counter_notice(counter: CounterNotice, *paragraphs: str) -> str:
    return _body(portal_url("takedowns:counter_notice", code=counter.code), *paragraphs)


def _to_complaint(code: str, *paragraphs: str) -> str:
    return _body(portal_url("takedowns:complaint", code=code), *paragraphs)


def _body(link: str, *paragraphs: str) -> str:
    lines = [*(paragraph for paragraph in paragraphs if paragraph), gettext("See the whole case here:") + f"\n{link}"]
    return "\n\n".join(lines) + "\n"

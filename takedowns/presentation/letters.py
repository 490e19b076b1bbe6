"""The mails of a dispute, in the language in force: short, the same as the page says, with a link to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext, ngettext

from ipp.core.links import portal_url
from takedowns.models import CounterNotice, DisputeCode, RejectionCode, SellerNotice
from takedowns.presentation.whereabouts import Whereabouts, given_back, given_back_then, kept_down, sentences

Letter = tuple[str, str]


def notice_letter(notice: SellerNotice, positions: Sequence[int], due_at: str) -> Letter:
    """Tell a shop which of its listings were reported and until when it may answer."""
    count, shop = len(positions), notice.seller.name
    values = {"count": count, "shop": shop, "reference": notice.reference}
    subject = ngettext(
        "%(count)s listing of %(shop)s was reported (%(reference)s)", "%(count)s listings of %(shop)s were reported (%(reference)s)", count
    )
    first = ngettext(
        "%(complainant)s says that it infringes the right “%(right)s”. We looked at it and accepted the complaint.",
        "%(complainant)s says that they infringe the right “%(right)s”. We looked at them and accepted the complaint.",
        count,
    ) % {"complainant": notice.body["complainant"], "right": notice.body["right"]["name"]}
    second = gettext("You can answer until %(due)s. If you do not, the decision stands and may count against your shop.") % {
        "due": moment(due_at)
    }
    return subject % values, _to_notice(notice, first, second)


def received_letter(counter: CounterNotice, where: Whereabouts) -> Letter:
    """Tell the rights holder that a seller answered and what its silence does."""
    values = {"count": where.count, "shop": counter.seller.name, "reference": counter.reference}
    subject = ngettext(
        "%(shop)s answered for %(count)s listing (%(reference)s)",
        "%(shop)s answered for %(count)s listings (%(reference)s)",
        where.count,
    )
    first = ngettext(
        "Accept its answer, which withdraws your complaint for this listing, or reject it with reasons. A second reviewer then decides.",
        "Accept its answer, which withdraws your complaint for these listings, or reject it with reasons. A second reviewer then decides.",
        where.count,
    )
    second = ngettext(
        "Answer until %(due)s. If you do not, your complaint is withdrawn for this listing.",
        "Answer until %(due)s. If you do not, your complaint is withdrawn for these listings.",
        where.count,
    ) % {"due": moment(counter.holder_due_at.isoformat())}
    return subject % values, _to_counter_notice(counter, first, sentences(second, given_back_then(where)))


def conceded_letter(notice: SellerNotice, where: Whereabouts, message: str) -> Letter:
    """Tell a shop that the rights holder accepted its answer."""
    subject = gettext("Your answer was accepted (%(reference)s)") % {"reference": notice.reference}
    return subject, _to_notice(notice, given_back(where), message)


def contested_letter(notice: SellerNotice, count: int, message: str, due_at: str) -> Letter:
    """Tell a shop that the rights holder rejected its answer and who decides now."""
    subject = gettext("Your answer was rejected; we decide (%(reference)s)") % {"reference": notice.reference}
    first = ngettext(
        "A reviewer who has not decided about this listing before looks at both sides and decides until %(due)s.",
        "A reviewer who has not decided about these listings before looks at both sides and decides until %(due)s.",
        count,
    ) % {"due": moment(due_at)}
    return subject, _to_notice(notice, first, message)


def lapsed_letter_to_seller(notice: SellerNotice, where: Whereabouts) -> Letter:
    """Tell a shop that the rights holder said nothing to its answer."""
    subject = gettext("The complaint was withdrawn (%(reference)s)") % {"reference": notice.reference}
    first = gettext("The rights holder did not answer in time, so the complaint is withdrawn.")
    return subject, _to_notice(notice, first, given_back(where))


def lapsed_letter_to_holder(counter: CounterNotice, where: Whereabouts) -> Letter:
    """Tell the rights holder what its silence did."""
    subject = gettext("Withdrawn, because nobody answered (%(reference)s)") % {"reference": counter.reference}
    first = ngettext(
        "The time to answer this counter-notice is over. Your complaint is withdrawn for %(count)s listing.",
        "The time to answer this counter-notice is over. Your complaint is withdrawn for %(count)s listings.",
        where.count,
    ) % {"count": where.count}
    return subject, _to_counter_notice(counter, first, given_back(where))


def withdrawn_letter(notice: SellerNotice, where: Whereabouts) -> Letter:
    """Tell a shop that the rights holder withdrew by itself."""
    subject = gettext("The complaint was withdrawn (%(reference)s)") % {"reference": notice.reference}
    first = ngettext(
        "The rights holder withdrew its complaint against %(count)s of your listings.",
        "The rights holder withdrew its complaint against %(count)s of your listings.",
        where.count,
    ) % {"count": where.count}
    return subject, _to_notice(notice, first, given_back(where))


def ruling_letter_to_seller(notice: SellerNotice, outcome: str, code: DisputeCode | None, message: str, where: Whereabouts) -> Letter:
    """Tell a shop how a second reviewer decided, and why."""
    reason = reason_sentence(code)
    if outcome == "overturned":
        subject = gettext("Decided in your favour (%(reference)s)") % {"reference": notice.reference}
        return subject, _to_notice(notice, given_back(where), reason, message)
    subject = gettext("Your answer was dismissed (%(reference)s)") % {"reference": notice.reference}
    first = sentences(gettext("The decision stands and may count against your shop."), kept_down(where))
    return subject, _to_notice(notice, first, reason, message, gettext("You can still go to court."))


def ruling_letter_to_holder(
    reference: str, complaint: str, outcome: str, code: DisputeCode | None, message: str, where: Whereabouts
) -> Letter:
    """Tell the rights holder how a second reviewer decided, and why."""
    reason = reason_sentence(code)
    if outcome == "overturned":
        subject = gettext("Decided in the seller's favour (%(reference)s)") % {"reference": reference}
        return subject, _to_complaint(complaint, given_back(where), reason, message)
    subject = gettext("Your complaint was upheld (%(reference)s)") % {"reference": reference}
    first = sentences(gettext("The counter-notice was dismissed."), kept_down(where))
    return subject, _to_complaint(complaint, first, reason, message)


def silence_letter_to_seller(notice: SellerNotice, where: Whereabouts) -> Letter:
    """Tell a shop that its time is over."""
    subject = gettext("The time to answer is over (%(reference)s)") % {"reference": notice.reference}
    first = ngettext(
        "Nobody answered for %(count)s listing, so the decision stands. It may count against your shop.",
        "Nobody answered for %(count)s listings, so the decision stands. They may count against your shop.",
        where.count,
    ) % {"count": where.count}
    return subject, _to_notice(notice, sentences(first, kept_down(where)))


def silence_letter_to_holder(reference: str, complaint: str, where: Whereabouts) -> Letter:
    """Tell the rights holder that its claims stand."""
    subject = ngettext("%(count)s claim stands (%(reference)s)", "%(count)s claims stand (%(reference)s)", where.count) % {
        "count": where.count,
        "reference": reference,
    }
    return subject, _to_complaint(complaint, sentences(gettext("Nobody answered in time."), kept_down(where)))


def reason_sentence(code: DisputeCode | RejectionCode | None) -> str:
    """Return a reason as a sentence of the language in force; empty where there is none."""
    language = get_language() or "en"
    return f"{code.label(language)}{'。' if language.startswith('zh') else '.'}" if code is not None else ""


def moment(iso: str) -> str:
    """Return a due moment as a reader far away can place it: date, time and the platform's time zone."""
    at = localtime(datetime.fromisoformat(iso))
    return f"{date_format(at, 'DATETIME_FORMAT')} ({at:UTC%z})"


def _to_notice(notice: SellerNotice, *paragraphs: str) -> str:
    return _body(portal_url("takedowns:notice", code=notice.code), *paragraphs)


def _to_counter_notice(counter: CounterNotice, *paragraphs: str) -> str:
    return _body(portal_url("takedowns:counter_notice", code=counter.code), *paragraphs)


def _to_complaint(code: str, *paragraphs: str) -> str:
    return _body(portal_url("takedowns:complaint", code=code), *paragraphs)


def _body(link: str, *paragraphs: str) -> str:
    lines = [*(paragraph for paragraph in paragraphs if paragraph), gettext("See the whole case here:") + f"\n{link}"]
    return "\n\n".join(lines) + "\n"

"""The seller's side of a dispute: answering a notice, for one or several listings at once, while the window is open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.clock import now
from ipp.core.errors import Conflict, FieldError, IllegalTransition, InvalidInput, NotFound
from ipp.core.events import record
from ipp.core.lifecycle import advance_with_trail
from ipp.core.models import StoredFile
from ipp.core.tenancy import engine_scope
from takedowns.events import CounterNoticeFiled
from takedowns.lifecycle import LISTING, ListingStatus
from takedowns.models import CounterNotice, CounterNoticeListing, DisputeCode, Exhibit, ReportedListing, SellerNotice, Transition
from takedowns.rules import COUNTER_DECLARATIONS, FILE_KINDS, MAX_STATEMENT, check_evidence, closes_at, missing_counter_declarations
from takedowns.services.checking import platform_day
from takedowns.services.counting import recount
from takedowns.services.notifying import pages_of
from takedowns.services.settling import settle_notices
from takedowns.services.windows import due_moments

MAX_FILES = 20
"""Files with one counter-notice."""


@dataclass(frozen=True)
class Answer:
    """What a seller says: grounds by code, statement, what each ground asks for (typed or as files), declarations, signature."""

    grounds: Sequence[str]
    statement: str
    details: dict[str, str] = field(default_factory=dict)
    files: Sequence[tuple[str, StoredFile]] = ()
    goods_location: str = ""
    declarations: Sequence[str] = ()
    signed_name: str = ""
    signed_role: str = ""


@transaction.atomic
def file_counter_notice(*, actor: Actor, notice_code: str, positions: Sequence[int], answer: Answer) -> CounterNotice:
    """Answer a notice for the listings at `positions`; from then on it is the rights holder's turn (requirement CTN-02).

    Raises:
        NotFound: no such notice to a shop of this organization, or no such listing in it.
        Conflict: the time to answer is over (`window_closed`, with the moment), or somebody answered already (`answered_already`).
        IllegalTransition: the claim against a listing was withdrawn or decided meanwhile.
        InvalidInput: no listing or ground chosen, a ground's proof missing, or a declaration not made.
    """
    notice = own_notice(actor, notice_code)
    rows = _rows(notice, positions)
    grounds = grounds_in_force(notice.body["right"]["kind"])
    errors = answer_errors(answer, grounds)
    if errors:
        raise InvalidInput("counter_notice_incomplete", _("The counter-notice was not sent: something is missing."), errors=errors)
    ends = due_moments(rows, "holder")
    counter = CounterNotice.objects.create(
        organization_id=notice.organization_id,
        complaint_id=notice.complaint_id,
        notice=notice,
        seller_id=notice.seller_id,
        author_organization_id=actor.organization_id,
        author_label=actor.label,
        grounds=list(answer.grounds),
        statement=_whole_statement(answer, grounds),
        goods_location=answer.goods_location.strip(),
        declarations=[name for name in COUNTER_DECLARATIONS if name in answer.declarations],
        signed_name=answer.signed_name.strip(),
        signed_role=answer.signed_role.strip(),
        listing_count=len(rows),
        holder_due_at=min(ends),
    )
    CounterNoticeListing.objects.bulk_create(
        CounterNoticeListing(
            organization_id=notice.organization_id, counter_notice=counter, reported_listing=row, seller_id=notice.seller_id
        )
        for row in rows
    )
    _show(counter, notice, answer.files)
    advance_with_trail(ReportedListing, Transition, LISTING, "counter", ids=[row.pk for row in rows])
    for due, ids in ends.items():
        ReportedListing.objects.filter(pk__in=ids).update(holder_due_at=due)
    fact = CounterNoticeFiled(
        reference=counter.reference,
        code=counter.code,
        notice=notice.code,
        listing_count=len(rows),
        grounds=list(answer.grounds),
        due_at=min(ends).isoformat(),
    )
    # About the seller's own organization: the complainant's outbox is not this login's to write to. A handler carries it over.
    record(fact, actor=actor, subject=notice)
    return counter


@transaction.atomic
def take_in_counter_notice(*, code: str) -> CounterNotice:
    """Count what a counter-notice changed for the complainant; the engine's work, across both organizations. Return it."""
    with engine_scope("take in a counter-notice"):
        counter = CounterNotice.objects.select_related("complaint", "seller", "notice").get(code=code)
        recount(counter.complaint_id)
        settle_notices([counter.notice_id])
    return counter


def own_notice(actor: Actor, code: str) -> SellerNotice:
    """Return a notice to a shop of the actor's organization.

    Raises:
        NotFound: there is none, it is not theirs, or it has not arrived yet.
    """
    notices = SellerNotice.objects.select_related("seller", "marketplace", "policy")
    notice = notices.filter(code=code, seller__organization_id=actor.organization_id, notified_at__isnull=False).first()
    if notice is None:
        raise NotFound
    return notice


def grounds_in_force(right_kind: str) -> list[DisputeCode]:
    """Return the grounds a seller may give today against a right of this kind, in order."""
    rows = DisputeCode.objects.in_force(platform_day()).filter(about=DisputeCode.About.GROUND)
    return [row for row in rows if not row.right_kinds or right_kind in row.right_kinds]


def answer_errors(answer: Answer, grounds: Iterable[DisputeCode]) -> list[FieldError]:
    """Return what an answer lacks, given the grounds a seller may give; what a ground asks for is named `evidence.KEY`."""
    return [*_ground_errors(answer, {ground.pk: ground for ground in grounds}), *_signature_errors(answer)]


def _rows(notice: SellerNotice, positions: Sequence[int]) -> list[ReportedListing]:
    """Return the listings answered for, locked and open."""
    wanted = sorted(set(positions))
    if not wanted:
        error = FieldError("positions", "required", _("Choose at least one listing."))
        raise InvalidInput("nothing_chosen", _("Nothing was sent: no listing was chosen."), errors=[error])
    named = ReportedListing.objects.filter(notice=notice, notified_at__isnull=False, position__in=wanted)
    rows = list(named.locked())
    if len(rows) != len(wanted):
        raise NotFound
    if any(row.shown_status in (ListingStatus.COUNTERED, ListingStatus.CONTESTED) for row in rows):
        raise Conflict("answered_already", _("A colleague has answered for one of these listings already. Reload the page to see it."))
    moment = now()
    closed = [row.seller_due_at for row in rows if row.seller_due_at is not None and closes_at(row.seller_due_at) <= moment]
    if closed and all(row.shown_status in (ListingStatus.ACCEPTED, ListingStatus.UPHELD) for row in rows):
        over = localtime(min(closed))
        since = f"{date_format(over, 'DATETIME_FORMAT')} ({over:UTC%z})"
        message = _("The time to answer ended on %(since)s; the form is closed since then.") % {"since": since}
        raise Conflict("window_closed", message, closed_since=closes_at(min(closed)).isoformat())
    if any(row.status != ListingStatus.ACCEPTED for row in rows):
        gone = _("There is nothing to answer any more: the claim was withdrawn or decided. Reload the page to see where it stands.")
        raise IllegalTransition("illegal_transition", gone)
    return rows


def _ground_errors(answer: Answer, known: dict[str, DisputeCode]) -> Iterable[FieldError]:
    unknown = [code for code in answer.grounds if code not in known]
    if not answer.grounds or unknown:
        yield FieldError("grounds", "required", _("Choose at least one ground from the list."))
    brought = {key for key, _file in answer.files}
    asked = {item["key"]: item for code in answer.grounds if code in known for item in known[code].evidence}
    for found in check_evidence(asked.values(), answer.details, brought):
        item = asked[found.facts["requirement"]]
        words = _("This proof is missing. It helps more than words.") if item["kind"] == "file" else _("Say it in a sentence or two.")
        yield FieldError(f"evidence.{item['key']}", "required", words)
    wanted = {key for key, item in asked.items() if item["kind"] in FILE_KINDS}
    for key in sorted(brought - wanted):
        yield FieldError(f"evidence.{key}", "not_asked", _("None of the grounds you chose asks for this."))
    if not answer.statement.strip():
        yield FieldError("statement", "required", _("Say in your own words why the listing should come back."))
    elif len(answer.statement) > MAX_STATEMENT:
        yield FieldError("statement", "too_long", _("At most 5,000 characters; put longer texts into a file."))
    if len(answer.files) > MAX_FILES:
        yield FieldError("files", "too_many", _("At most twenty files."))


def _signature_errors(answer: Answer) -> Iterable[FieldError]:
    if missing_counter_declarations(answer.declarations):
        yield FieldError("declarations", "required", _("Confirm each declaration; without them nobody can rely on your answer."))
    if not answer.signed_name.strip():
        yield FieldError("signed_name", "required", _("Sign with your full name."))
    if not answer.signed_role.strip():
        yield FieldError("signed_role", "required", _("Say in which role you sign."))


def _whole_statement(answer: Answer, grounds: Iterable[DisputeCode]) -> str:
    """Return the statement with what was typed for each ground under its question, in the language the seller reads."""
    said = [
        f"{item['en']} / {item['zh']}\n{answer.details[item['key']].strip()}"
        for ground in grounds
        if ground.pk in answer.grounds
        for item in ground.evidence
        if item["kind"] != "file" and answer.details.get(item["key"], "").strip()
    ]
    return "\n\n".join([answer.statement.strip(), *dict.fromkeys(said)])


def _show(counter: CounterNotice, notice: SellerNotice, files: Sequence[tuple[str, StoredFile]]) -> None:
    pages: Any = pages_of([file.pk for _key, file in files])
    Exhibit.objects.bulk_create(
        Exhibit(
            organization_id=notice.organization_id,
            notice=notice,
            seller_id=notice.seller_id,
            side=Exhibit.Side.SELLER,
            counter_notice=counter,
            requirement=key,
            name=file.name,
            sha256=file.sha256,
            pages=pages[file.pk],
        )
        for key, file in files
    )

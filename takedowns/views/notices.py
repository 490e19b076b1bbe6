"""The seller's pages: what was reported of its shops, one case with its reasons, answering it, and where a seller arrives."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from ipp.core import tenancy
from ipp.core.actors import Actor
from ipp.core.clock import now
from ipp.core.edge import actor_of, new_submission
from ipp.core.errors import DomainError, NotFound
from ipp.core.faces import clock_face
from ipp.core.frame import frame_of
from ipp.core.middleware import outside_transaction
from ipp.core.models import Organization, StoredFile
from ipp.core.services.files import keep_file, prepared_upload
from ipp.core.services.idempotency import Answer, once, request_hash
from ipp.core.tables import ChipFilter, Column, KeysetTable
from ipp.core.timeline import timeline
from ipp.core.ui import ClockFace, Empty
from marketplaces.models import Seller
from marketplaces.presentation import is_seller
from takedowns import services
from takedowns.forms.notices import HELD, CounterNoticeForm, field_name
from takedowns.models import SellerNotice
from takedowns.presentation.notices import (
    PLACE_AXIS,
    ROW_AXIS,
    closed_words,
    counter_facts,
    ending_words,
    first_title,
    headline,
    next_words,
    place_word,
    positions_word,
    reasons_word,
    requirement_word,
    right_word,
    row_face,
    ruling_facts,
    short_facts,
    statement_facts,
    ways_on,
)
from takedowns.queries import notices as queries
from takedowns.queries.notices import CLOSED, PLATFORM, TO_ANSWER, WAITING, CounterCase, ExhibitShown, NoticeCase, page_address
from takedowns.rules import FILE_KINDS
from takedowns.views.following import WRITERS


# -- the inbox ----------------------------------------------------------------------------------------------------------------
def _table(shops: list[Seller]) -> KeysetTable[SellerNotice]:
    """Return the list of notices; where there are several shops it can be narrowed to one."""
    places = [
        (TO_ANSWER, _("To answer")),
        (WAITING, _("Waiting")),
        (PLATFORM, _("With the platform")),
        (CLOSED, _("Closed")),
    ]
    filters: list[ChipFilter[SellerNotice]] = [ChipFilter("at", _("State"), places, queries.notices_in)]
    if len(shops) > 1:
        by_shop = [(shop.code, f"{shop.name} · {place_word(shop.marketplace)}") for shop in shops]
        filters.append(ChipFilter("shop", _("Shop"), by_shop, lambda rows, value: rows.filter(seller__code=value)))
    return KeysetTable(
        "notices",
        columns=[
            Column("title", _("Listings"), value=first_title, second=_line, width="xl"),
            Column(
                "place",
                _("State"),
                kind="state",
                axis=PLACE_AXIS,
                value=lambda row: queries.standing_of(row, now()).place,
                second=ending_words,
            ),
            Column("due_at", _("Next moment"), kind="clock", value=notice_clock),
            Column("notified_at", _("Received"), kind="time", hide_on_phone=True),
        ],
        order="-id",
        filters=filters,
        row_url=lambda row: reverse("takedowns:notice", args=[row.code]),
    )


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """List what was reported of the organization's shops: what can be answered in front, soonest first, then the rest, newest first."""
    actor = actor_of(request)
    shops = queries.own_shops(actor)
    table = _table(shops)
    urgent = [] if any(request.GET.get(item.name) for item in table.filters) else queries.to_answer(actor)
    rows = queries.own_notices(actor).exclude(pk__in=[notice.pk for notice in urgent])
    empty = _empty(frame_of(request).organization, shops, bool(urgent))
    context = {
        "page": table.page(rows, request.GET, request.path, empty=empty),
        "empty": empty,
        "has_shops": bool(shops),
        "urgent": _todo(urgent),
        "may_write": actor.role in WRITERS,
        "axis": PLACE_AXIS,
    }
    return render(request, "takedowns/notices/list.html", context)


def notice_clock(notice: SellerNotice) -> ClockFace | None:
    """Return the clock of what a notice waits for; None where it waits for nothing."""
    moment = now()
    clock = queries.clock_of(notice, queries.standing_of(notice, moment))
    return clock_face(clock, moment) if clock is not None else None


def _line(notice: SellerNotice) -> str:
    return f"{notice.reference} · {notice.seller.name} · {notice.body['complainant']}"


def _todo(found: list[SellerNotice]) -> list[dict[str, Any]]:
    return [{"row": notice, "title": first_title(notice), "line": _line(notice), "clock": notice_clock(notice)} for notice in found]


def _empty(organization: Organization | None, shops: list[Seller], is_urgent: bool) -> Empty:
    """Return what an empty list says: nothing else, nothing reported, or no shop that anything could be reported of."""
    if not is_seller(organization):
        text = _("Your organization has no shops. What concerns it stands on its own pages.")
        return Empty("inbox", _("This page is for sellers"), text)
    if not shops:
        text = _("Claim your shop first: what is reported of its listings then comes here, with the time you have to answer.")
        return Empty("building-store", _("No shop claimed yet"), text, reverse("marketplaces:shops"), _("How to claim a shop"))
    if is_urgent:
        return Empty("inbox", _("No other case"), _("Everything reported of your shops stands above."))
    return Empty(
        "circle-check", _("Nothing was reported"), _("If a listing of your shops is ever reported, you find it here and get a mail.")
    )


# -- where a seller arrives -----------------------------------------------------------------------------------------------------
LATEST = 5


def start_page(request: HttpRequest, actor: Actor, organization: Organization) -> HttpResponse:
    """Show a seller what waits, soonest first, what others work on, and its shops."""
    shops = queries.own_shops(actor)
    urgent = queries.to_answer(actor)
    own = queries.own_notices(actor)
    others = [notice for place in (WAITING, PLATFORM) for notice in queries.notices_in(own, place).order_by("-id")[:LATEST]]
    context = {
        "organization": organization,
        "shops": [(shop, place_word(shop.marketplace)) for shop in shops],
        "urgent": _todo(urgent),
        "others": [(item, queries.standing_of(item["row"], now()).place) for item in _todo(others)],
        "has_notices": bool(urgent or others) or own.exists(),
        "may_write": actor.role in WRITERS,
        "axis": PLACE_AXIS,
    }
    return render(request, "takedowns/notices/start.html", context)


# -- one case -------------------------------------------------------------------------------------------------------------------
@require_safe
def notice(request: HttpRequest, code: str) -> HttpResponse:
    """Show a shop one case: what was taken down, by whom, for which right, until when to answer, what it costs, what happens next."""
    actor = actor_of(request)
    row = _own(actor, code)
    case = queries.case_of(row)
    may_answer = actor.role in WRITERS and case.standing.place == TO_ANSWER
    context = {
        **_head(row, case),
        "may_write": actor.role in WRITERS,
        "may_answer": may_answer,
        "facts": short_facts(row),
        "statements": [statement_facts(row, group) for group in case.statements],
        "exhibits": _exhibits(case.exhibits, row.reference),
        "counters": [_counter(item, row.reference) for item in case.counters],
        "rulings": [(ruling_facts(group), group.statement.body["decision"]) for group in case.rulings],
        "story": timeline(row, actor=actor)[::-1],
        "right_word": right_word(row.body),
    }
    return render(request, "takedowns/notices/notice.html", context)


def _own(actor: Actor, code: str) -> SellerNotice:
    found = queries.own_notice(actor, code)
    if found is None:
        raise NotFound
    return found


def _head(row: SellerNotice, case: NoticeCase) -> dict[str, Any]:
    """Return what stands at the head of a case and of its answer."""
    moment = now()
    clock = queries.clock_of(row, case.standing)
    answered, silent = ways_on(row, case.rows)
    return {
        "row": row,
        "headline": headline(case.rows),
        "place": case.standing.place,
        "axis": PLACE_AXIS,
        "row_axis": ROW_AXIS,
        "open_count": case.standing.open_count,
        "due_at": case.standing.due_at,
        "clock": clock_face(clock, moment) if clock is not None else None,
        "next": next_words(row, case.standing),
        "marketplace": place_word(row.marketplace),
        "faces": [row_face(item, case.pictures, moment) for item in case.rows],
        "answered": answered,
        "silent": silent,
    }


def _exhibits(shown: Any, reference: str) -> list[dict[str, Any]]:
    """Return exhibits with links to their pages, in order."""
    found = []
    for item in shown:
        assert isinstance(item, ExhibitShown)
        name = item.exhibit.name
        pages = [
            {"url": page_address(page, f"{reference}-{number}"), "width": page["width"], "height": page["height"], "number": number}
            for number, page in enumerate(item.exhibit.pages, start=1)
        ]
        found.append({"name": name, "what": requirement_word(item.asked, name), "pages": pages})
    return found


def _counter(case: CounterCase, reference: str) -> dict[str, Any]:
    """Return one answer of the shop as the page shows it."""
    return {
        "counter": case.counter,
        "facts": counter_facts(case),
        "exhibits": _exhibits(case.exhibits, reference),
        "open": [(status, positions_word(places)) for status, places in case.open.items()],
        "outcomes": [(outcome, positions_word(places)) for outcome, places in case.outcomes.items()],
        "answers": [
            {
                "answer": answer,
                "where": positions_word(answer.positions),
                "reasons": reasons_word(reasons),
                "exhibits": _exhibits(exhibits, reference),
            }
            for answer, reasons, exhibits in case.answers
        ],
    }


# -- answering ------------------------------------------------------------------------------------------------------------------
@outside_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def answer_notice(request: HttpRequest, code: str) -> HttpResponse:
    """Answer a notice for some of its listings, once, however often it is sent. Files are checked outside any transaction.

    Nothing typed or uploaded is lost by a refusal: files that passed are stored at once and carried along in the form.
    """
    actor = actor_of(request)
    with tenancy.acting(actor):
        row = _own(actor, code)
        form = _form(request, actor, row)
    status = 200
    if request.method == "POST":
        done, status = _take(request, actor, row, form)
        if done is not None:
            messages.success(request, _("Your answer is with the rights holder now. We tell you here and by mail how it goes on."))
            return redirect(done.location)
    with tenancy.acting(actor):
        case = queries.case_of(row)
        return render(request, "takedowns/notices/answer.html", _answering(row, case, form), status=status)


def _form(request: HttpRequest, actor: Actor, row: SellerNotice) -> CounterNoticeForm:
    rows = queries.rows_of(row)
    moment = now()
    open_rows = [item for item in rows if queries.place_of(item, moment) == TO_ANSWER]
    faces = [row_face(item, {}, moment) for item in open_rows]
    is_sent = request.method == "POST"
    return CounterNoticeForm(
        request.POST if is_sent else None,
        request.FILES if is_sent else None,
        known=[item.position for item in rows],
        choices=[(str(face.position), face.title) for face in faces],
        codes=services.grounds_in_force(row.body["right"]["kind"]),
        held=_held(request, actor) if is_sent else (),
        initial={"positions": [str(face.position) for face in faces], "signed_name": actor.label, "submission": new_submission()},
    )


def _held(request: HttpRequest, actor: Actor) -> list[tuple[str, StoredFile]]:
    """Return the files an earlier sending of the form stored, by field; only the organization's own."""
    named = [value.rpartition(":") for value in request.POST.getlist(HELD)[:100]]
    wanted = {code for _name, _colon, code in named}
    found = {file.code: file for file in StoredFile.objects.filter(organization_id=actor.organization_id, code__in=wanted)}
    return [(name, found[code]) for name, _colon, code in named if code in found]


def _take(request: HttpRequest, actor: Actor, row: SellerNotice, form: CounterNoticeForm) -> tuple[Answer | None, int]:
    """Keep the files, then send the answer or say what is missing; return what was done, if it was, and the status of the page."""
    is_readable = form.is_valid()
    if file := request.POST.get("detach"):
        form.drop(file)
        return None, 200
    refused = _store(request, actor, form)
    for name, words in refused:
        form.add_error(name, words)
    if request.POST.get("do") == "add":
        return None, 422 if refused or not is_readable else 200
    with tenancy.acting(actor):
        form.add_refusals(form.lacking())
    if form.errors:
        return None, 422
    try:
        return _send(actor, row, form), 302
    except DomainError as error:
        if error.code == "key_reused":  # somebody went back in the browser to a form that was sent, and sent it with other words
            form.add_error(
                None, _("This form was sent before, with other words. What stands here now was not sent. Send it if you mean it.")
            )
            return None, 409
        if error.errors:
            form.add_refusals(error.errors)
        else:
            form.add_error(None, str(error.message))
        return None, error.status


def _send(actor: Actor, row: SellerNotice, form: CounterNoticeForm) -> Answer:
    said = form.answer()
    positions = sorted(int(position) for position in form.cleaned_data["positions"])

    def write() -> Answer:
        services.file_counter_notice(actor=actor, notice_code=row.code, positions=positions, answer=said)
        return Answer(302, location=reverse("takedowns:notice", args=[row.code]))

    files = [(key, file.sha256) for key, file in said.files]
    typed = {**{name: value for name, value in vars(said).items() if name != "files"}, "files": files}
    with tenancy.acting(actor):
        key, fingerprint = f"page:{form.cleaned_data['submission']}", request_hash(row.code, positions, typed)
        return once(actor=actor, key=key, route="takedowns:answer_notice", fingerprint=fingerprint, effect=write, wait=True)


def _store(request: HttpRequest, actor: Actor, form: CounterNoticeForm) -> list[tuple[str, str]]:
    """Store the chosen files one by one and hold them; return those that were refused, by field, with why."""
    refused = []
    submission = str(request.POST.get("submission", ""))[:64]
    for code, item in form.asked():
        name = field_name(code, item)
        for number, upload in enumerate(form.cleaned_data.get(name) or () if item["kind"] in FILE_KINDS else ()):
            try:
                form.hold(name, _store_one(actor, upload, f"page:{submission}:{name}:{number}"))
            except DomainError as error:
                refused.append((name, f"{upload.name}: {error.message}"))
    return refused


def _store_one(actor: Actor, upload: UploadedFile[bytes], key: str) -> StoredFile:
    with prepared_upload(upload) as prepared:

        def write() -> Answer:
            return Answer(201, {"file": keep_file(actor=actor, prepared=prepared).code})

        with tenancy.acting(actor):
            fingerprint = request_hash(prepared.examined.sha256)
            done = once(actor=actor, key=key, route="takedowns:answer_notice", fingerprint=fingerprint, effect=write, wait=True)
            stored = StoredFile.objects.get(organization_id=actor.organization_id, code=done.body["file"])
        prepared.is_kept = not done.replayed
    return stored


def _answering(row: SellerNotice, case: NoticeCase, form: CounterNoticeForm) -> dict[str, Any]:
    """Return what the page of an answer shows: the form, or why there is none any more with what was typed for it."""
    head = _head(row, case)
    pictures = {face.position: face for face in head["faces"]}
    boxes = form["positions"].subwidgets
    return {
        **head,
        "form": form,
        "is_open": case.standing.place == TO_ANSWER,
        "closed": closed_words(case.rows, case.counters, now()),
        "colleagues": [item.counter for item in case.counters],
        "picks": [(box, pictures.get(int(str(box.data["value"])))) for box in boxes],
        "grounds": [(box, _ground(form, str(box.data["value"]))) for box in form["grounds"].subwidgets],
        "typed": form["statement"].value() if form.is_bound else "",
        "submission": new_submission(),
        "send": _send_words(sum(bool(box.data["selected"]) for box in boxes)),
        "send_one": _send_words(1),
        "send_many": _send_words(2, "{n}"),
    }


def _ground(form: CounterNoticeForm, code: str) -> list[tuple[Any, list[StoredFile]]]:
    """Return what a ground asks for: fields with the files held at each."""
    names = [field_name(ground, item) for ground, item in form.asked() if ground.pk == code]
    return [(form[name], form.held.get(name, [])) for name in names]


def _send_words(count: int, shown: object = None) -> str:
    """Return what the button says; `shown` stands for the number where the page puts it in by itself."""
    if not count:
        return _t("Send answer")
    return ngettext("Send answer for %(count)s listing", "Send answer for %(count)s listings", count) % {"count": shown or count}

"""What Django itself refuses: addresses nobody routes, requests it will not read, and our own failures, in the caller's own form."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from ipp.core.errors import BadRequest, DomainError, Forbidden, NotFound, TooLarge, TooManyRequests
from ipp.core.frame import frame_of
from ipp.core.problems import PROBLEM_TYPE, answer_problem, problem_of, wants_machine_answer


class Broken(DomainError):
    """A bug of ours; nothing was kept."""

    status = 500
    title = _("Something broke on our side")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django refuses to read (a forged host, too many fields, too large a body)."""
    if isinstance(exception, RequestDataTooBig):
        return answer_problem(request, TooLarge("body_too_large", _("The request is larger than allowed. Send less at once.")))
    return answer_problem(request, BadRequest("bad_request", _("Nothing was done. Go back, load the page again and try once more.")))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a refusal that a library raised."""
    return answer_problem(request, Forbidden("forbidden", _("Your role does not allow this.")))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address nobody routes."""
    return answer_problem(request, NotFound())


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Answer whom the account library counts out; it does not say for how long."""
    words = _("That was too much at once. Wait a moment and send it again; nothing was changed.")
    return answer_problem(request, TooManyRequests("too_many_requests", words))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a bug. The page needs no database, no session and no context: any of them may be what broke."""
    request_id = frame_of(request).request_id
    if wants_machine_answer(request):
        error = Broken("internal_error", _("Nothing of this request was kept, and the failure is recorded. Trying again is safe."))
        return JsonResponse(problem_of(error, request_id), status=500, content_type=PROBLEM_TYPE)
    return HttpResponse(render_to_string("500.html", {"request_id": request_id}), status=500)

"""The portal's routes and what lists are measured against: an authenticated request that does nothing, by session and by key."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from ipp.core.access import RoutePolicy, load_policies
from ipp.core.rest import Endpoint
from ipp.urls import portal
from ipp.urls.common import handler400, handler403, handler404, handler429, handler500

__all__ = ["handler400", "handler403", "handler404", "handler429", "handler500", "urlpatterns"]

PAGE, EMPTY, API = "bench_nothing", "bench_empty", "bench_nothing_api"
READ = frozenset({"GET"})

# The policy file knows no such routes, and a route it does not know answers nobody.
cast("dict[tuple[str, str], RoutePolicy]", load_policies()).update(
    {
        ("portal", PAGE): RoutePolicy("portal", PAGE, "", {"member": READ}),
        ("portal", EMPTY): RoutePolicy("portal", EMPTY, "", {"member": READ}),
        ("portal", API): RoutePolicy("portal", API, "", {"key complaints:read": READ}),
    }
)


def nothing(request: HttpRequest) -> HttpResponse:
    """Answer without a word."""
    return HttpResponse()


def empty(request: HttpRequest) -> HttpResponse:
    """Answer with the frame every page has, and nothing in it."""
    return render(request, "shell.html")


class Nothing(Endpoint):
    """Nothing, for machines."""

    operation = "nothing"

    def get(self, request: Request) -> Response:
        """Answer with an empty object."""
        return Response({})


urlpatterns = [
    path("bench/nothing/", nothing, name=PAGE),
    path("bench/empty/", empty, name=EMPTY),
    path("api/v1/bench/nothing", Nothing.as_view(), name=API),
    *portal.urlpatterns,
]

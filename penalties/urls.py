"""Routes of penalties, by audience; the roof includes them."""

from __future__ import annotations

from django.urls import URLPattern, path

from penalties import api
from penalties.views import desk, portal, public

portal_patterns: tuple[list[URLPattern], str] = (
    [
        path("record/", portal.records, name="records"),
        path("record/<code:code>/", portal.record, name="record"),
        path("record/sanctions/<code:code>/", portal.sanction, name="sanction"),
        path("record/sanctions/<code:code>/read/", portal.read_lesson, name="read_lesson"),
        path("rules/", public.rules, name="rules"),
        path("rules/lessons/<code:name>/", public.lesson, name="lesson"),
        path("rules/<code:marketplace>/", public.marketplace_rules, name="marketplace_rules"),
    ],
    "penalties",
)

staff_patterns: tuple[list[URLPattern], str] = (
    [
        path("sanctions/", desk.sanctions, name="sanctions"),
        path("sanctions/<code:code>/", desk.sanction, name="sanction"),
        path("sanctions/<code:code>/propose/", desk.propose, name="propose"),
        path("sanctions/<code:code>/release/", desk.release, name="release"),
        path("sanctions/<code:code>/send-back/", desk.send_back, name="send_back"),
        path("records/", desk.records, name="records"),
        path("records/<code:code>/", desk.record, name="record"),
    ],
    "penalties",
)

api_routes: list[URLPattern] = [
    path("violations", api.ViolationsView.as_view(), name="violations"),
    path("strikes", api.StrikesView.as_view(), name="strikes"),
    path("sanctions", api.SanctionsView.as_view(), name="sanctions"),
]

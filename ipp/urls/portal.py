"""The portal: rights holders, agencies, sellers, the public, and the REST API."""

from __future__ import annotations

from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView

from ipp.core.views import developer, docs, pages
from ipp.urls.common import account_routes, core_routes, health_routes
from rightsholders import api, views

core_patterns = (
    [
        *core_routes,
        path("start/", views.start, name="start"),
        path("notices/", pages.notices, name="notices"),
        path("notices/read/", pages.read_notices, name="read_notices"),
        path("organization/switch/", pages.switch_organization, name="switch_organization"),
        path("developer/keys/", developer.api_keys, name="api_keys"),
        path("developer/keys/<str:code>/revoke/", developer.revoke_key, name="revoke_key"),
        path("dev/mailbox/", pages.mailbox, name="mailbox"),
        path("api/schema/", SpectacularJSONAPIView.as_view(), name="api_schema"),
        path("api/docs/", docs.ApiDocs.as_view(), name="api_docs"),
    ],
    "core",
)

rightsholders_patterns = (
    [
        path("identity/send/", views.send_paper, name="send_paper"),
        path("identity/<str:code>/", views.verification, name="verification"),
        path("identity/<str:code>/answer/", views.answer_question, name="answer_question"),
        path("identity/<str:code>/withdraw/", views.withdraw, name="withdraw"),
    ],
    "rightsholders",
)

api_patterns = (
    [
        path("organization", api.OrganizationView.as_view(), name="organization"),
        path("files", api.FilesView.as_view(), name="files"),
        path("verifications", api.VerificationsView.as_view(), name="verifications"),
        path("verifications/<str:code>", api.VerificationView.as_view(), name="verification"),
        path("verifications/<str:code>/withdraw", api.WithdrawView.as_view(), name="verification_withdraw"),
        path("events", api.EventsView.as_view(), name="events"),
    ],
    "api",
)

urlpatterns = [
    *health_routes,
    *account_routes,
    path("", include(core_patterns)),
    path("", include(rightsholders_patterns)),
    path("api/v1/", include(api_patterns)),
]

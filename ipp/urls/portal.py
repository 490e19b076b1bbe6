"""The portal: rights holders, agencies, sellers, the public, and the REST API."""

from __future__ import annotations

from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView

from ipp.core.views import developer, docs, pages
from ipp.urls.common import account_routes, core_routes, handler400, handler403, handler404, handler429, handler500, health_routes
from marketplaces import urls as marketplaces_urls
from penalties import urls as penalties_urls
from rightsholders import api, views
from takedowns import api as takedowns_api
from takedowns.views import counter_notices, filing, following, notices, report, start

__all__ = ["handler400", "handler403", "handler404", "handler429", "handler500", "urlpatterns"]

core_patterns = (
    [
        *core_routes,
        path("start/", start.start, {"identity": views.start}, name="start"),
        path("notices/", pages.notices, name="notices"),
        path("notices/read/", pages.read_notices, name="read_notices"),
        path("organization/switch/", pages.switch_organization, name="switch_organization"),
        path("developer/keys/", developer.api_keys, name="api_keys"),
        path("developer/keys/<code:code>/revoke/", developer.revoke_key, name="revoke_key"),
        path("report/", report.report, name="report"),
        path("dev/mailbox/", pages.mailbox, name="mailbox"),
        path("api/schema/", SpectacularJSONAPIView.as_view(), name="api_schema"),
        path("api/docs/", docs.api_docs, name="api_docs"),
    ],
    "core",
)

rightsholders_patterns = (
    [
        path("identity/", views.start, name="identity"),
        path("identity/send/", views.send_paper, name="send_paper"),
        path("identity/<code:code>/", views.verification, name="verification"),
        path("identity/<code:code>/answer/", views.answer_question, name="answer_question"),
        path("identity/<code:code>/withdraw/", views.withdraw, name="withdraw"),
        path("rights/", views.rights, name="rights"),
        path("rights/add/", views.choose_right, name="choose_right"),
        path("rights/add/<code:kind>/", views.add_right, name="add_right"),
        path("rights/<code:code>/", views.right, name="right"),
        path("rights/<code:code>/answer/", views.answer_right, name="answer_right"),
        path("rights/<code:code>/withdraw/", views.withdraw_right, name="withdraw_right"),
    ],
    "rightsholders",
)

takedowns_patterns = (
    [
        path("complaints/", following.complaints, name="complaints"),
        path("complaints/export.csv", following.export, name="export"),
        path("complaints/new/", filing.new, name="new"),
        path("complaints/drafts/<code:code>/", filing.draft, name="draft"),
        path("complaints/drafts/<code:code>/right/", filing.draft_right, name="draft_right"),
        path("complaints/drafts/<code:code>/reason/", filing.draft_reason, name="draft_reason"),
        path("complaints/drafts/<code:code>/links/", filing.draft_links, name="draft_links"),
        path("complaints/drafts/<code:code>/links/mend/", filing.draft_mend, name="draft_mend"),
        path("complaints/drafts/<code:code>/evidence/", filing.draft_evidence, name="draft_evidence"),
        path("complaints/drafts/<code:code>/sign/", filing.draft_sign, name="draft_sign"),
        path("complaints/drafts/<code:code>/discard/", filing.draft_discard, name="draft_discard"),
        path("complaints/<code:code>/", following.complaint, name="complaint"),
        path("complaints/<code:code>/answer/", following.answer, name="answer"),
        path("complaints/<code:code>/withdraw/", following.withdraw, name="withdraw"),
        path("counter-notices/", counter_notices.counter_notices, name="counter_notices"),
        path("counter-notices/<code:code>/", counter_notices.counter_notice, name="counter_notice"),
        path("counter-notices/<code:code>/accept/", counter_notices.accept, name="accept_counter_notice"),
        path("counter-notices/<code:code>/reject/", counter_notices.reject, name="reject_counter_notice"),
        path("reported/", notices.notices, name="notices"),
        path("reported/<code:code>/", notices.notice, name="notice"),
        path("reported/<code:code>/answer/", notices.answer_notice, name="answer_notice"),
    ],
    "takedowns",
)

api_patterns = (
    [
        path("organization", api.OrganizationView.as_view(), name="organization"),
        path("files", api.FilesView.as_view(), name="files"),
        path("verifications", api.VerificationsView.as_view(), name="verifications"),
        path("verifications/<code:code>", api.VerificationView.as_view(), name="verification"),
        path("verifications/<code:code>/withdraw", api.WithdrawView.as_view(), name="verification_withdraw"),
        path("rights", api.RightsView.as_view(), name="rights"),
        path("rights/<code:code>", api.RightView.as_view(), name="right"),
        path("rights/<code:code>/withdraw", api.RightWithdrawView.as_view(), name="right_withdraw"),
        path("reason-codes", takedowns_api.ReasonCodesView.as_view(), name="reason_codes"),
        path("rejection-codes", takedowns_api.RejectionCodesView.as_view(), name="rejection_codes"),
        path("marketplaces", takedowns_api.MarketplacesView.as_view(), name="marketplaces"),
        path("listing-links/resolve", takedowns_api.LinksView.as_view(), name="listing_links_resolve"),
        path("complaints", takedowns_api.ComplaintsView.as_view(), name="complaints"),
        path("complaints/preflight", takedowns_api.PreflightView.as_view(), name="complaint_preflight"),
        path("complaints/<code:code>", takedowns_api.ComplaintView.as_view(), name="complaint"),
        path("complaints/<code:code>/listings", takedowns_api.ListingsView.as_view(), name="complaint_listings"),
        path("complaints/<code:code>/withdraw", takedowns_api.WithdrawView.as_view(), name="complaint_withdraw"),
        path("complaints/<code:code>/answer", takedowns_api.AnswerView.as_view(), name="complaint_answer"),
        path("counter-notices", takedowns_api.CounterNoticesView.as_view(), name="counter_notices"),
        path("counter-notices/<code:code>", takedowns_api.CounterNoticeView.as_view(), name="counter_notice"),
        path("counter-notices/<code:code>/accept", takedowns_api.AcceptView.as_view(), name="counter_notice_accept"),
        path("counter-notices/<code:code>/reject", takedowns_api.RejectView.as_view(), name="counter_notice_reject"),
        path("answer-reasons", takedowns_api.AnswerReasonsView.as_view(), name="answer_reasons"),
        path("notices", takedowns_api.NoticesView.as_view(), name="notices"),
        path("notices/<code:code>", takedowns_api.NoticeView.as_view(), name="notice"),
        path("notices/<code:code>/counter-notices", takedowns_api.CounterNoticesOfNoticeView.as_view(), name="notice_counter_notices"),
        path("counter-grounds", takedowns_api.CounterGroundsView.as_view(), name="counter_grounds"),
        path("events", api.EventsView.as_view(), name="events"),
        *penalties_urls.api_routes,
    ],
    "api",
)

urlpatterns = [
    *health_routes,
    *account_routes,
    path("", include(core_patterns)),
    path("", include(rightsholders_patterns)),
    path("", include(takedowns_patterns)),
    path("", include(marketplaces_urls.portal_patterns)),
    path("", include(penalties_urls.portal_patterns)),
    path("api/v1/", include(api_patterns)),
]

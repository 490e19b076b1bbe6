"""The staff console."""

from __future__ import annotations

from django.urls import include, path

from ipp.core.views import operations
from ipp.urls.common import account_routes, core_routes, handler400, handler403, handler404, handler429, handler500, health_routes
from marketplaces import views as marketplace_views
from penalties import urls as penalties_urls
from rightsholders import views
from takedowns.views import disputes, leads, review

__all__ = ["handler400", "handler403", "handler404", "handler429", "handler500", "urlpatterns"]

core_patterns = (
    [
        *core_routes,
        path("start/", review.desk_start, name="start"),
        path("operations/", operations.operations, name="operations"),
        path("operations/deliveries/<uuid:delivery>/retry/", operations.retry_dead_delivery, name="retry_delivery"),
        path("operations/mails/<code:code>/retry/", operations.retry_dead_mail, name="retry_mail"),
        path("audit/", operations.audit, name="audit"),
        path("calendar/", operations.calendar_days, name="calendar_days"),
        path("roles/", operations.role_policies, name="role_policies"),
    ],
    "core",
)

rightsholders_patterns = (
    [
        path("verifications/", views.queue, name="queue"),
        path("verifications/next/", views.take_next, name="take_next"),
        path("verifications/<code:code>/", views.case, name="case"),
        path("verifications/<code:code>/claim/", views.claim, name="claim"),
        path("verifications/<code:code>/release/", views.release, name="release"),
        path("verifications/<code:code>/approve/", views.approve, name="approve"),
        path("verifications/<code:code>/refuse/", views.refuse, name="refuse"),
        path("verifications/<code:code>/ask/", views.ask, name="ask"),
        path("verifications/<code:code>/undo/", views.undo, name="undo"),
        path("holders/", views.holders, name="holders"),
    ],
    "rightsholders",
)

marketplaces_patterns = (
    [
        path("actions/", marketplace_views.actions, name="actions"),
        path("actions/<code:code>/retry/", marketplace_views.retry_action, name="retry_action"),
        path("actions/<code:code>/settle/", marketplace_views.settle_action, name="settle_action"),
        path("shops/", marketplace_views.sellers, name="sellers"),
        path("shops/<code:code>/", marketplace_views.seller, name="seller"),
        path("shops/<code:code>/invite/", marketplace_views.invite_shop, name="invite_shop"),
        path("listings/<code:code>/", marketplace_views.listing, name="listing"),
    ],
    "marketplaces",
)

takedowns_patterns = (
    [
        path("reviews/", review.queue, name="queue"),
        path("reviews/next/", review.take_next, name="take_next"),
        path("reviews/<code:code>/", review.review, name="review"),
        path("reviews/<code:code>/claim/", review.claim, name="claim"),
        path("reviews/<code:code>/release/", review.release, name="release"),
        path("reviews/<code:code>/accept/", review.accept, name="accept"),
        path("reviews/<code:code>/reject/", review.reject, name="reject"),
        path("reviews/<code:code>/ask/", review.ask, name="ask"),
        path("reviews/<code:code>/undo/", review.undo, name="undo"),
        path("reviews/<code:code>/note/", review.write_note, name="write_note"),
        path("reviews/<code:code>/overturn/", disputes.overturn, name="overturn"),
        path("disputes/", disputes.disputes, name="disputes"),
        path("disputes/next/", disputes.take_dispute, name="take_dispute"),
        path("disputes/<code:code>/", disputes.dispute, name="dispute"),
        path("disputes/<code:code>/claim/", disputes.claim_dispute, name="claim_dispute"),
        path("disputes/<code:code>/release/", disputes.release_dispute, name="release_dispute"),
        path("disputes/<code:code>/uphold/", disputes.uphold, name="uphold"),
        path("disputes/<code:code>/restore/", disputes.restore, name="restore"),
        path("rulings/undo/", disputes.undo_ruling, name="undo_ruling"),
        path("leads/", leads.leads, name="leads"),
    ],
    "takedowns",
)

urlpatterns = [
    *health_routes,
    *account_routes,
    path("", include(core_patterns)),
    path("", include(rightsholders_patterns)),
    path("", include(marketplaces_patterns)),
    path("", include(takedowns_patterns)),
    path("", include(penalties_urls.staff_patterns)),
]

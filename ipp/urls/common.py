"""Routes that the portal and the staff console share."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, register_converter

from ipp.core.codes import CodeConverter
from ipp.core.views import errors, health, pages

register_converter(CodeConverter, "code")

handler400, handler403 = errors.bad_request, errors.permission_denied
handler404, handler429, handler500 = errors.not_found, errors.too_many_requests, errors.server_error

health_routes: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("statusz.json", health.statusz, name="statusz"),
    path("metrics", health.metrics, name="metrics"),
]

core_routes: list[URLPattern | URLResolver] = [
    path("", pages.welcome, name="home"),
    path("theme/", pages.set_theme, name="set_theme"),
    path("styleguide/", pages.styleguide, name="styleguide"),
]

account_routes: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.account.urls")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
]

"""Where sellers find their shops on the portal."""

from __future__ import annotations

from django.urls import path

from marketplaces.views import portal

portal_patterns = (
    [
        path("shops/", portal.shops, name="shops"),
        path("shops/claim/<str:token>/", portal.claim, name="claim"),
    ],
    "marketplaces",
)

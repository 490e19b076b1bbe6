"""The rendered API documentation."""

from __future__ import annotations

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularSwaggerSplitView


@method_decorator(csp_update({"style-src-attr": [UNSAFE_INLINE], "object-src": [NONE], "img-src": [SELF, "data:"]}), name="dispatch")
class ApiDocs(SpectacularSwaggerSplitView):
    """Swagger UI from our own origin; its style attributes are the one exception to the strict policy, on this page alone."""

    url_name = "core:api_schema"
    template_name = "core/api_docs.html"
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []

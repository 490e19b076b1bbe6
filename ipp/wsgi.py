"""The WSGI application of whichever web audience IPP_AUDIENCE names (portal, staff or files)."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipp.settings")

application = get_wsgi_application()

from ipp.core.checks import report_login  # noqa: E402 (Django must be set up first)

report_login()

"""The portal's own settings with two routes more that do nothing (`bench.urls`)."""

from __future__ import annotations

from ipp.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"

"""The Celery application: the doorbell of the engine. Nothing that matters lives in its messages."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipp.settings")

app = Celery("ipp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["ipp.core", "rightsholders"])

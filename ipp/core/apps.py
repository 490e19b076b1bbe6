"""The Django app of the ground floor."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    """Registers the system checks and this app's event handlers at start."""

    name = "ipp.core"
    label = "core"
    verbose_name = _("Core")

    def ready(self) -> None:
        """Import the modules that register themselves."""
        for module in ("checks", "handlers", "presentation"):
            import_module(f"{self.name}.{module}")

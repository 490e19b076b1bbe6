"""The Django app of rights holders."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RightsHoldersConfig(AppConfig):
    """Registers this app's event handlers and states at start."""

    name = "rightsholders"
    verbose_name = _("Rights holders")

    def ready(self) -> None:
        """Import the modules that register themselves."""
        for module in ("handlers", "presentation"):
            import_module(f"{self.name}.{module}")

"""The Django app of marketplaces."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MarketplacesConfig(AppConfig):
    """Registers this app's event handlers and states at start."""

    name = "marketplaces"
    verbose_name = _("Marketplaces")

    def ready(self) -> None:
        """Import the modules that register themselves."""
        for module in ("handlers", "presentation"):
            if find_spec(f"{self.name}.{module}"):
                import_module(f"{self.name}.{module}")

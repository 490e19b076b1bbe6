"""The Django app of penalties."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PenaltiesConfig(AppConfig):
    """Registers this app's event handlers and states at start."""

    name = "penalties"
    verbose_name = _("Penalties")

    def ready(self) -> None:
        """Import the modules that register themselves."""
        for module in ("handlers", "presentation"):
            if find_spec(f"{self.name}.{module}"):
                import_module(f"{self.name}.{module}")

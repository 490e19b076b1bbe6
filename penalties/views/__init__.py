"""Pages of penalties: `portal` for sellers, `public` for everybody, `desk` for staff."""

from __future__ import annotations

from penalties.views import desk, portal, public

__all__ = ["desk", "portal", "public"]

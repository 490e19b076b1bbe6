"""How complaints, listings and their events read on pages; imported at start so that it registers."""

from __future__ import annotations

from takedowns.presentation import desk, notices, portal, words

__all__ = ["desk", "notices", "portal", "words"]

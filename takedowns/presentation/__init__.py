"""How complaints, listings and their events read on pages; imported at start so that it registers."""

from __future__ import annotations

from takedowns.presentation import desk, disputes, notices, portal, words

__all__ = ["desk", "disputes", "notices", "portal", "words"]

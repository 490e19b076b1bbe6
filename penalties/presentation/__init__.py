"""How shops' records and penalty policies read on pages; imported at start so that it registers."""

from __future__ import annotations

from penalties.presentation import policies, records, words

__all__ = ["policies", "records", "words"]

"""Reads of penalties: one shop's record, one's own, the desk's, and the policies by version."""

from __future__ import annotations

from penalties.queries import desk, own, policies, records

__all__ = ["desk", "own", "policies", "records"]

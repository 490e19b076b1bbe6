"""Penalty policies by marketplace and version, with the windows that go with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ipp.core.errors import NotFound
from marketplaces.models import Marketplace, Policy, holds_on
from marketplaces.queries import marketplaces_in_force
from penalties.models import PenaltyPolicy


@dataclass(frozen=True)
class Rulebook:
    """What a marketplace publishes: the version looked at, and all others, newest first. Either kind may be missing."""

    marketplace: Marketplace
    penalty: PenaltyPolicy | None
    penalties: Sequence[PenaltyPolicy]
    window: Policy | None
    windows: Sequence[Policy]


def rulebooks(day: date) -> list[Rulebook]:
    """Return what is in force on a day at every marketplace, in their order."""
    penalties = {row.marketplace_id: row for row in PenaltyPolicy.objects.filter(holds_on(day)).order_by("version")}
    windows = {row.marketplace_id: row for row in Policy.objects.filter(holds_on(day)).order_by("version")}
    return [Rulebook(row, penalties.get(key), (), windows.get(key), ()) for key, row in marketplaces_in_force(day).items()]


def rulebook_of(key: str, day: date, *, version: int | None = None, windows: int | None = None) -> Rulebook:
    """Return a marketplace's rules: the versions in force on a day, or those asked for.

    Raises:
        NotFound: no such marketplace, or no such version of it.
    """
    marketplace = Marketplace.objects.filter(pk=key).first()
    if marketplace is None:
        raise NotFound
    penalties = list(PenaltyPolicy.objects.filter(marketplace=marketplace).order_by("-version"))
    policies = list(Policy.objects.filter(marketplace=marketplace).order_by("-version"))
    penalty = next((row for row in penalties if _is_asked(row, day, version)), None)
    window = next((row for row in policies if _is_asked(row, day, windows)), None)
    if (version is not None and penalty is None) or (windows is not None and window is None):
        raise NotFound
    return Rulebook(marketplace, penalty, penalties, window, policies)


def penalty_in_force(key: str, day: date) -> PenaltyPolicy | None:
    """Return the version of a marketplace's penalties in force on a day."""
    return PenaltyPolicy.objects.filter(holds_on(day), marketplace_id=key).order_by("-version").first()


def is_in_force(row: Policy | PenaltyPolicy, day: date) -> bool:
    """Tell whether a version holds on a day."""
    return row.effective_from <= day and (row.effective_to is None or day < row.effective_to)


def _is_asked(row: Policy | PenaltyPolicy, day: date, version: int | None) -> bool:
    return is_in_force(row, day) if version is None else row.version == version

"""The shape of penalties' API bodies: the classes describe them, the functions write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from penalties.lifecycle import Measure, Status
from penalties.models import PenaltyPolicy, Sanction, Strike, Violation

PUBLIC_STATUSES = (Status.IN_FORCE, Status.ENDED, Status.LIFTED)


class PolicyOut(serializers.Serializer[Any]):
    """A version of a marketplace's penalty policy; `/rules/MARKETPLACE/?version=N` is its page."""

    marketplace = serializers.CharField()
    version = serializers.IntegerField()


class ViolationOut(serializers.Serializer[Any]):
    """A listing for which a claim was upheld for good."""

    code = serializers.CharField()
    shop = serializers.CharField(help_text="`code` of the shop.")
    reference = serializers.CharField(help_text="Of the complaint.")
    listing_id = serializers.CharField()
    title = serializers.CharField(allow_blank=True)
    url = serializers.CharField()
    reason = serializers.CharField()
    severity = serializers.CharField()
    right_kind = serializers.CharField()
    received_at = serializers.DateTimeField(help_text="When the complaint arrived: what the rules in force are chosen and days counted by.")
    confirmed_at = serializers.DateTimeField()
    strike = serializers.CharField(allow_null=True, help_text="`code` of the strike it counts in; null where it counts for nothing.")
    taken_back_at = serializers.DateTimeField(allow_null=True)
    policy = PolicyOut(allow_null=True)


class StrikeOut(serializers.Serializer[Any]):
    """Violations that count as one."""

    code = serializers.CharField()
    shop = serializers.CharField(help_text="`code` of the shop.")
    level = serializers.IntegerField(help_text="How many strikes counted together with it when it came to count.")
    violations = serializers.ListField(child=serializers.CharField(), help_text="`code` of each violation.")
    opened_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    taken_back_at = serializers.DateTimeField(allow_null=True)
    policy = PolicyOut()


class SanctionOut(serializers.Serializer[Any]):
    """A measure against a shop."""

    code = serializers.CharField()
    reference = serializers.CharField()
    shop = serializers.CharField(help_text="`code` of the shop.")
    strike = serializers.CharField(help_text="`code` of the strike that made it due.")
    measure = serializers.ChoiceField(Measure.choices)
    status = serializers.ChoiceField([(status.value, status.label) for status in PUBLIC_STATUSES])
    in_force_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    over_at = serializers.DateTimeField(allow_null=True, help_text="When it ended or was taken back.")
    lesson_read_at = serializers.DateTimeField(allow_null=True)
    policy = PolicyOut()


class ViolationPage(serializers.Serializer[Any]):
    """A page of violations, newest first."""

    data = ViolationOut(many=True)  # type: ignore[assignment]
    next = serializers.CharField(allow_null=True, help_text="Send it as `after` to get the next page.")


class StrikePage(serializers.Serializer[Any]):
    """A page of strikes, newest first."""

    data = StrikeOut(many=True)  # type: ignore[assignment]
    next = serializers.CharField(allow_null=True, help_text="Send it as `after` to get the next page.")


class SanctionPage(serializers.Serializer[Any]):
    """A page of sanctions, newest first."""

    data = SanctionOut(many=True)  # type: ignore[assignment]
    next = serializers.CharField(allow_null=True, help_text="Send it as `after` to get the next page.")


def write_violation(row: Violation) -> dict[str, Any]:
    """Return a violation as its shop's owner reads it."""
    return {
        "code": row.code,
        "shop": row.seller.code,
        "reference": row.reference,
        "listing_id": row.listing_external_id,
        "title": row.listing_title,
        "url": row.listing_url,
        "reason": row.reason,
        "severity": row.severity,
        "right_kind": row.right_kind,
        "received_at": _moment(row.received_at),
        "confirmed_at": _moment(row.confirmed_at),
        "strike": row.strike.code if row.strike is not None and row.taken_back_at is None else None,
        "taken_back_at": _moment(row.taken_back_at),
        "policy": _policy(row.policy) if row.policy is not None else None,
    }


def write_strike(row: Strike) -> dict[str, Any]:
    """Return a strike as its shop's owner reads it."""
    return {
        "code": row.code,
        "shop": row.seller.code,
        "level": row.level,
        "violations": sorted(item.code for item in row.violations.all() if item.taken_back_at is None),
        "opened_at": _moment(row.opened_at),
        "expires_at": _moment(row.expires_at),
        "taken_back_at": _moment(row.taken_back_at),
        "policy": _policy(row.policy),
    }


def write_sanction(row: Sanction) -> dict[str, Any]:
    """Return a sanction as its shop's owner reads it."""
    return {
        "code": row.code,
        "reference": row.reference,
        "shop": row.seller.code,
        "strike": row.strike.code,
        "measure": row.measure,
        "status": row.status,
        "in_force_at": _moment(row.in_force_at),
        "ends_at": _moment(row.ends_at),
        "over_at": _moment(row.over_at),
        "lesson_read_at": _moment(row.read_at),
        "policy": _policy(row.policy),
    }


def _policy(row: PenaltyPolicy) -> dict[str, Any]:
    return {"marketplace": row.marketplace_id, "version": row.version}


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment is not None else None

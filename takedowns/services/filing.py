"""Filing a complaint: look at it, then write it and its listings in one transaction, with the event that sends it to the engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import BigIntegerField
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.clock import now
from ipp.core.errors import FieldError, Forbidden, InvalidInput
from ipp.core.events import record
from ipp.core.models import Clock, Organization
from ipp.core.prepared import Slot
from ipp.core.services.clocks import start_clock
from ipp.core.whole_rows import WholeRow
from takedowns.events import ComplaintFiled
from takedowns.lifecycle import CLAIMED_AGAINST, RULED
from takedowns.models import Complaint, Evidence
from takedowns.rules import removal_mode, review_hours
from takedowns.services.checking import (
    ACCEPT_VALID,
    Checked,
    CheckedRow,
    Filing,
    check_filing,
    mark_open_claims,
    open_claims,
    platform_day,
)

# One statement for all rows: COPY does not work for a login under row-level security (model.md), and this costs the same.
# Columns come as array literals: one for each column is parsed faster than an object for each row.
_OPEN, _RULED = (", ".join(f"'{status.value}'" for status in sorted(statuses)) for statuses in (CLAIMED_AGAINST, RULED))
INSERT = """
    INSERT INTO takedowns_reportedlisting (
        organization_id, complaint_id, right_id, reason_id, position, input, marketplace_id, external_id, site, key, url,
        policy_id, removal, status, round, listing_id, seller_id, snapshot_filed_id)
    SELECT %(organization)s, %(complaint)s, %(right)s, %(reason)s, r.position, r.input, r.marketplace, r.external_id, r.site, r.key, r.url,
        r.policy, r.removal, 'received', 1, l.id, l.seller_id, l.latest_id
    FROM unnest(%(inputs)s::text[], %(marketplaces)s::text[], %(external_ids)s::text[], %(sites)s::text[], %(keys)s::text[],
        %(urls)s::text[], %(policies)s::bigint[], %(removals)s::text[])
        WITH ORDINALITY AS r (input, marketplace, external_id, site, key, url, policy, removal, position)
    LEFT JOIN marketplaces_listing l ON l.marketplace_id = r.marketplace AND l.external_id = r.external_id
    ORDER BY r.position
"""
# Two filings at once cannot both claim a listing: the partial unique index decides. Asking it row by row costs a fifth of the statement,
# so that is done only once a row was refused.
ORGANIZATION = WholeRow(lambda: Organization.objects.filter(pk=Slot("organization", BigIntegerField())))
UNLESS_CLAIMED = f"""
    ON CONFLICT (organization_id, right_id, reason_id, key)
    WHERE status IN ({_OPEN}) OR status IN ({_RULED}) AND settled_at IS NULL OR status = 'rejected' AND effective_at IS NULL
    DO NOTHING
"""
"""`models.complaints.CLAIMED` as SQL: the condition of the index it names."""


@dataclass(frozen=True)
class Filed:
    """A complaint that was filed, and the rows of the request that are not in it."""

    complaint: Complaint
    left_out: list[CheckedRow]


def file_complaint(*, actor: Actor, filing: Filing) -> Filed:
    """File a complaint of up to 300 listings against one right, for one reason (requirements CMP-01 to CMP-03).

    With `reject_all` one bad row refuses the whole; with `accept_valid` the good rows are filed and the others are named.

    Raises:
        Forbidden: the account is not verified yet (ACC-06).
        InvalidInput: values that do not fit, each with a pointer; nothing was written.
    """
    try:
        return _file(actor, filing)
    except IntegrityError:
        return _file(actor, filing, conflict=UNLESS_CLAIMED)


def preflight(*, actor: Actor, filing: Filing) -> Checked:
    """Say what filing would do, row by row, and write nothing."""
    checked = check_filing(actor=actor, filing=filing, today=platform_day())
    if checked.right is not None and checked.reason is not None:
        claims = open_claims(actor=actor, right=checked.right, reason=checked.reason, rows=checked.usable)
        checked = replace(checked, rows=mark_open_claims(checked.rows, claims))
    return checked


def require_verified(actor: Actor) -> Organization:
    """Return the actor's organization if it may file.

    Raises:
        Forbidden: its identity is not proven yet.
    """
    organization = ORGANIZATION.first(organization=actor.organization_id)
    if organization is None or organization.verified_at is None:
        raise Forbidden(
            "not_verified",
            _("Complaints can be filed once your identity is verified. Send an identity paper; it is checked within three business days."),
        )
    return organization


@transaction.atomic
def _file(actor: Actor, filing: Filing, conflict: str = "") -> Filed:
    require_verified(actor)
    moment = now()
    checked = check_filing(actor=actor, filing=filing, today=platform_day(moment))
    _refuse(checked, filing)
    assert checked.right is not None
    assert checked.reason is not None
    complaint = _write(actor, filing, checked, moment)
    taken = _insert(complaint, checked.usable, conflict)
    if taken != len(checked.usable):
        claims = open_claims(actor=actor, right=checked.right, reason=checked.reason, rows=checked.usable, besides=complaint.pk)
        checked = replace(checked, rows=mark_open_claims(checked.rows, claims))
        _refuse(checked, filing)
        Complaint.objects.filter(pk=complaint.pk).update(listing_count=taken)
        complaint.listing_count = taken
    _keep_evidence(complaint, filing, checked)
    _tell(actor, complaint, checked)
    return Filed(complaint, [row for row in checked.rows if not row.is_usable])


def _refuse(checked: Checked, filing: Filing) -> None:
    """Raise what is wrong; bad rows only count where one of them refuses the whole, or where no good one is left."""
    errors = list(checked.errors)
    if filing.on_row_error != ACCEPT_VALID or not checked.usable:
        errors += checked.row_errors
    if not checked.usable and not errors:
        errors.append(FieldError("listings", "no_listing", _("No listing is left to file.")))
    if errors:
        raise InvalidInput(
            "complaint_refused",
            _("The complaint was not filed. Each thing to mend is named below; nothing you typed is lost."),
            errors=errors,
        )


def _write(actor: Actor, filing: Filing, checked: Checked, moment: datetime) -> Complaint:
    right, reason = checked.right, checked.reason
    assert right is not None
    assert reason is not None
    policies = {row.link.marketplace: row.policy.data for row in checked.usable if row.policy is not None}
    hours = review_hours(policies.values(), kind=right.kind, tier=checked.tier)
    clock = start_clock(organization_id=actor.organization_id, unit=Clock.Unit.BUSINESS_HOURS, budget=hours, moment=moment)
    return Complaint.objects.create(
        organization_id=actor.organization_id,
        agent_organization_id=actor.agent_organization_id,
        right=right,
        reason=reason,
        tier=checked.tier,
        channel=filing.channel,
        explanation=filing.explanation.strip(),
        statements={key: value for key, value in filing.statements.items() if value not in ("", None)},
        seen_on=filing.seen_on,
        declarations=sorted(set(filing.declarations)),
        signed_name=filing.signed_name.strip(),
        signed_role=filing.signed_role.strip(),
        clock=clock,
        due_at=clock.due_at,
        filed_at=clock.started_at,
        listing_count=len(checked.usable),
    )


def _insert(complaint: Complaint, rows: Sequence[CheckedRow], conflict: str) -> int:
    """Write the reported listings in one statement; return how many were written."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT + conflict, _columns(complaint, rows))
        return int(cursor.rowcount)


def _columns(complaint: Complaint, rows: Sequence[CheckedRow]) -> dict[str, Any]:
    """Return what INSERT takes: the complaint's own values, and a column of values for each of the rows'."""
    kind = complaint.right.kind
    policies = {row.link.marketplace: row.policy for row in rows if row.policy is not None}
    numbers = {marketplace: str(policy.pk) for marketplace, policy in policies.items()}
    removals = {marketplace: removal_mode(policy.data, kind) for marketplace, policy in policies.items()}
    links = [row.link for row in rows]
    marketplaces = [link.marketplace for link in links]
    return {
        "organization": complaint.organization_id,
        "complaint": complaint.pk,
        "right": complaint.right_id,
        "reason": complaint.reason_id,
        "inputs": _array([link.input for link in links]),
        "marketplaces": _array(map(str, marketplaces)),
        "external_ids": _array([str(link.external_id) for link in links]),
        "sites": _array([link.site for link in links]),
        "keys": _array([str(link.key) for link in links]),
        "urls": _array([str(link.canonical_url) for link in links]),
        "policies": _array([numbers[marketplace] for marketplace in marketplaces]),
        "removals": _array([removals[marketplace] for marketplace in marketplaces]),
    }


def _array(values: Iterable[str]) -> str:
    """Return texts as an array literal of PostgreSQL; the driver would write each as an expression of its own, which is slow to plan."""
    joined = "\0".join(values)  # the one character no text in the database has
    return '{"' + joined.replace("\\", "\\\\").replace('"', '\\"').replace("\0", '","') + '"}'


def _keep_evidence(complaint: Complaint, filing: Filing, checked: Checked) -> None:
    Evidence.objects.bulk_create(
        Evidence(
            organization_id=complaint.organization_id,
            complaint=complaint,
            requirement=requirement,
            file=checked.files[code],
            position=position,
        )
        for position, (requirement, code) in enumerate(filing.evidence, start=1)
    )


def _tell(actor: Actor, complaint: Complaint, checked: Checked) -> None:
    right = complaint.right
    fact = ComplaintFiled(
        reference=complaint.reference,
        code=complaint.code,
        right=right.reference,
        right_name=right.name,
        reason=complaint.reason_id,
        listing_count=complaint.listing_count,
        due_at=complaint.due_at.isoformat(),
    )
    record(fact, actor=actor, subject=complaint)

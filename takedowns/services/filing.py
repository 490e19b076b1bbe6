"""Filing a complaint: look at it, then write it and its listings in one transaction, with the event that sends it to the engine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.errors import FieldError, Forbidden, InvalidInput
from ipp.core.events import record
from ipp.core.models import Clock, Organization
from ipp.core.services.clocks import start_clock
from takedowns.events import ComplaintFiled
from takedowns.lifecycle import CLAIMED_AGAINST
from takedowns.models import Complaint, Evidence
from takedowns.rules import removal_mode, review_hours
from takedowns.services.checking import ACCEPT_VALID, Checked, CheckedRow, Filing, check_filing, mark_open_claims, open_claims

# One statement for all rows: COPY does not work for a login under row-level security (model.md), and this costs the same.
# Two filings at once cannot both claim a listing: the partial unique index decides, and the loser's row is missing from the answer.
_OPEN = ", ".join(f"'{status.value}'" for status in sorted(CLAIMED_AGAINST))
INSERT = f"""
    INSERT INTO takedowns_reportedlisting (
        organization_id, complaint_id, right_id, reason_id, position, input, marketplace_id, external_id, site, key, url,
        policy_id, removal, status, round, listing_id, seller_id, snapshot_filed_id)
    SELECT %(organization)s, %(complaint)s, %(right)s, %(reason)s, r.position, r.input, r.marketplace, r.external_id, r.site, r.key, r.url,
        r.policy, r.removal, 'received', 1, l.id, l.seller_id, l.latest_id
    FROM json_to_recordset(%(rows)s::json) AS r(
        position smallint, input text, marketplace text, external_id text, site text, key text, url text, policy bigint, removal text)
    LEFT JOIN marketplaces_listing l ON l.marketplace_id = r.marketplace AND l.external_id = r.external_id
    ON CONFLICT (organization_id, right_id, reason_id, key) WHERE status IN ({_OPEN}) DO NOTHING
    RETURNING key
"""  # noqa: S608 (our own statuses)


@dataclass(frozen=True)
class Filed:
    """A complaint that was filed, and the rows of the request that are not in it."""

    complaint: Complaint
    left_out: list[CheckedRow]


@transaction.atomic
def file_complaint(*, actor: Actor, filing: Filing) -> Filed:
    """File a complaint of up to 300 listings against one right, for one reason (requirements CMP-01 to CMP-03).

    With `reject_all` one bad row refuses the whole; with `accept_valid` the good rows are filed and the others are named.

    Raises:
        Forbidden: the account is not verified yet (ACC-06).
        InvalidInput: values that do not fit, each with a pointer; nothing was written.
    """
    require_verified(actor)
    checked = check_filing(actor=actor, filing=filing)
    _refuse(checked, filing)
    assert checked.right is not None
    assert checked.reason is not None
    complaint = _write(actor, filing, checked)
    taken = _insert(complaint, checked.usable)
    if len(taken) != len(checked.usable):
        claims = open_claims(actor=actor, right=checked.right, reason=checked.reason, rows=checked.usable, besides=complaint.pk)
        checked = replace(checked, rows=mark_open_claims(checked.rows, claims))
        _refuse(checked, filing)
        Complaint.objects.filter(pk=complaint.pk).update(listing_count=len(taken))
        complaint.listing_count = len(taken)
    _keep_evidence(complaint, filing, checked)
    _tell(actor, complaint, checked)
    return Filed(complaint, [row for row in checked.rows if not row.is_usable])


def preflight(*, actor: Actor, filing: Filing) -> Checked:
    """Say what filing would do, row by row, and write nothing."""
    checked = check_filing(actor=actor, filing=filing)
    if checked.right is not None and checked.reason is not None:
        claims = open_claims(actor=actor, right=checked.right, reason=checked.reason, rows=checked.usable)
        checked = replace(checked, rows=mark_open_claims(checked.rows, claims))
    return checked


def require_verified(actor: Actor) -> Organization:
    """Return the actor's organization if it may file.

    Raises:
        Forbidden: its identity is not proven yet.
    """
    organization = Organization.objects.get(pk=actor.organization_id)
    if organization.verified_at is None:
        raise Forbidden(
            "not_verified",
            _("Complaints can be filed once your identity is verified. Send an identity paper; it is checked within three business days."),
        )
    return organization


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


def _write(actor: Actor, filing: Filing, checked: Checked) -> Complaint:
    right, reason = checked.right, checked.reason
    assert right is not None
    assert reason is not None
    policies = {row.link.marketplace: row.policy.data for row in checked.usable if row.policy is not None}
    hours = review_hours(policies.values(), kind=right.kind, tier=checked.tier)
    clock = start_clock(organization_id=actor.organization_id, unit=Clock.Unit.BUSINESS_HOURS, budget=hours)
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


def _insert(complaint: Complaint, rows: Sequence[CheckedRow]) -> set[str]:
    """Write the reported listings in one statement; return the keys that were taken."""
    kind = complaint.right.kind
    modes: dict[str | None, tuple[int, str]] = {}
    written = []
    for position, row in enumerate(rows, start=1):
        link = row.link
        if link.marketplace not in modes:
            assert row.policy is not None
            modes[link.marketplace] = (row.policy.pk, removal_mode(row.policy.data, kind))
        policy_id, removal = modes[link.marketplace]
        written.append(
            {
                "position": position,
                "input": link.input,
                "marketplace": link.marketplace,
                "external_id": link.external_id,
                "site": link.site,
                "key": link.key,
                "url": link.canonical_url,
                "policy": policy_id,
                "removal": removal,
            }
        )
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            {
                "organization": complaint.organization_id,
                "complaint": complaint.pk,
                "right": complaint.right_id,
                "reason": complaint.reason_id,
                "rows": json.dumps(written, ensure_ascii=False),
            },
        )
        return {row[0] for row in cursor.fetchall()}


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

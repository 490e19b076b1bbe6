"""A complaint being written: kept at every step, so that nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.clock import IppNow
from ipp.core.errors import Conflict, NotFound
from ipp.core.models import StoredFile
from rightsholders.models import Right
from takedowns.models import ComplaintDraft, DraftFile, ReasonCode
from takedowns.services.checking import ACCEPT_VALID, Filing, platform_day
from takedowns.services.filing import Filed, file_complaint

MAX_DRAFTS = 50
MAX_FILES = 30
"""Files attached to one draft."""

MAX_LINKS_TEXT = 600_000
"""Characters of pasted links kept in a draft: 300 of the longest, and then some."""

FIELDS = ("explanation", "statements", "seen_on", "declarations", "signed_name", "signed_role")
"""What `data` holds."""


@transaction.atomic
def start_draft(*, actor: Actor, right: str = "") -> ComplaintDraft:
    """Begin a complaint, against a right if one is named.

    Raises:
        NotFound: no such right of this organization.
        Conflict: too many drafts lie around.
    """
    if ComplaintDraft.objects.filter(organization_id=actor.organization_id).count() >= MAX_DRAFTS:
        raise Conflict("too_many_drafts", _("Fifty complaints are begun and not filed. Finish or discard some first."))
    chosen = _right(actor, right) if right else None
    return ComplaintDraft.objects.create(organization_id=actor.organization_id, author_id=actor.person_id, right=chosen)


@transaction.atomic
def save_draft(
    *,
    actor: Actor,
    code: str,
    right: str | None = None,
    reason: str | None = None,
    links: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> ComplaintDraft:
    """Keep what was typed; what is not given stays as it was. Nothing is checked here beyond whose it is.

    Raises:
        NotFound: no such draft, right or reason of this organization.
    """
    draft = own_draft(actor, code)
    if right is not None:
        draft.right = _right(actor, right)
    if reason is not None:
        draft.reason = ReasonCode.objects.in_force(platform_day()).filter(pk=reason).first()
        if draft.reason is None:
            raise NotFound
    if links is not None:
        draft.links = links[:MAX_LINKS_TEXT].replace("\x00", "")
    if data is not None:
        draft.data = {**draft.data, **{key: value for key, value in data.items() if key in FIELDS}}
    draft.changed_at = IppNow()
    draft.save()
    draft.refresh_from_db()
    return draft


@transaction.atomic
def attach_file(*, actor: Actor, code: str, requirement: str, file: StoredFile) -> DraftFile:
    """Attach a stored file to a draft, for one requirement of its reason.

    Raises:
        NotFound: no such draft of this organization.
        Conflict: it holds as many files as it may.
    """
    draft = own_draft(actor, code)
    if draft.files.count() >= MAX_FILES:
        raise Conflict("too_many_files", _("Thirty files are attached already. Remove one first."))
    return DraftFile.objects.create(organization_id=actor.organization_id, draft=draft, requirement=requirement[:40], file=file)


@transaction.atomic
def detach_file(*, actor: Actor, code: str, file: str) -> None:
    """Take a file off a draft again.

    Raises:
        NotFound: no such draft, or no such file on it.
    """
    draft = own_draft(actor, code)
    gone, _by_model = DraftFile.objects.filter(draft=draft, file__code=file).delete()
    if not gone:
        raise NotFound


@transaction.atomic
def discard_draft(*, actor: Actor, code: str) -> None:
    """Throw a draft away.

    Raises:
        NotFound: no such draft of this organization.
    """
    own_draft(actor, code).delete()


@transaction.atomic
def file_draft(*, actor: Actor, code: str, links: list[str]) -> Filed:
    """File what the draft says, without the links that cannot be filed (the page named them), and let the draft go.

    Raises:
        NotFound, Forbidden, InvalidInput: as `file_complaint`.
    """
    draft = own_draft(actor, code)
    filed = file_complaint(actor=actor, filing=filing_of(draft, links))
    draft.delete()
    return filed


def filing_of(draft: ComplaintDraft, links: list[str]) -> Filing:
    """Return what a draft says, as it would be filed."""
    data = draft.data
    return Filing(
        right=draft.right.code if draft.right else "",
        reason=draft.reason_id or "",
        links=links,
        seen_on=date.fromisoformat(data["seen_on"]) if data.get("seen_on") else platform_day(),
        explanation=data.get("explanation", ""),
        statements=data.get("statements", {}),
        evidence=[(item.requirement, item.file.code) for item in draft.files.select_related("file")],
        declarations=data.get("declarations", []),
        signed_name=data.get("signed_name", ""),
        signed_role=data.get("signed_role", ""),
        on_row_error=ACCEPT_VALID,
        channel="page",
    )


def own_draft(actor: Actor, code: str) -> ComplaintDraft:
    """Return the organization's own draft, locked.

    Raises:
        NotFound: it is missing or another tenant's.
    """
    rows = ComplaintDraft.objects.select_related("right", "reason").select_for_update(of=("self",), no_key=True)
    draft = rows.filter(organization_id=actor.organization_id, code=code).first()
    if draft is None:
        raise NotFound
    return draft


def _right(actor: Actor, code: str) -> Right:
    right = Right.objects.filter(organization_id=actor.organization_id, code=code).first()
    if right is None:
        raise NotFound
    return right

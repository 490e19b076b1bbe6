"""Looking at a complaint before it is filed: the right, the reason, each link, the evidence. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, cast

from django.conf import settings
from django.db.models import BigIntegerField, CharField, DateField
from django.utils.translation import gettext_lazy as _

from ipp.core.actors import Actor
from ipp.core.calendars import packaged
from ipp.core.clock import now
from ipp.core.errors import FieldError
from ipp.core.models import StoredFile
from ipp.core.prepared import Slot
from ipp.core.whole_rows import WholeRow
from marketplaces.models import Marketplace, Policy
from marketplaces.queries import rules_in_force
from marketplaces.rules.links import MESSAGES, Link
from rightsholders.models import Right
from rightsholders.rules import covers
from takedowns.models import ReasonCode, ReportedListing
from takedowns.models.complaints import CLAIMED
from takedowns.rules import (
    MAX_ENTRIES,
    MAX_LISTINGS,
    STANDARD,
    Found,
    RightFacts,
    check_evidence,
    check_reason,
    check_right,
    countries_needed,
    missing_declarations,
)
from takedowns.services.findings import sentence

REJECT_ALL, ACCEPT_VALID = "reject_all", "accept_valid"
RIGHT = WholeRow(lambda: Right.objects.filter(organization_id=Slot("organization", BigIntegerField()), code=Slot("code", CharField())))
REASON = WholeRow(lambda: ReasonCode.objects.in_force(cast(date, Slot("day", DateField()))).filter(pk=Slot("code", CharField())))


@dataclass(frozen=True)
class Filing:
    """What a filer says: codes of the right and the reason, links in any form, evidence as (requirement, file code) pairs."""

    right: str
    reason: str
    links: Sequence[str]
    seen_on: date
    explanation: str = ""
    statements: Mapping[str, Any] = field(default_factory=dict)
    evidence: Sequence[tuple[str, str]] = ()
    declarations: Sequence[str] = ()
    signed_name: str = ""
    signed_role: str = ""
    on_row_error: str = REJECT_ALL
    channel: str = "page"


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """One link as it was understood. `number` counts from 0, as sent; `result` is pass, merged, remedy or block."""

    number: int
    link: Link
    result: str
    found: Found | None = None
    policy: Policy | None = None

    @property
    def is_usable(self) -> bool:
        """Whether it can be filed."""
        return self.result == "pass"

    @property
    def message(self) -> str:
        """What is wrong and how to mend it; empty when nothing is."""
        return sentence(self.found) if self.found is not None else ""


@dataclass
class Checked:
    """What came of looking: the rows in order, and what is wrong with the complaint as a whole."""

    right: Right | None
    reason: ReasonCode | None
    tier: str
    rows: list[CheckedRow]
    errors: list[FieldError]
    files: dict[str, StoredFile]

    @cached_property
    def usable(self) -> list[CheckedRow]:
        """Rows that can be filed. Asked once the rows are there; with other rows it is another `Checked`."""
        return [row for row in self.rows if row.is_usable]

    @property
    def row_errors(self) -> list[FieldError]:
        """What is wrong with single rows, each with a pointer to it."""
        wrong = (row for row in self.rows if row.result in ("block", "remedy"))
        return [FieldError(f"listings/{row.number}", row.found.check if row.found else "", row.message) for row in wrong]


def check_filing(*, actor: Actor, filing: Filing, today: date) -> Checked:
    """Look at everything the filer's own side can know; the engine looks again, with what only the platform knows."""
    right = RIGHT.first(organization=actor.organization_id, code=filing.right)
    reason = REASON.first(code=filing.reason, day=today)
    files = _files(actor, filing)
    checked = Checked(right, reason, STANDARD, [], [], files)
    checked.errors += _about_right(right, filing, today)
    checked.errors += _about_reason(reason, right, filing, checked.tier)
    checked.errors += _about_words(filing, files)
    if len(filing.links) > MAX_ENTRIES:
        checked.errors.append(too_many(len(filing.links)))
        return checked
    checked.rows = check_links(filing.links, right=right, today=today)
    allowed = min(MAX_LISTINGS, reason.max_listings) if reason is not None else MAX_LISTINGS
    if len(checked.usable) > allowed and right is not None and reason is not None:  # those claimed already do not count
        claims = open_claims(actor=actor, right=right, reason=reason, rows=checked.usable)
        checked = replace(checked, rows=mark_open_claims(checked.rows, claims))
    count = len(checked.usable)
    if count > allowed:
        checked.errors.append(too_many(count, allowed))
    elif not count:
        checked.errors.append(
            FieldError("listings", "no_listing", _("Not one link leads to a listing we can act on. Mend the rows below, or paste others."))
        )
    return checked


def check_links(links: Sequence[str], *, right: Right | None, today: date) -> list[CheckedRow]:
    """Resolve links and say of each what it is: the same listing twice is merged, what cannot be filed says why."""
    rules = rules_in_force(today)
    known = rules.marketplaces
    reach: dict[tuple[str, str], Found | None] = {}
    first_at: dict[str | None, int] = {}
    rows = []
    for number, link in enumerate(rules.rulebook.resolve_many(links)):
        found = _about_link(link, known) or _about_reach(link, known, right, reach)
        policy = rules.policies.get(link.marketplace or "")
        if found is not None:
            rows.append(CheckedRow(number, link, found.result, found, policy))
        elif (first := first_at.setdefault(link.key, number)) != number:
            rows.append(CheckedRow(number, link, "merged", Found("merged", "merged", {"row": first + 1})))
        else:
            rows.append(CheckedRow(number, link, "pass", None, policy))
    return rows


def mark_open_claims(rows: Sequence[CheckedRow], references: Mapping[str, str]) -> list[CheckedRow]:
    """Return the rows with those blocked that an open complaint of the same filer names already."""
    marked = []
    for row in rows:
        reference = references.get(row.link.key or "") if row.is_usable else None
        found = Found("duplicate_open", "block", {"reference": reference})
        marked.append(CheckedRow(row.number, row.link, "block", found, row.policy) if reference else row)
    return marked


def open_claims(*, actor: Actor, right: Right, reason: ReasonCode, rows: Sequence[CheckedRow], besides: int = 0) -> dict[str, str]:
    """Return the references of the filer's open complaints by listing key, for the same right and reason, `besides` one of them."""
    keys = [row.link.key for row in rows if row.link.key]
    mine = ReportedListing.objects.filter(CLAIMED, organization_id=actor.organization_id, right=right, reason=reason, key__in=keys)
    found = mine.exclude(complaint_id=besides)
    return dict(found.values_list("key", "complaint__reference"))


def right_facts(right: Right) -> RightFacts:
    """Return what the rules need of a right."""
    return RightFacts(
        kind=right.kind,
        is_validated=right.validated_at is not None and right.status == "validated",
        registered_on=right.registered_on,
        expires_on=right.expires_on,
        territories=tuple(right.territories),
    )


def platform_day(moment: datetime | None = None) -> date:
    """Return today, or the day of `moment`, where the platform's calendar is (Shanghai by default): there days of rules are counted."""
    moment = moment or now()
    return packaged(settings.PLATFORM_CALENDAR, [moment.year]).day_of(moment)


def too_many(count: int, allowed: int = MAX_LISTINGS) -> FieldError:
    """Return the refusal of a complaint with more listings than it may have."""
    if allowed == 1:
        message = _("This reason takes one listing a complaint, with its own order; this one has %(count)s.") % {"count": count}
    else:
        message = _("A complaint takes at most %(allowed)s listings; this one has %(count)s. Split it into several.") % {
            "allowed": allowed,
            "count": count,
        }
    return FieldError("listings", "too_many_listings", message)


def _files(actor: Actor, filing: Filing) -> dict[str, StoredFile]:
    """Return the filer's own files among those the filing names, by code."""
    codes = [code for _requirement, code in filing.evidence]
    if not codes:
        return {}
    return {file.code: file for file in StoredFile.objects.filter(organization_id=actor.organization_id, code__in=codes)}


def _about_right(right: Right | None, filing: Filing, today: date) -> list[FieldError]:
    if right is None:
        return [FieldError("right", "unknown_right", _("There is no such right in your library. Choose one of yours."))]
    found = check_right(right_facts(right), seen_on=filing.seen_on, today=today)
    field_of = {"seen_on": "seen_on", "right_in_force_when_seen": "seen_on"}
    return [FieldError(field_of.get(item.check, "right"), item.check, sentence(item)) for item in found]


def _about_reason(reason: ReasonCode | None, right: Right | None, filing: Filing, tier: str) -> list[FieldError]:
    if reason is None:
        return [FieldError("reason", "unknown_reason", _("There is no such reason today. Choose one from the list."))]
    errors = []
    if right is not None:
        found = check_reason(reason.right_kinds, reason.tiers, kind=right.kind, tier=tier)
        errors += [FieldError("reason", item.check, sentence(item)) for item in found]
    brought = {requirement for requirement, _code in filing.evidence}
    for item in check_evidence(reason.requirements(tier), filing.statements, brought):
        where = "evidence" if item.facts["kind"] == "file" else "statements"
        errors.append(FieldError(f"{where}/{item.facts['requirement']}", "evidence_missing", sentence(item)))
    return errors


def _about_words(filing: Filing, files: Mapping[str, StoredFile]) -> list[FieldError]:
    errors = [
        FieldError(f"evidence/{number}", "unknown_file", _("There is no such file of yours. Upload it first, then name its code."))
        for number, (_requirement, code) in enumerate(filing.evidence)
        if code not in files
    ]
    errors += [
        FieldError(
            f"declarations/{name}",
            "declaration_missing",
            _("The declaration %(name)s is needed: without it nothing can be filed.") % {"name": name},
        )
        for name in missing_declarations(filing.declarations)
    ]
    for name in ("signed_name", "signed_role"):
        if not getattr(filing, name).strip():
            errors.append(FieldError(name, "required", _("Sign with your full name and your role.")))
    return errors


def _about_link(link: Link, known: Mapping[str, Marketplace]) -> Found | None:
    if "\x00" in link.input:  # among words beside the link; no text in the database can hold it
        return Found("link", "block", {"code": "control_characters", "message": MESSAGES["control_characters"]})
    if link.status == "store":
        return Found("not_a_listing", "block")
    if link.status == "needs_resolution":
        return Found("needs_resolution", "remedy")
    if link.status != "listing":
        return Found("link", "block", {"code": link.code or link.status, "message": link.message})
    if link.needs == "merchant":
        return Found("merchant", "remedy")
    return None if link.marketplace in known else Found("marketplace_closed", "block")


def _about_reach(
    link: Link, known: Mapping[str, Marketplace], right: Right | None, reach: dict[tuple[str, str], Found | None]
) -> Found | None:
    """Check that the right covers the marketplace; asked once per marketplace and site."""
    if right is None or link.marketplace is None:
        return None
    place = (link.marketplace, link.site)
    if place not in reach:
        countries = countries_needed(known[link.marketplace].territory, link.site)
        missing = countries is not None and not covers(right.territories, countries)
        reach[place] = Found("territory", "block", {"countries": list(countries or ())}) if missing else None
    return reach[place]

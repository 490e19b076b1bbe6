"""A case of the verification desk as its page shows it, whether a paper or a right is checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from ipp.core.models import StoredFile, StoredPage
from ipp.core.services.files import page_link
from ipp.core.ui import Fact
from rightsholders.models import Right, Verification
from rightsholders.presentation.identity import TypedLine, beside_the_paper, findings, paper_word
from rightsholders.presentation.rights import right_facts, right_findings
from rightsholders.queries import Finding, documents_of, pages_of


@dataclass(frozen=True)
class FileView:
    """One file as pictures: what it is, its pages with signed links, the digest of the original."""

    title: str
    name: str
    sha256: str
    pages: Sequence[tuple[StoredPage, str]]


@dataclass(frozen=True)
class CaseView:
    """What stands beside the decision: typed values with findings, the findings about none of them, and the files."""

    typed: Sequence[TypedLine]
    findings: Sequence[Finding]
    files: Sequence[FileView]


def subject_word(verification: Verification) -> str:
    """Return what is checked: the kind of right, or the kind of paper."""
    if verification.right is not None:
        return str(verification.right.get_kind_display())
    return paper_word(verification.identity_paper.kind)


def examined(verification: Verification, now: datetime) -> CaseView:
    """Return a case with everything the verifier looks at."""
    if verification.right is None:
        paper = verification.identity_paper
        typed, others = beside_the_paper(paper, findings(verification, now))
        return CaseView(typed, others, [_file_view(paper_word(paper.kind), paper.file, pages_of(paper.file), verification.reference)])
    right = verification.right
    found = right_findings(right, documents_of(right), verification.organization.name, now.date())
    typed, others = beside(right_facts(right), found)
    return CaseView(typed, others, file_views(right))


def file_views(right: Right) -> list[FileView]:
    """Return a right's documents as pictures, in the order they came."""
    return [
        _file_view(str(document.get_kind_display()), document.file, list(document.file.pages.all()), right.reference)
        for document in documents_of(right)
    ]


def beside(facts: Iterable[Fact], found: Sequence[Finding]) -> tuple[list[TypedLine], list[Finding]]:
    """Return each typed value with the finding about it, and the findings that are about no typed value."""
    by_label: dict[str, Finding] = {}
    others = []
    for finding in found:
        if by_label.setdefault(finding.label, finding) is not finding:
            others.append(finding)
    lines = []
    for fact in facts:
        if fact.value:
            about = by_label.pop(str(fact.label), None)
            lines.append(TypedLine(str(fact.label), fact.value, about.tone if about else "", about.text if about else ""))
    return lines, [*by_label.values(), *others]


def _file_view(title: str, file: StoredFile, pages: Iterable[StoredPage], name: str) -> FileView:
    return FileView(title or _("Document"), file.name, file.sha256, [(page, page_link(page, name=name)) for page in pages])

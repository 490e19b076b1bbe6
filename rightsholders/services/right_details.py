"""What a rights holder types about a right, and whether it can be sent in: fields by kind, each wrong one named (requirement IPR-03)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from ipp.core.clock import now
from ipp.core.countries import country_choices
from ipp.core.errors import FieldError, InvalidInput
from ipp.core.models import StoredFile
from rightsholders.models import DocumentKind, RightKind
from rightsholders.rules import (
    BERNE,
    NumberProblem,
    expiry_by_term,
    is_in_force,
    number_problems,
    office,
    offices_for,
)

MAX_DOCUMENTS = 20
MAX_GOODS = 4000
NICE = range(1, 46)
LOCARNO = re.compile(r"(0[1-9]|[12]\d|3[0-2])-\d{2}", re.ASCII)

PROBLEM_WORDS = {
    "empty": _("Type the number as it stands on the certificate."),
    "length": _("A number has between 4 and 30 characters."),
    "format": _("This office does not write numbers this way."),
    "check_digit": _("The last digit does not fit the others; one of them is mistyped."),
    "kind_differs": _("The number is of another kind of right: its type digit says so."),
    "application": _("This looks like the number of an application, which is not a right yet."),
}
"""What is wrong with a number, in words."""

REQUIRED_DOCUMENTS: dict[str, tuple[tuple[str, Promise], ...]] = {
    RightKind.TRADEMARK: (("certificate", _("Add the registration certificate.")),),
    RightKind.COPYRIGHT: (("work", _("Add a sample of the work: a picture, a page, a still.")),),
    RightKind.DESIGN: (("certificate", _("Add the certificate with the views of the design.")),),
    RightKind.UTILITY_MODEL: (("certificate", _("Add the patent certificate.")),),
    RightKind.INVENTION: (("certificate", _("Add the patent certificate.")),),
}


@dataclass(frozen=True)
class RightDetails:
    """What a rights holder types. Which fields count depends on `kind`; for a patent `registered_on` is the day of grant.

    No office means an unregistered copyright, which needs the claim statement and a date. No territories means the office's own.
    """

    kind: str
    name: str
    owner_name: str
    office: str = ""
    number: str = ""
    territories: Sequence[str] = ()
    nice_classes: Sequence[int] = ()
    locarno_class: str = ""
    goods: str = ""
    filed_on: date | None = None
    registered_on: date | None = None
    expires_on: date | None = None
    author: str = ""
    created_on: date | None = None
    published_on: date | None = None
    work_link: str = ""
    claim_statement: bool = False

    @property
    def is_registered(self) -> bool:
        """Whether an authority registered it; copyright exists without."""
        return self.kind != RightKind.COPYRIGHT or bool(self.office)


@dataclass(frozen=True)
class DocumentUpload:
    """A stored file and what it is."""

    kind: str
    file: StoredFile


def check_right(details: RightDetails, documents: Sequence[DocumentUpload]) -> None:
    """Refuse what cannot be sent in; what is merely odd is left to the verifier as a finding.

    Raises:
        InvalidInput: values that do not fit, each named.
    """
    if details.kind not in RightKind.values:
        error = FieldError("kind", "unknown", _("Choose trademark, copyright, design, utility model or invention patent."))
        raise InvalidInput("invalid_right", _("The right was not added; choose what kind it is."), errors=[error])
    errors = [*_name_errors(details), *_office_errors(details), *_kind_errors(details), *_date_errors(details)]
    errors += [*_territory_errors(details), *document_errors(documents), *_missing_documents(details, documents)]
    if errors:
        raise InvalidInput("invalid_right", _("The right was not added; correct the values named and send it again."), errors=errors)


def document_errors(documents: Sequence[DocumentUpload]) -> Iterable[FieldError]:
    """Yield what is wrong with the documents whatever they belong to."""
    if len(documents) > MAX_DOCUMENTS:
        yield FieldError("documents", "too_many", _("Send at most 20 documents; pages of one document go into one PDF."))
    if any(document.kind not in DocumentKind.values for document in documents):
        yield FieldError("documents", "unknown_kind", _("Say of each document what it is."))
    if len({document.file.pk for document in documents}) != len(documents):
        yield FieldError("documents", "same_file", _("The same file was named twice; name each file once."))


def territories_of(details: RightDetails) -> list[str]:
    """Return where the right holds: what the office says, or for an international registration what its owner designated."""
    known = office(details.office)
    if details.kind == RightKind.COPYRIGHT:
        return [BERNE]
    if known is not None and known.territories:
        return list(known.territories)
    return sorted({country.upper() for country in details.territories})


def problem_words(problem: NumberProblem) -> Promise | str:
    """Return what is wrong with a number, with an example of a good one where there is one."""
    words = PROBLEM_WORDS[problem.code]
    return format_lazy(_("{problem} A good one: {example}"), problem=words, example=problem.example) if problem.example else words


def _name_errors(details: RightDetails) -> Iterable[FieldError]:
    if not details.name.strip():
        yield FieldError("name", "required", _("Type the name: the words of the mark, or the title."))
    elif len(details.name) > 200:
        yield FieldError("name", "too_long", _("Use at most 200 characters."))
    if not details.owner_name.strip():
        yield FieldError("owner_name", "required", _("Type the owner's name as it stands on the document."))
    elif len(details.owner_name) > 200:
        yield FieldError("owner_name", "too_long", _("Use at most 200 characters."))
    if len(details.goods) > MAX_GOODS:
        yield FieldError("goods", "too_long", _("Use at most 4000 characters; the certificate shows the rest."))


def _office_errors(details: RightDetails) -> Iterable[FieldError]:
    if not details.is_registered:
        if details.number.strip():
            yield FieldError("office", "required", _("Choose the authority that gave this number, or leave the number empty."))
        return
    if details.office not in {row.key for row in offices_for(details.kind)}:
        yield FieldError("office", "unknown", _("Choose an office that registers this kind of right."))
        return
    if len(details.number) > 60:
        yield FieldError("number", "too_long", _("Use at most 60 characters."))
        return
    for problem in number_problems(details.office, details.kind, details.number):
        if problem.mark == "block":
            yield FieldError("number", problem.code, problem_words(problem))


def _kind_errors(details: RightDetails) -> Iterable[FieldError]:
    if details.kind == RightKind.TRADEMARK:
        if not details.nice_classes:
            yield FieldError("nice_classes", "required", _("Choose at least one class of the Nice classification."))
        elif any(number not in NICE for number in details.nice_classes):
            yield FieldError("nice_classes", "out_of_range", _("Nice classes run from 1 to 45."))
    if details.kind == RightKind.DESIGN and not LOCARNO.fullmatch(details.locarno_class.strip()):
        yield FieldError("locarno_class", "format", _("Write the Locarno class as two numbers, such as 07-01."))
    if details.kind == RightKind.COPYRIGHT:
        yield from _copyright_errors(details)


def _copyright_errors(details: RightDetails) -> Iterable[FieldError]:
    if not details.is_registered and not details.claim_statement:
        yield FieldError("claim_statement", "required", _("Confirm that you made the work or hold the right in it."))
    if not details.is_registered and details.created_on is None and details.published_on is None:
        yield FieldError("created_on", "required", _("Say when the work was made or first published."))
    if details.work_link and not _is_link(details.work_link):
        yield FieldError("work_link", "not_a_link", _("Send the whole address, beginning with https://."))
    if details.created_on and details.published_on and details.published_on < details.created_on:
        yield FieldError("published_on", "order", _("A work is published after it is made."))


def _date_errors(details: RightDetails) -> Iterable[FieldError]:
    today = now().date()
    if details.is_registered and details.registered_on is None:
        yield FieldError("registered_on", "required", _("Type the day of registration or grant; an application alone is not a right."))
    if details.expires_on is None and details.kind != RightKind.COPYRIGHT:
        yield FieldError("expires_on", "required", _expiry_words(details))
    for name in ("filed_on", "registered_on", "created_on", "published_on"):
        day: date | None = getattr(details, name)
        if day is not None and day > today:
            yield FieldError(name, "in_the_future", _("This day is still to come."))
    if details.filed_on and details.registered_on and details.registered_on < details.filed_on:
        yield FieldError("registered_on", "order", _("A right is registered after it is filed."))
    if details.registered_on and details.expires_on and details.expires_on <= details.registered_on:
        yield FieldError("expires_on", "order", _("A right ends after it is registered."))
    elif not is_in_force(None, details.expires_on, today):
        yield FieldError("expires_on", "expired", _("This right has expired. Renew it, then add it with the renewed certificate."))


def _expiry_words(details: RightDetails) -> Promise | str:
    """Ask for the last day, and suggest the one the usual term leads to."""
    words = _("Type the last day on which the right holds.")
    usual = expiry_by_term(details.office, details.kind, filed_on=details.filed_on, registered_on=details.registered_on)
    return format_lazy(_("{words} By the usual term that is {day}."), words=words, day=usual.isoformat()) if usual else words


def _territory_errors(details: RightDetails) -> Iterable[FieldError]:
    known = office(details.office)
    if details.kind == RightKind.COPYRIGHT or known is None:
        return
    given = {country.upper() for country in details.territories}
    if known.territories and given - set(known.territories):
        yield FieldError("territories", "not_of_this_office", _("This office's registrations hold in its own territory; leave this empty."))
    elif not known.territories and not given:
        yield FieldError("territories", "required", _("Choose the countries designated in the international registration."))
    elif given - set(dict(country_choices())) - {"EU"}:
        yield FieldError("territories", "not_a_country", _("Use two-letter country codes such as CN or DE; EU stands for its members."))


def _missing_documents(details: RightDetails, documents: Sequence[DocumentUpload]) -> Iterable[FieldError]:
    sent = {document.kind for document in documents}
    needed = list(REQUIRED_DOCUMENTS[details.kind])
    if details.kind == RightKind.COPYRIGHT and details.is_registered:
        needed.append(("certificate", _("Add the registration certificate.")))
    if details.kind == RightKind.UTILITY_MODEL and details.office == "CNIPA":
        needed.append(("report", _("A Chinese utility model is granted unexamined: add its patent right evaluation report.")))
    for kind, words in needed:
        if kind not in sent:
            yield FieldError("documents", f"{kind}_missing", words)


def _is_link(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None and text.isprintable() and " " not in text

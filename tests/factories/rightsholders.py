"""Papers, verifications and rights in every state, reached by calling the services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count
from typing import Any

from ipp.core import clock, tenancy
from ipp.core.actors import Actor
from ipp.core.codes import new_code
from ipp.core.models import Organization, StoredFile, StoredPage
from ipp.core.services.accounts import set_verified
from rightsholders import services
from rightsholders.models import Right, Verification
from rightsholders.rules import check_digit
from tests.actors import actor_named

NUMBERS = count(1)


def details(**changes: Any) -> services.PaperDetails:
    """Return what a company types from its licence."""
    typed = {"kind": "business_licence", "holder_name": "Acme Tools Ltd", "number": f"L-{next(NUMBERS)}", "country": "GB"} | changes
    return services.PaperDetails(**typed)


def stored_file(actor: Actor, **changes: Any) -> StoredFile:
    """Store a one-page file without running the pipeline (its own tests do)."""
    values = {
        "name": "licence.png",
        "media_type": "image/png",
        "size": 10,
        "sha256": new_code().ljust(64, "0"),
        "sealed_key": new_code(),
        "page_count": 1,
        "scan": "clean",
    } | changes
    with tenancy.acting(actor):
        file = StoredFile.objects.create(organization_id=actor.organization_id, **values)
        StoredPage.objects.create(
            organization_id=actor.organization_id,
            file=file,
            number=1,
            storage_key=new_code(),
            media_type="image/webp",
            width=800,
            height=1100,
            sha256="0" * 64,
        )
    return file


def submitted(actor: Actor, **changes: Any) -> Verification:
    """Return a verification in the queue."""
    file = stored_file(actor)
    with tenancy.acting(actor):
        return services.submit_identity_paper(actor=actor, file=file, details=details(**changes))


def claimed(actor: Actor, verifier: Actor) -> Verification:
    """Return a verification a verifier holds."""
    row = submitted(actor)
    with tenancy.acting(verifier):
        return services.claim_verification(actor=verifier, code=row.code)


def asked(actor: Actor, verifier: Actor) -> Verification:
    """Return a verification whose applicant was asked something."""
    row = claimed(actor, verifier)
    with tenancy.acting(verifier):
        return services.ask_for_information(actor=verifier, code=row.code, version=row.version, question="Send the back side too.")


def approved(actor: Actor, verifier: Actor) -> Verification:
    """Return an approved verification whose effects are still to come."""
    row = claimed(actor, verifier)
    with tenancy.acting(verifier):
        return services.approve_verification(actor=verifier, code=row.code, version=row.version)


def refused(actor: Actor, verifier: Actor) -> Verification:
    """Return a refused verification whose effects are still to come."""
    row = claimed(actor, verifier)
    with tenancy.acting(verifier):
        return services.refuse_verification(actor=verifier, code=row.code, version=row.version, reason="unreadable", message="Too dark.")


def withdrawn(actor: Actor, verifier: Actor) -> Verification:
    """Return a verification its applicant took back."""
    row = submitted(actor)
    with tenancy.acting(actor):
        return services.withdraw_verification(actor=actor, code=row.code)


def in_queue(actor: Actor, verifier: Actor) -> Verification:
    """Return a verification in the queue (same shape as the other states)."""
    return submitted(actor)


STATES = {
    "submitted": in_queue,
    "in_review": claimed,
    "information_asked": asked,
    "approved": approved,
    "refused": refused,
    "withdrawn": withdrawn,
}


DAY = timedelta(days=1)
FIELDS: dict[str, dict[str, Any]] = {
    "trademark": {"name": "ACME", "office": "CNIPA", "nice_classes": [8, 21], "goods": "hand tools; drinking bottles"},
    "copyright": {"name": "Lantern drawing", "claim_statement": True, "created_on": date(2021, 5, 4), "author": "A. Draws"},
    "design": {"name": "Bottle with a handle", "office": "CNIPA", "locarno_class": "07-01", "filed_on": date(2022, 3, 1)},
    "utility_model": {"name": "Lid that locks", "office": "CNIPA", "filed_on": date(2022, 3, 1)},
    "invention": {"name": "Way to keep drinks warm", "office": "CNIPA", "filed_on": date(2020, 3, 1)},
}
DOCUMENTS = {
    "trademark": ("certificate", "classes"),
    "copyright": ("work",),
    "design": ("certificate",),
    "utility_model": ("certificate", "report"),
    "invention": ("certificate",),
}
TYPE_DIGIT = {"design": "3", "utility_model": "2", "invention": "1"}


def patent_number(kind: str, serial: int = 0) -> str:
    """Return a Chinese patent number of a kind whose check digit fits."""
    digits = f"2022{TYPE_DIGIT[kind]}{serial or next(NUMBERS):07d}"
    return f"{digits}.{check_digit(digits)}"


def right_details(kind: str = "trademark", **changes: Any) -> services.RightDetails:
    """Return what a rights holder types about a right that passes: CNIPA's unless told otherwise, copyright unregistered."""
    typed: dict[str, Any] = {"kind": kind, "owner_name": "Acme Tools Ltd", **FIELDS[kind]}
    if kind == "trademark":
        typed["number"] = f"{20_000_000 + next(NUMBERS)}"
    elif kind != "copyright":
        typed["number"] = patent_number(kind)
    if kind != "copyright":
        typed |= {"registered_on": date(2022, 9, 1), "expires_on": date(2099, 8, 31)}
    return services.RightDetails(**typed | changes)


def right_documents(actor: Actor, kinds: Sequence[str]) -> list[services.DocumentUpload]:
    """Store one file for each kind of document."""
    return [services.DocumentUpload(kind, stored_file(actor, name=f"{kind}.png")) for kind in kinds]


def verified(actor: Actor) -> Actor:
    """Make the actor's organization verified and return the actor."""
    engine = Actor.system(actor.organization_id, "tests")
    with tenancy.acting(engine):
        if Organization.objects.get(pk=actor.organization_id).verified_at is None:
            set_verified(actor=engine, organization_id=actor.organization_id, verified=True)
    return actor


def waiting_right(actor: Actor, kind: str = "trademark", *, documents: Sequence[str] = (), **changes: Any) -> Right:
    """Return a right that waits for its check; its organization is made verified first."""
    verified(actor)
    sent = right_documents(actor, documents or DOCUMENTS[kind])
    with tenancy.acting(actor):
        return services.add_right(actor=actor, details=right_details(kind, **changes), documents=sent)


def claimed_right(actor: Actor, verifier: Actor, kind: str = "trademark", **changes: Any) -> Verification:
    """Return the check of a waiting right, held by a verifier."""
    right = waiting_right(actor, kind, **changes)
    with tenancy.acting(verifier):
        services.claim_verification(actor=verifier, code=Verification.objects.get(right=right).code)
        return Verification.objects.select_related("right").get(right=right)


def asked_right(actor: Actor, verifier: Actor, kind: str = "trademark", **changes: Any) -> Right:
    """Return a right whose holder was asked something."""
    row = claimed_right(actor, verifier, kind, **changes)
    with tenancy.acting(verifier):
        services.ask_for_information(actor=verifier, code=row.code, version=row.version, question="Send the page with the classes.")
    return _fresh(row)


def validated_right(actor: Actor, kind: str = "trademark", *, territories: Sequence[str] = ("CN",), **changes: Any) -> Right:
    """Return a validated right that holds in `territories`.

    CN (or a copyright, which holds everywhere) is CNIPA's, EU is EUIPO's; any other set becomes an international registration.
    """
    return _decided(actor, kind, "approve", _placed(kind, tuple(territories)) | changes)


def refused_right(actor: Actor, kind: str = "trademark", **changes: Any) -> Right:
    """Return a refused right."""
    return _decided(actor, kind, "refuse", changes)


def withdrawn_right(actor: Actor, kind: str = "trademark", **changes: Any) -> Right:
    """Return a right its holder took back while it was being checked."""
    right = waiting_right(actor, kind, **changes)
    with tenancy.acting(actor):
        return services.withdraw_right(actor=actor, code=right.code)


def expired_right(actor: Actor, kind: str = "trademark", **changes: Any) -> Right:
    """Return a right that was validated a year ago and ended yesterday."""
    yesterday = clock.now().date() - DAY
    with clock.moved(-365 * DAY):
        return _decided(actor, kind, "approve", {"expires_on": yesterday} | changes)


def _placed(kind: str, territories: tuple[str, ...]) -> dict[str, Any]:
    if kind == "copyright" or territories == ("CN",):
        return {}
    if territories == ("EU",) and kind in ("trademark", "design"):
        number = f"018{next(NUMBERS):06d}" if kind == "trademark" else f"{next(NUMBERS):09d}-0001"
        return {"office": "EUIPO", "number": number}
    number = f"{1_000_000 + next(NUMBERS)}" if kind == "trademark" else f"DM/{200_000 + next(NUMBERS)}"
    return {"office": "WIPO", "number": number, "territories": territories}


def _decided(actor: Actor, kind: str, outcome: str, changes: dict[str, Any]) -> Right:
    """Let a verifier of the cast decide, and the engine carry it out as it does once the undo time is over."""
    bob = actor_named("bob")
    row = claimed_right(actor, bob, kind, **changes)
    with tenancy.acting(bob):
        if outcome == "approve":
            row = services.approve_verification(actor=bob, code=row.code, version=row.version)
        else:
            row = services.refuse_verification(actor=bob, code=row.code, version=row.version, reason="right_unreadable")
    engine = Actor.system(actor.organization_id, "rightsholders.carry_out_decision")
    with tenancy.acting(engine):
        services.carry_out_decision(actor=engine, verification_id=row.pk, round=row.round)
    return _fresh(row)


def _fresh(row: Verification) -> Right:
    with tenancy.engine_scope("tests"):
        return Right.objects.get(pk=row.right_id)

"""Papers and verifications in every state, reached by calling the services."""

from __future__ import annotations

from itertools import count
from typing import Any

from ipp.core import tenancy
from ipp.core.actors import Actor
from ipp.core.codes import new_code
from ipp.core.models import StoredFile, StoredPage
from rightsholders import services
from rightsholders.models import Verification

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

"""Sets the stage the browser walks through: the demo's people and papers, and what they lack (a decision that can be undone, dead letters)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import django
from django.conf import settings


def main() -> None:
    """Set it and print the codes one needs; run as the owner on a copied template."""
    django.setup()
    from ipp.core import clock, tenancy
    from ipp.core.encryption import decrypt
    from ipp.core.models import Delivery, OutgoingMail, User
    from rightsholders import services
    from rightsholders.management import story
    from rightsholders.models import Verification

    settings.CLOCK_MOVABLE = True
    story.load()
    with tenancy.scope(tenancy.Context(scope="staff")):
        cases = {row.organization.name: row for row in Verification.objects.filter(paper__isnull=False).select_related("organization")}
    undoable = cases["Osk & Lind"]
    verifier = _actor("lin.yue@ipp.example")
    with tenancy.acting(verifier):
        held = services.claim_verification(actor=verifier, code=undoable.code)
        services.approve_verification(actor=verifier, code=held.code, version=held.version, message="All entries agree.")
        services.claim_verification(actor=verifier, code=cases["北溪运动用品有限公司"].code)  # anew: the claim of the story has run out
    # An hour ahead, so that it can be undone for as long as the pages are looked at.
    Verification.objects.filter(pk=undoable.pk).update(decided_at=clock.now() + timedelta(hours=1))
    dead, failing = Delivery.objects.order_by("event_id")[:2]
    words = "ConnectionError: the marketplace did not answer within 10 seconds"
    Delivery.objects.filter(pk=dead.pk).update(dead_at=clock.now(), delivered_at=None, attempts=8, last_error=words)
    later = clock.now() + timedelta(hours=1)
    Delivery.objects.filter(pk=failing.pk).update(delivered_at=None, attempts=2, due_at=later, last_error=words)
    mail = OutgoingMail.objects.order_by("id").first()
    assert mail is not None
    OutgoingMail.objects.filter(pk=mail.pk).update(
        dead_at=clock.now(), sent_at=None, attempts=8, last_error="SMTPServerDisconnected: please log in"
    )
    apps = {user.email: user.authenticator_set.first() for user in User.objects.filter(is_staff=True)}
    told: dict[str, Any] = {
        "cases": {name: row.code for name, row in cases.items()},
        "apps": {email: decrypt(app.data["secret"]) for email, app in apps.items() if app is not None},
    }
    print(json.dumps(told))


def _actor(email: str) -> Any:
    from ipp.core.actors import Actor
    from ipp.core.models import Membership

    place = Membership.objects.select_related("user").get(user__email=email)
    return Actor(place.organization_id, "user", "staff", place.role, str(place.user), user_id=place.user_id)


if __name__ == "__main__":
    main()

"""Sets the stage the browser walks through: the demo's people, papers, rights and complaints, and what they lack (disputes, dead letters, long lists)."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import django
from django.conf import settings


def main() -> None:
    """Set it and print what fills the addresses of the pages; run as the owner on a copied template, beside a running sandbox."""
    django.setup()
    from ipp.core import clock, tenancy
    from ipp.core.encryption import decrypt
    from ipp.core.models import Delivery, OutgoingMail, User
    from rightsholders import services
    from rightsholders.management import story
    from rightsholders.models import Verification
    from takedowns.management import story as complaints

    settings.CLOCK_MOVABLE = True
    story.load()
    complaints.import_catalogues = _look_at_what_is_reported  # every other picture would be examined for nobody
    complaints.load()
    from tests.browser import disputes

    disputed = disputes.load()
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
        "cases": {name: row.code for name, row in cases.items()} | disputed | _rights() | _complaints() | _drafts() | _catalogue(),
        "apps": {email: decrypt(app.data["secret"]) for email, app in apps.items() if app is not None},
    }
    print(json.dumps(told))


def _look_at_what_is_reported() -> None:
    """Take in the listings of the demo's complaints and of the stage's disputes, and no other."""
    from marketplaces.services import request_sightings, work_sightings
    from takedowns.management.story import CASES
    from tests.browser import disputes

    links = disputes.links() | {tuple(link.split()) for case in CASES for link in case.links}
    request_sightings(targets=sorted((marketplace, number) for marketplace, number in links))
    while work_sightings():  # it stops after a while, however much is left
        pass


def _rights() -> dict[str, str]:
    from rightsholders.models import Right, Verification

    rows = Right.objects.order_by("id")
    checks = {f"check of {row.right.name}": row.code for row in Verification.objects.filter(right__isnull=False).select_related("right")}
    return {f"right {row.number or row.name}": row.code for row in rows} | checks


def _complaints() -> dict[str, str]:
    """Have the reviewer hold one complaint, for an hour, and a visitor report a listing; return each complaint's code by its first link."""
    from ipp.core import clock, tenancy
    from takedowns import services
    from takedowns.management.story import CASES, HERON, REVIEWER
    from takedowns.models import Complaint

    codes = Complaint.objects.order_by("id").values_list("code", flat=True)[: len(CASES)]
    found = {f"complaint {case.links[0]}": code for case, code in zip(CASES, codes, strict=True)}
    reviewer, held = _actor(REVIEWER), found[f"complaint {HERON[0]}"]
    with tenancy.acting(reviewer):
        services.claim_complaint(actor=reviewer, code=held)
    Complaint.objects.filter(code=held).update(claim_expires_at=clock.now() + timedelta(hours=1))
    services.receive_lead(url="bazarro 3000434838", reason="counterfeit", title="TARNH0LT style bottle", note="The logo is crooked.")
    return found


def _drafts() -> dict[str, str]:
    """Begin complaints of three kinds: without a link, whole with a full list of which some cannot be filed, and with more than one may hold."""
    from ipp.core import tenancy
    from rightsholders.models import Right
    from takedowns import services
    from takedowns.management.story import INGRID
    from takedowns.models import ComplaintDraft

    ingrid = _actor(INGRID)
    found = {"draft": ComplaintDraft.objects.get(organization_id=ingrid.organization_id).code}
    right = Right.objects.filter(organization_id=ingrid.organization_id, name="TARNHOLT", office="CNIPA").earliest("id").code
    lists = {"draft, empty": [], "draft, full": _full_list(), "draft, too long": [f"lanqiao {680300000000 + n}" for n in range(301)]}
    typed = {"statements": {"quoted_words": "“1:1”, “A-grade”, in the titles"}, "seen_on": date.today().isoformat()}  # noqa: DTZ011
    with tenancy.acting(ingrid):
        for name, links in lists.items():
            found[name] = services.start_draft(actor=ingrid, right=right).code
            services.save_draft(actor=ingrid, code=found[name], reason="TM-JARGON", links="\n".join(links), data=typed)
    return found


def _full_list() -> list[str]:
    """Return 300 links as people paste them: seen before, never seen, one listing in five spellings, and 40 that cannot be filed."""
    from marketplaces.models import Listing

    seen = [f"{row.marketplace_id} {row.external_id}" for row in Listing.objects.filter(state="live").order_by("id")[:40]]
    five = ["bazarro 3999900001", "Bazarro  3999900001", "BAZARRO 3999900001", "bazarro:3999900001", "bazarro 3999900001"]
    wrong = [f"https://shop{number}.example/offer/{number}" for number in range(20)]
    wrong += [f"https://somebody@item.taobao.example/item.htm?id={number}" for number in range(10)]
    wrong += [f"https://192.0.2.{number}/item.htm?id=680114830974&spm=a2141.241046-cn.searchresult.{number}" for number in range(10)]
    rest = 300 - len(seen) - len(five) - len(wrong)
    return [*seen[:20], *wrong, *five, *seen[20:], *(f"lanqiao {680200000000 + number}" for number in range(rest))]


def _catalogue() -> dict[str, str]:
    from marketplaces.models import Listing
    from takedowns.management.story import PARTLY

    listing = Listing.objects.select_related("seller").get(external_id=PARTLY[0].split()[1])
    assert listing.seller is not None
    return {"listing": listing.code, "shop": listing.seller.code}


def _actor(email: str) -> Any:
    from ipp.core.actors import Actor
    from ipp.core.models import Membership

    place = Membership.objects.select_related("user").get(user__email=email)
    return Actor(place.organization_id, "user", "staff", place.role, str(place.user), user_id=place.user_id)


if __name__ == "__main__":
    main()

"""The stage's disputes: a seller with two shops, one notice in every state a page shows differently, strikes up to a closure that waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from ipp.core import clock, tenancy
from ipp.core.actors import Actor
from ipp.core.models import StoredFile
from ipp.core.services.files import keep_file, prepared_upload
from ipp.core.services.people import make_tenant
from marketplaces.models import Invitation, Seller
from marketplaces.queries import token_of
from marketplaces.services import claim_shop, invite_shop
from penalties import services as penalties
from penalties.models import Sanction
from rightsholders.management.story import PASSWORD
from rightsholders.models import Right
from takedowns import services
from takedowns.management.story import INGRID, REVIEWER, UNDO_OVER, actor_of, draw, run_engine
from takedowns.models import Complaint, CounterNotice, ReportedListing, SellerNotice
from takedowns.rules import COUNTER_DECLARATIONS, DECLARATIONS
from tests.browser.people import SECOND_REVIEWER, SELLER

FERN, ATELIER, UNCLAIMED = ("bazarro", "911620044"), ("nordmart", "atelier-nord"), ("lanqiao", "20977")
PROPOSER = "sofia.reyes@ipp.example"
FOUNDED, WINDOWS_OVER = timedelta(days=-70), timedelta(days=14)
STEP = timedelta(hours=4)
"""Between one side's part and the next."""


@dataclass(frozen=True)
class Dispute:
    """One complaint about one shop, filed `hours_ago` and accepted by a reviewer; `steps` is what became of it."""

    name: str
    links: Sequence[str]
    hours_ago: float
    office: str = "CNIPA"
    steps: Sequence[str] = ()


DISPUTES = [
    Dispute("strike 1", ["nordmart 4157336"], 50 * 24, "EUIPO", ["silence"]),
    Dispute("strike 2", ["nordmart 4160907"], 40 * 24, "EUIPO", ["silence"]),
    Dispute("strike 3", ["nordmart 4164478"], 30 * 24, "EUIPO", ["silence"]),
    Dispute("upheld", ["bazarro 3000451056"], 60, steps=["answer", "reject", "rule"]),
    Dispute("contested", ["bazarro 3000523218", "bazarro 3000442137"], 40, steps=["answer", "reject"]),
    Dispute("countered", ["bazarro 3000514299"], 30, steps=["answer"]),
    Dispute("open", ["nordmart 4168049", "nordmart 4171620"], 20, "EUIPO"),
    Dispute("open, plain", ["nordmart 4175191"], 19, "EUIPO"),
]


def links() -> set[tuple[str, ...]]:
    """Return the marketplace and number of every listing they are about."""
    return {tuple(link.split()) for dispute in DISPUTES for link in dispute.links}


def load() -> dict[str, str]:
    """Live through all of them beside a running sandbox, after the demo's first complaints; return the codes the pages are found by."""
    seller = _found_seller()
    found: dict[str, str] = {}
    for dispute in DISPUTES:
        found |= _play(dispute, seller)
    run_engine()
    _hold(found["counter-notice, contested"])
    return found | _penalties() | _invitation()


def _found_seller() -> Actor:
    """Register the seller and let it follow the invitations its marketplaces handed over."""
    desk = actor_of(PROPOSER)
    with clock.moved(FOUNDED):
        owner = make_tenant(
            email=SELLER,
            full_name="Tess Almeida",
            password=PASSWORD,
            name="Fern & Kettle Lda",
            kind="seller",
            account_kind="entity",
            country="PT",
        ).actor
        shops = [Seller.objects.get(marketplace_id=key, external_id=number) for key, number in (FERN, ATELIER)]
        for shop in shops:
            with tenancy.acting(desk):
                invite_shop(actor=desk, seller_code=shop.code)
        run_engine()
        for shop in shops:
            with tenancy.acting(owner):
                claim_shop(actor=owner, token=token_of(Invitation.objects.get(seller=shop).code))
    return owner


def _play(dispute: Dispute, seller: Actor) -> dict[str, str]:
    """Let everybody do their part; return the codes of the complaint, of the notice, and of the answer if there is one."""
    then = timedelta(hours=-dispute.hours_ago)
    holder, first, second = actor_of(INGRID), actor_of(REVIEWER), actor_of(SECOND_REVIEWER)
    with clock.moved(then):
        complaint = _file(dispute, holder)
        run_engine()
    with clock.moved(then + STEP):
        with tenancy.acting(first):
            held = services.claim_complaint(actor=first, code=complaint.code)
            services.decide_listings(actor=first, code=held.code, version=held.version, positions=_places(complaint), outcome="accepted")
        with clock.moved(UNDO_OVER):
            run_engine()
    found = {f"complaint, {dispute.name}": complaint.code, f"notice, {dispute.name}": SellerNotice.objects.get(complaint=complaint).code}
    for number, step in enumerate(dispute.steps, start=2):
        with clock.moved(then + number * STEP + (WINDOWS_OVER if step == "silence" else timedelta(0))):
            if step == "silence":
                services.close_windows()
            elif step == "answer":
                found[f"counter-notice, {dispute.name}"] = _answer(complaint, seller).code
            elif step == "reject":
                _reject(complaint, holder)
            else:
                _rule(complaint, second)
            with clock.moved(UNDO_OVER):
                run_engine()
    return found


def _file(dispute: Dispute, holder: Actor) -> Complaint:
    proof = _keep(holder, "side_by_side")
    with tenancy.acting(holder):
        right = Right.objects.filter(organization_id=holder.organization_id, name="TARNHOLT", office=dispute.office).earliest("id")
        filing = services.Filing(
            right=right.code,
            reason="TM-IDENTMARK",
            links=dispute.links,
            seen_on=clock.now().date() - timedelta(days=1),
            explanation="Our mark is on the goods; this shop never bought from us.",
            evidence=[("side_by_side", proof.code)],
            declarations=DECLARATIONS,
            signed_name=holder.label,
            signed_role="Owner",
        )
        return services.file_complaint(actor=holder, filing=filing).complaint


def _keep(owner: Actor, what: str) -> StoredFile:
    upload = SimpleUploadedFile(f"{what}.png", draw(what), content_type="image/png")
    with prepared_upload(upload) as prepared:
        with tenancy.acting(owner):
            file = keep_file(actor=owner, prepared=prepared)
        prepared.is_kept = True
    return file


def _answer(complaint: Complaint, seller: Actor) -> CounterNotice:
    invoice = _keep(seller, "proof_of_purchase")
    notice = SellerNotice.objects.get(complaint=complaint)
    answer = services.Answer(
        grounds=["LAWFUL_PURCHASE", "NOT_INFRINGING"],
        statement="We bought these from the maker's own distributor, and the mark on the base is the potter's.",
        details={"difference": "Another word, another typeface, under the glaze."},
        files=[("proof_of_purchase", invoice)],
        goods_location="Porto, Portugal",
        declarations=COUNTER_DECLARATIONS,
        signed_name=seller.label,
        signed_role="Owner",
    )
    with tenancy.acting(seller):
        return services.file_counter_notice(actor=seller, notice_code=notice.code, positions=_places(complaint), answer=answer)


def _reject(complaint: Complaint, holder: Actor) -> None:
    code = CounterNotice.objects.get(complaint=complaint).code
    words = "The invoice names other goods, and the mark is ours."
    with tenancy.acting(holder):
        services.reject_counter_notice(actor=holder, code=code, reasons=["PAPERS_DO_NOT_MATCH", "STILL_INFRINGES"], message=words)


def _rule(complaint: Complaint, second: Actor) -> None:
    with tenancy.acting(second):
        held = services.claim_dispute(actor=second, code=CounterNotice.objects.get(complaint=complaint).code)
        services.adjudicate(
            actor=second,
            code=held.code,
            version=held.version,
            positions=_places(complaint),
            outcome="upheld",
            ruling="PROOF_NOT_ENOUGH",
            message="The invoice is of another year and names no mug.",
        )


def _hold(code: str) -> None:
    """Let the second reviewer hold a dispute, for an hour: as long as the pages are looked at."""
    second = actor_of(SECOND_REVIEWER)
    with tenancy.acting(second):
        services.claim_dispute(actor=second, code=code)
    CounterNotice.objects.filter(code=code).update(claim_expires_at=clock.now() + timedelta(hours=1))


def _penalties() -> dict[str, str]:
    """Propose the closure the third strike brings; return what the pages of penalties are found by."""
    atelier, fern = (Seller.objects.get(marketplace_id=key, external_id=number) for key, number in (ATELIER, FERN))
    closure = Sanction.objects.get(seller=atelier, measure="closure")
    first = actor_of(PROPOSER)
    with tenancy.acting(first):
        penalties.propose_closure(actor=first, code=closure.code, note="Three strikes in two months; looked at each of them.")
    run_engine()
    return {
        "shop, three strikes": atelier.code,
        "shop, warned": fern.code,
        "closure": closure.code,
        "restriction": Sanction.objects.get(seller=atelier, measure="restriction").code,
        "warning": Sanction.objects.get(seller=fern, measure="warning").code,
    }


def _invitation() -> dict[str, str]:
    """Return the link an unclaimed shop got with its first notice."""
    key, number = UNCLAIMED
    invitation = Invitation.objects.get(seller__marketplace_id=key, seller__external_id=number, closed_at=None)
    return {"invitation": token_of(invitation.code)}


def _places(complaint: Complaint) -> list[int]:
    return list(ReportedListing.objects.filter(complaint=complaint).order_by("position").values_list("position", flat=True))

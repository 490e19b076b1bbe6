"""The demo's crowd: rights holders, shops and a hundred and fifty cases, lived by the services under the moved clock, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

from django.db import connection, transaction

from ipp.core import clock, tenancy
from ipp.core.actors import Actor
from ipp.core.models import Organization
from ipp.core.rules import business_time_between
from ipp.core.services.clocks import calendar_in_force
from ipp.core.services.people import Person, add_member, make_tenant
from marketplaces.models import Invitation, Listing, Seller
from marketplaces.queries import token_of
from marketplaces.services import claim_shop, invite_shop
from penalties import services as penalties
from penalties.management import plan
from penalties.models import Sanction
from rightsholders.management import rights_story, story
from rightsholders.models import Right
from rightsholders.services import RightDetails
from takedowns import services
from takedowns.management.story import UNDO_OVER, actor_of, run_engine
from takedowns.models import Complaint as Case
from takedowns.models import CounterNotice, ReportedListing, SellerNotice
from takedowns.rules import COUNTER_DECLARATIONS, DECLARATIONS

Tell = Callable[[str], None]
REVIEWER, SECOND_REVIEWER = "priya.nair@ipp.example", "tomas.lind@ipp.example"
FIRST_OF_TWO, SECOND_OF_TWO = "sofia.reyes@ipp.example", "marc.odier@ipp.example"
FOUNDED_DAYS_AGO, CLAIMED_DAYS_AGO = 72, 66
DECIDED, ANSWERED, REPLIED, RULED = (timedelta(hours=hours) for hours in (4, 10, 20, 26))
"""How long after the filing each step of a dispute comes."""
WINDOWS_OVER = timedelta(days=14)
"""Longer than any window of the plan, holidays included."""
PAUSE = timedelta(minutes=1)

HOLDERS = (
    ("kirsten.lund@kvistlund.example", "Kirsten Lund", "Kvistlund Keramik ApS", "DK", "KVISTLUND", 21),
    ("owen.pryce@orrinlight.example", "Owen Pryce", "Orrinlight Ltd", "GB", "ORRINLIGHT", 11),
    ("tuuli.aro@talvoss.example", "Tuuli Aro", "Talvoss Laukut Oy", "FI", "TALVOSS", 18),
    ("jeanne.vey@suvelle.example", "Jeanne Vey", "Suvelle Maison SARL", "FR", "SUVELLE", 20),
)
"""E-mail, owner, company, country, mark and Nice class: four invented rights holders who file all day."""

SERIOUS = {"reason": "TM-JARGON", "statements": {"quoted_words": "“same factory, no box”, in the description"}}
KEYWORD = {
    "reason": "TM-KEYWORD",
    "statements": {"quoted_words": "Our mark among the keywords", "goods_sold": "Household goods of another maker"},
}
TEXT = {
    "reason": "CR-TEXT",
    "statements": {"own_page": "https://shop.example/catalogue", "overlap": "The description is ours, word for word"},
}
GROUNDS = (
    ("NOT_INFRINGING", {"difference": "Our own maker's name is on the base; yours appears nowhere."}),
    ("WRONG_LISTING", {"which_listing": "A plain set without any mark."}),
    ("NOT_MINE", {"what_happened": "Our account was used by a former colleague until last week."}),
)


ROLE = "Brand protection"
"""In which role the crowd signs: how its complaints are told from those people file by hand."""


def is_loaded() -> bool:
    """Tell whether the crowd is here to its last act; a load that was interrupted goes on where it stopped."""
    is_closing = Sanction.objects.filter(measure="closure").exclude(proposed_person="").exists()
    return is_closing and _lived() >= len(plan.complaints())


def _lived() -> int:
    """Return how many of the crowd's complaints have been lived: they come one after another, each whole or not at all."""
    return Case.objects.filter(signed_role=ROLE, organization__name__in=[holder[2] for holder in HOLDERS]).count()


def load(tell: Tell = lambda line: None) -> None:
    """Make everything; run as the owner beside a running sandbox, with the clock allowed to move.

    The portal can be used meanwhile and fills up case by case. `tell` hears how far it is.
    """
    verifier = story.person_of(story.STAFF[0][0])
    there = set(Organization.objects.values_list("name", flat=True))
    for number, holder in enumerate(HOLDERS):
        if holder[2] not in there:
            with _life():
                _found(number, *holder, verifier)
    for seller in plan.SELLERS:
        if seller.name not in there:
            with _life():
                _claim_shops(seller)
    crowd = Crowd()
    cases = plan.complaints()
    lived = _lived()
    for number, item in enumerate(cases[lived:], start=lived + 1):
        with _life():
            crowd.play(item, HOLDERS[number % len(HOLDERS)])
        if number % 25 == 0 or number == len(cases):
            tell(f"Demo data: {number} of {len(cases)} complaints.")
    with _life():
        _close_shops()


@contextmanager
def _life() -> Iterator[None]:
    """Live in one transaction: the running engine sees a case only when it has come to its end.

    The sandbox is called in between, so the transaction may stand idle longer than a request's.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '2min'")
        yield


class Crowd:
    """The cases as they are lived: who decides, and which listings of each shop nobody has reported yet."""

    def __init__(self) -> None:
        self.reviewer, self.second = actor_of(REVIEWER), actor_of(SECOND_REVIEWER)
        self.fresh = {shop: _listings_of(*shop) for shop in ((key, number) for key in plan.SHOPS for number in range(9))}
        self.turn = 0

    def play(self, item: plan.Complaint, holder: Sequence[object]) -> None:
        """File a complaint and let everybody do their part."""
        self.turn += 1
        owner = actor_of(str(holder[0]))
        then = _hours_back(item.open_hours) if item.open_hours else timedelta(days=-item.days_ago)
        with clock.moved(then):
            case = self._file(item, owner, str(holder[4]))
            run_engine()
        if item.ends == "queued":
            return
        with clock.moved(then + DECIDED):
            self._accept(case)
            with clock.moved(UNDO_OVER):
                run_engine()
        if item.ends == "told":
            return
        if item.ends != "silence":
            with clock.moved(then + ANSWERED):
                self._answer(case)
                run_engine()
            with clock.moved(then + REPLIED):
                self._reply(item, case, owner)
                run_engine()
        if item.ends in ("upheld", "overturned"):
            with clock.moved(then + RULED):
                self._rule(item, case)
                with clock.moved(UNDO_OVER):
                    run_engine()
        if item.days_ago > WINDOWS_OVER.days:
            with clock.moved(then + WINDOWS_OVER):
                services.close_windows()
                run_engine()

    def _file(self, item: plan.Complaint, owner: Actor, mark: str) -> Case:
        links = [f"{key} {self.fresh[key, number].pop()}" for key, number in item.shops for _ in range(item.listings)]
        keys = {key for key, _number in item.shops}
        claim = KEYWORD if {"lanqiao", "nordmart"} - keys else TEXT
        if item.is_serious:
            claim = SERIOUS
        with tenancy.acting(owner):
            right = _right_for(owner, str(claim["reason"]), keys, mark)
            filing = services.Filing(
                right=right.code,
                links=links,
                seen_on=clock.now().date() - timedelta(days=1),
                explanation="Found by our own search this week; none of these shops buys from us.",
                declarations=DECLARATIONS,
                signed_name=owner.label,
                signed_role=ROLE,
                **claim,  # type: ignore[arg-type]
            )
            return services.file_complaint(actor=owner, filing=filing).complaint

    def _accept(self, case: Case) -> None:
        with tenancy.acting(self.reviewer):
            held = services.claim_complaint(actor=self.reviewer, code=case.code)
            places = list(ReportedListing.objects.filter(complaint=case, status="under_review").values_list("position", flat=True))
            services.decide_listings(actor=self.reviewer, code=held.code, version=held.version, positions=places, outcome="accepted")

    def _answer(self, case: Case) -> None:
        """Let each claimed shop answer its notice, for all its listings at once."""
        for notice in SellerNotice.objects.filter(complaint=case, seller__organization__isnull=False).select_related(
            "seller__organization"
        ):
            ground, details = GROUNDS[self.turn % len(GROUNDS)]
            seller = _owner_of(notice.seller)
            places = list(ReportedListing.objects.filter(notice=notice).values_list("position", flat=True))
            answer = services.Answer(
                grounds=[ground],
                statement="Please look again: this is our own product, bought and described by us.",
                details=details,
                goods_location="Our warehouse",
                declarations=COUNTER_DECLARATIONS,
                signed_name=seller.label,
                signed_role="Owner",
            )
            with tenancy.acting(seller):
                services.file_counter_notice(actor=seller, notice_code=notice.code, positions=places, answer=answer)

    def _reply(self, item: plan.Complaint, case: Case, owner: Actor) -> None:
        with tenancy.acting(owner):
            if item.ends == "withdrawn":
                services.withdraw_listings(actor=owner, code=case.code, why="We settled with the shops.")
                return
            for code in CounterNotice.objects.filter(complaint=case).values_list("code", flat=True):
                if item.ends == "conceded":
                    services.accept_counter_notice(actor=owner, code=code, message="We checked with our distributor: you are right.")
                elif item.ends in ("upheld", "overturned", "contested"):
                    words = "The goods are not ours, and the page still says so."
                    services.reject_counter_notice(actor=owner, code=code, reasons=["STILL_INFRINGES"], message=words)

    def _rule(self, item: plan.Complaint, case: Case) -> None:
        ruling = {"upheld": "INFRINGEMENT_STANDS", "overturned": "NO_INFRINGEMENT"}[item.ends]
        for code in CounterNotice.objects.filter(complaint=case).values_list("code", flat=True):
            with tenancy.acting(self.second):
                held = services.claim_dispute(actor=self.second, code=code)
                rows = ReportedListing.objects.filter(counter_notices__counter_notice=held)
                services.adjudicate(
                    actor=self.second,
                    code=code,
                    version=held.version,
                    positions=list(rows.values_list("position", flat=True)),
                    outcome=item.ends,
                    ruling=ruling,
                    message="Compared the page as it was reported with both sides' words.",
                )


def _found(number: int, email: str, full_name: str, name: str, country: str, mark: str, nice: int, verifier: Person) -> None:
    """Found a rights holder that was verified long ago, with a mark in China, one in Europe, and texts of its own."""
    applicant = story.Applicant(
        email,
        full_name,
        name,
        "rights_holder",
        "entity",
        country,
        "business_licence",
        f"40{number}7718{nice}",
        FOUNDED_DAYS_AGO,
        "approved",
    )
    story.found_applicant(applicant, verifier)
    dates = {"filed_on": date(2021, 2, 1 + number), "registered_on": date(2021, 11, 2), "expires_on": date(2031, 11, 1)}
    goods = {"nice_classes": (nice,), "goods": "Goods of the house and for the road", **dates}
    rights = [
        RightDetails("trademark", mark, name, "CNIPA", f"5{number}771204", **goods),  # type: ignore[arg-type]
        RightDetails("trademark", mark, name, "EUIPO", f"01855{number}771", **goods),  # type: ignore[arg-type]
        RightDetails(
            "copyright", f"{mark}, catalogue texts", name, author=full_name, created_on=date(2023, 4, 1 + number), claim_statement=True
        ),
    ]
    documents = (("certificate", "classes"), ("certificate",), ("work",))
    registrations = [rights_story.Registration(2 + place, "approved", right, documents[place]) for place, right in enumerate(rights)]
    story.give_rights(applicant, registrations, verifier)


def _claim_shops(account: plan.SellerAccount) -> None:
    """Register a seller and let it follow the invitation its marketplace handed to each of its shops."""
    desk = actor_of(FIRST_OF_TWO)
    with clock.moved(timedelta(days=-CLAIMED_DAYS_AGO)):
        owner = make_tenant(
            email=account.email,
            full_name=account.full_name,
            password=story.PASSWORD,
            name=account.name,
            kind="seller",
            account_kind="entity",
            country=account.country,
            language=account.language,
        )
        email = f"desk@{account.email.partition('@')[2]}"
        add_member(
            organization_id=owner.actor.organization_id, email=email, full_name="Service desk", password=story.PASSWORD, role="filer"
        )
        shops = [_shop(*place) for place in account.shops]
        for shop in shops:
            with tenancy.acting(desk):
                invite_shop(actor=desk, seller_code=shop.code)
        run_engine()
    with clock.moved(timedelta(days=-CLAIMED_DAYS_AGO) + timedelta(hours=3)):
        for shop in shops:
            token = token_of(Invitation.objects.get(seller=shop).code)
            with tenancy.acting(owner.actor):
                claim_shop(actor=owner.actor, token=token)
        run_engine()


def _close_shops() -> None:
    """Let two persons close two shops after their third strike; the third closure waits for the second person, the fourth for the first."""
    first, second = actor_of(FIRST_OF_TWO), actor_of(SECOND_OF_TWO)
    due = list(Sanction.objects.filter(measure="closure", status="due").order_by("id").values_list("code", flat=True))
    for code in due[:3]:
        with tenancy.acting(first):
            penalties.propose_closure(actor=first, code=code, note="Three strikes in two months; looked at each of them.")
    run_engine()
    with clock.moved(PAUSE):
        for code in due[:2]:
            with tenancy.acting(second):
                penalties.release_closure(actor=second, code=code, note="Agreed.")
        run_engine()


def _right_for(owner: Actor, reason: str, marketplaces: set[str], mark: str) -> Right:
    """Return the right of the owner that covers these marketplaces for this reason."""
    own = Right.objects.filter(organization_id=owner.organization_id, status="validated")
    if reason.startswith("CR"):
        return own.get(kind="copyright")
    return own.get(name=mark, office="EUIPO" if "nordmart" in marketplaces else "CNIPA")


def _shop(marketplace: str, number: int) -> Seller:
    return Seller.objects.get(marketplace_id=marketplace, external_id=plan.SHOPS[marketplace][number])


def _owner_of(shop: Seller) -> Actor:
    account = next(seller for seller in plan.SELLERS if seller.name == str(shop.organization))
    return actor_of(account.email)


def _listings_of(marketplace: str, number: int) -> list[str]:
    """Return the listings of one of the sandbox's further shops that nobody has reported, for a complaint to take from the end."""
    shop = _shop(marketplace, number)
    reported = ReportedListing.objects.filter(marketplace=marketplace).values("external_id")
    rows = Listing.objects.filter(seller=shop, state="live").exclude(external_id__in=reported).order_by("-id")
    return list(rows.values_list("external_id", flat=True))


def _hours_back(hours: float) -> timedelta:
    """Return how far back so many business hours lie, in steps of a quarter of an hour."""
    end = clock.now()
    calendar = calendar_in_force("CN", end.year)
    back = timedelta(0)
    while business_time_between(end - back, end, calendar) < timedelta(hours=hours):
        back += timedelta(minutes=15)
    return -back

"""Demo complaints: invented cases in every state against the sandbox's own shops, made by the same services everybody uses."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from PIL import Image, ImageDraw, ImageFont

from ipp.core import clock, tenancy
from ipp.core.actors import Actor
from ipp.core.models import Membership, StoredFile, User
from ipp.core.services import deliveries, mails
from ipp.core.services.files import keep_file, prepared_upload
from marketplaces.services import carry_out_due, import_catalogues
from rightsholders.management.story import load_rights
from rightsholders.models import Right
from takedowns import services
from takedowns.models import Complaint, ReportedListing
from takedowns.rules import DECLARATIONS

INGRID, IDA = "ingrid.solvang@tarnholt.example", "ida.fenwick@nightheron.example"
REVIEWER = "priya.nair@ipp.example"
UNDO_OVER = timedelta(seconds=20)
BEFORE_IT_ALL = timedelta(days=-80)

COPIES = ["lanqiao 680114830974", "lanqiao 680115040432", "lanqiao 680114245161"]
PARTLY = [
    "bazarro 3000434838",
    "bazarro 3000443757",
    "bazarro 3000461595",
    "bazarro 3000460785",
    "bazarro 3000487542",
]
HERON = [
    "bazarro 3000479433",
    "bazarro 3000488352",
    "bazarro 3000497271",
    "bazarro 3000506190",
    "lanqiao 680114873535",
    "lanqiao 680114978264",
]
BIRDS = ["nordmart 4125197", "nordmart 4128768", "nordmart 4132339", "nordmart 4135910"]
BACKPACKS = ["lanqiao 680114412058", "lanqiao 680115082993", "lanqiao 680114287722"]
PLAIN = ["nordmart 4103771", "nordmart 4107342", "nordmart 4121626"]


@dataclass(frozen=True)
class Case:
    """An invented complaint and how far it got: `act` is what the reviewer does with it, `hours_ago` before now."""

    email: str
    right: str
    office: str
    reason: str
    links: Sequence[str]
    hours_ago: float
    explanation: str
    statements: dict[str, str] = field(default_factory=dict)
    files: Sequence[str] = ()
    act: Callable[[Actor, Complaint], None] | None = None
    withdrawn: Sequence[int] = ()


def _open(complaint: Complaint) -> list[int]:
    rows = ReportedListing.objects.filter(complaint=complaint, status="under_review").order_by("position")
    return list(rows.values_list("position", flat=True))


def _accept_all(actor: Actor, complaint: Complaint) -> None:
    services.decide_listings(actor=actor, code=complaint.code, version=complaint.version, positions=_open(complaint), outcome="accepted")


def _accept_but_the_last(actor: Actor, complaint: Complaint) -> None:
    places = _open(complaint)
    services.decide_listings(actor=actor, code=complaint.code, version=complaint.version, positions=places[:-1], outcome="accepted")
    complaint.refresh_from_db()
    services.decide_listings(
        actor=actor,
        code=complaint.code,
        version=complaint.version,
        positions=places[-1:],
        outcome="rejected",
        rejection="R09",
        message="This shop is your own official store.",
    )


def _ask(actor: Actor, complaint: Complaint) -> None:
    services.ask_for_information(
        actor=actor,
        code=complaint.code,
        version=complaint.version,
        question="Which of the registered views shows the side pocket? Please add it beside the listing's third picture.",
    )


def _hold(actor: Actor, complaint: Complaint) -> None:
    """Leave the complaint claimed."""


CASES = [
    Case(
        INGRID,
        "TARNHOLT",
        "CNIPA",
        "TM-FEATURES",
        COPIES,
        150,
        "Copies of our Peak bottle under a mark that reads as ours.",
        {"differences": "The ring at the neck is welded; ours is turned from one piece."},
        ("genuine_image",),
        _accept_all,
    ),
    Case(
        INGRID,
        "TARNHOLT",
        "CNIPA",
        "TM-JARGON",
        PARTLY,
        76,
        "Titles that buyers read as fake.",
        {"quoted_words": "“TARNH0LT style”, “logo printed”, “hot seller”, in the titles"},
        (),
        _accept_but_the_last,
        (2,),
    ),
    Case(
        INGRID,
        "Peak bottle with loop",
        "CNIPA",
        "DS-SAME",
        BACKPACKS,
        30,
        "The shape is ours, view by view.",
        {},
        ("design_views", "view_comparison"),
        _ask,
    ),
    Case(IDA, "Night Heron, print", "", "CR-GOODS", HERON, 20, "My print on goods I never licensed.", {}, ("side_by_side",), _hold),
    Case(IDA, "Night Heron, print", "", "CR-GOODS", BIRDS, 6, "The same bird, mirrored.", {}, ("side_by_side",)),
    Case(
        INGRID,
        "TARNHOLT",
        "EUIPO",
        "TM-IDENTMARK",
        PLAIN,
        3,
        "Our mark engraved on the base, shown in the last picture.",
        {},
        ("side_by_side",),
    ),
]


def is_loaded() -> bool:
    """Tell whether demo complaints are here."""
    return Complaint.objects.filter(organization__name="Tarnholt AS").exists()


def load() -> None:
    """Make everything; run as the owner beside a running sandbox, with the clock allowed to move."""
    with clock.moved(BEFORE_IT_ALL):  # frozen before anybody complained
        import_catalogues()
    reviewer = actor_of(REVIEWER)
    # One transaction, so that the running engine sees the cases only when they have been lived to their end.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '2min'")  # pictures are decoded in between
        load_rights()
        for case in CASES:
            _play(case, reviewer)
        _begin_a_draft()


def _play(case: Case, reviewer: Actor) -> None:
    owner = actor_of(case.email)
    then = timedelta(hours=-case.hours_ago)
    with clock.moved(then):
        complaint = _file(case, owner)
        run_engine()
    if case.act is not None:
        with clock.moved(then + timedelta(hours=2)), tenancy.acting(reviewer):
            case.act(reviewer, services.claim_complaint(actor=reviewer, code=complaint.code))
        with clock.moved(then + timedelta(hours=2) + UNDO_OVER):
            run_engine()
    if case.withdrawn:
        with clock.moved(then + timedelta(hours=30)):
            with tenancy.acting(owner):
                why = "The seller holds a licence after all."
                services.withdraw_listings(actor=owner, code=complaint.code, positions=list(case.withdrawn), why=why)
            run_engine()


def _file(case: Case, owner: Actor) -> Complaint:
    files = [(requirement, _picture(owner, requirement)) for requirement in case.files]
    with tenancy.acting(owner):
        rights = Right.objects.filter(organization_id=owner.organization_id, name=case.right, office=case.office)
        right = rights.filter(status="validated").earliest("id")
        filing = services.Filing(
            right=right.code,
            reason=case.reason,
            links=case.links,
            seen_on=clock.now().date() - timedelta(days=1),
            explanation=case.explanation,
            statements=case.statements,
            evidence=[(requirement, file.code) for requirement, file in files],
            declarations=DECLARATIONS,
            signed_name=owner.label,
            signed_role="Owner",
            on_row_error="accept_valid",
        )
        return services.file_complaint(actor=owner, filing=filing).complaint


def _begin_a_draft() -> None:
    ingrid = actor_of(INGRID)
    with tenancy.acting(ingrid):
        right = Right.objects.filter(organization_id=ingrid.organization_id, name="TARNHOLT", office="CNIPA").earliest("id")
        draft = services.start_draft(actor=ingrid, right=right.code)
        links = "lanqiao 680114726245\nhttps://e.tb.cn/h.SQ6rjlgiow5ob5s?tk=MJN9f2bd29s\nlanqiao 680114621516\n"
        services.save_draft(actor=ingrid, code=draft.code, reason="TM-OBSCURE", links=links)


def run_engine() -> None:
    """Do what the engine does, at the moment of the story."""
    while deliveries.deliver_due() + mails.send_due() + carry_out_due():
        pass


def actor_of(email: str) -> Actor:
    """Return a demo account as somebody who can act."""
    user = User.objects.get(email=email)
    place = Membership.objects.get(user=user)
    return Actor(
        place.organization_id,
        "user",
        "staff" if user.is_staff else "portal",
        place.role,
        str(user),
        user_id=user.pk,
        request_id="demo",
    )


def _picture(owner: Actor, requirement: str) -> StoredFile:
    upload = SimpleUploadedFile(f"{requirement}.png", draw(requirement), content_type="image/png")
    with prepared_upload(upload) as prepared:
        with tenancy.acting(owner):
            file = keep_file(actor=owner, prepared=prepared)
        prepared.is_kept = True
    return file


def draw(requirement: str) -> bytes:
    """Return a PNG that stands for evidence, plainly marked as invented."""
    image = Image.new("RGB", (900, 620), "#f4f1ea")
    pen = ImageDraw.Draw(image)
    for left, colour in ((90, "#48624c"), (500, "#7d8f80")):
        pen.rounded_rectangle((left + 70, 120, left + 230, 500), 40, fill=colour)
        pen.rectangle((left + 110, 70, left + 190, 125), fill="#2f3a31")
        pen.rounded_rectangle((left + 95, 260, left + 205, 330), 10, fill="#f4f1ea")
    pen.text((240, 555), "ours", font=ImageFont.load_default(28), fill="#3c3c3c", anchor="mm")
    pen.text((650, 555), "theirs", font=ImageFont.load_default(28), fill="#3c3c3c", anchor="mm")
    heading = f"Evidence, drawn for a demonstration: {requirement.replace('_', ' ')}"
    pen.text((450, 30), heading, font=ImageFont.load_default(22), fill="#8a8a8a", anchor="mm")
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()

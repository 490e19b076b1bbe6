"""Demo data: invented people, organizations and papers in every state, made by the same services everybody uses."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont

from ipp.core import clock, tenancy
from ipp.core.actors import Actor, Audience
from ipp.core.models import Membership, User
from ipp.core.services import deliveries, mails
from ipp.core.services.files import keep_file, prepared_upload
from ipp.core.services.people import Person, add_member, make_staff, make_tenant
from rightsholders import services
from rightsholders.management import rights_story
from rightsholders.models import Verification

PASSWORD = "demo trademark lantern 2026"  # noqa: S105
"""Public on purpose: demo accounts exist only where demo data was loaded."""

STAFF = [
    ("lin.yue@ipp.example", "Lin Yue", "verifier"),
    ("jonas.brandt@ipp.example", "Jonas Brandt", "verifier"),
    ("priya.nair@ipp.example", "Priya Nair", "reviewer"),
    ("tomas.lind@ipp.example", "Tomas Lind", "reviewer"),
    ("marc.odier@ipp.example", "Marc Odier", "approver"),
    ("sofia.reyes@ipp.example", "Sofia Reyes", "operations"),
    ("wei.chen@ipp.example", "Wei Chen", "auditor"),
]


@dataclass(frozen=True)
class Applicant:
    """An invented organization and how far its paper got: `story` is run on it, `days_ago` before today."""

    email: str
    full_name: str
    name: str
    kind: str
    account_kind: str
    country: str
    paper: str
    number: str
    days_ago: float
    story: str
    holder_name: str = ""
    language: str = "en"


COLLEAGUES = (("Erik Dahl", "filer"), ("Nora Berg", "viewer"))
"""Who works at each company that was verified."""

APPLICANTS = [
    Applicant(
        "ingrid.solvang@tarnholt.example",
        "Ingrid Solvang",
        "Tarnholt AS",
        "rights_holder",
        "entity",
        "NO",
        "business_licence",
        "914 778 271",
        12,
        "approved",
    ),
    Applicant(
        "diego.orvela@casaorvela.example",
        "Diego Orvela",
        "Casa Orvela SL",
        "rights_holder",
        "entity",
        "ES",
        "business_licence",
        "B-86412275",
        9,
        "refused",
    ),
    Applicant(
        "anna.halvard@halvardoptik.example",
        "Anna Halvard",
        "Halvard Optik AB",
        "rights_holder",
        "entity",
        "SE",
        "business_licence",
        "556677-8899",
        6,
        "asked",
    ),
    Applicant(
        "ida.fenwick@nightheron.example",
        "Ida Fenwick",
        "Ida Fenwick",
        "rights_holder",
        "individual",
        "GB",
        "passport",
        "533907182",
        5,
        "approved",
    ),
    Applicant(
        "li.na@beixi.example",
        "李娜",
        "北溪运动用品有限公司",
        "rights_holder",
        "entity",
        "CN",
        "business_licence",
        "91330106MA2H0TEST4",
        2,
        "claimed",
        language="zh-hans",
    ),
    Applicant(
        "tom.osk@osklind.example", "Tom Osk", "Osk & Lind", "agency", "entity", "GB", "business_licence", "OC412277", 1.6, "submitted"
    ),
    Applicant(
        "mara.lindqvist@mara.example",
        "Mara Lindqvist",
        "Mara Lindqvist",
        "rights_holder",
        "individual",
        "SE",
        "passport",
        "AA7319204",
        1.1,
        "submitted",
    ),
    Applicant(
        "petra.feld@feldmark.example",
        "Petra Feld",
        "Feldmark IP GmbH",
        "agency",
        "entity",
        "DE",
        "business_licence",
        "HRB 118204",
        0.4,
        "submitted",
        holder_name="Feldmark Intellectual Property GmbH",
    ),
    Applicant(
        "sam.rivera@lumaway.example", "Sam Rivera", "Lumaway Studio", "rights_holder", "entity", "US", "business_licence", "", 0, "new"
    ),
]


def is_loaded() -> bool:
    """Tell whether demo data is here."""
    return User.objects.filter(email=STAFF[0][0]).exists()


def load() -> None:
    """Make everything; run as the owner, with the clock allowed to move."""
    staff = {email: make_staff(email=email, full_name=name, password=PASSWORD, role=role, by="demo data") for email, name, role in STAFF}
    verifier = staff[STAFF[0][0]]
    for applicant in APPLICANTS:
        found_applicant(applicant, verifier)


def found_applicant(applicant: Applicant, verifier: Person) -> Person:
    """Register an invented organization and let its paper come as far as its story goes; return its owner."""
    with clock.moved(timedelta(days=-applicant.days_ago)):
        owner = _register(applicant)
    prove_identity(applicant, owner, verifier)
    return owner


def prove_identity(applicant: Applicant, owner: Person, verifier: Person) -> None:
    """Let the paper of an organization that is registered come as far as its story goes."""
    with clock.moved(timedelta(days=-applicant.days_ago)):
        if applicant.story != "new":
            _play(applicant, owner, verifier)
    _engine(timedelta(days=-applicant.days_ago) + timedelta(minutes=45))


def load_rights() -> None:
    """Give the organizations their rights; apart from `load`, because drawing and decoding all those certificates takes its time."""
    verifier = person_of(STAFF[0][0])
    for applicant in APPLICANTS:
        give_rights(applicant, rights_story.RIGHTS.get(applicant.name, ()), verifier)


def give_rights(applicant: Applicant, registrations: Sequence[rights_story.Registration], verifier: Person) -> None:
    """Give an organization its rights, as far as each one's story goes."""
    with clock.moved(timedelta(days=-applicant.days_ago)):
        rights_story.play(registrations, person_of(applicant.email), verifier, _engine)


def person_of(email: str) -> Person:
    """Return a demo account as somebody who can act."""
    user = User.objects.get(email=email)
    place = Membership.objects.get(user=user)
    audience: Audience = "staff" if user.is_staff else "portal"
    actor = Actor(place.organization_id, "user", audience, place.role, str(user), user_id=user.pk, request_id="demo")
    return Person(user, PASSWORD, actor)


def _register(applicant: Applicant) -> Person:
    owner = make_tenant(
        email=applicant.email,
        full_name=applicant.full_name,
        password=PASSWORD,
        name=applicant.name,
        kind=applicant.kind,
        account_kind=applicant.account_kind,
        country=applicant.country,
        language=applicant.language,
    )
    if applicant.story == "approved" and applicant.account_kind == "entity":
        domain = applicant.email.partition("@")[2]
        for name, role in COLLEAGUES:
            email = f"{name.lower().replace(' ', '.')}@{domain}"
            add_member(organization_id=owner.actor.organization_id, email=email, full_name=name, password=PASSWORD, role=role)
    return owner


def _play(applicant: Applicant, owner: Person, verifier: Person) -> None:
    row = _send(applicant, owner)
    _engine(timedelta(minutes=1))  # the receipt is told before anything else happens
    acts: dict[str, Callable[[Verification], object]] = {
        "approved": lambda held: services.approve_verification(
            actor=verifier.actor, code=held.code, version=held.version, message="Register extract of this month, all entries agree."
        ),
        "refused": lambda held: services.refuse_verification(
            actor=verifier.actor,
            code=held.code,
            version=held.version,
            reason="unreadable",
            message="The seal and the lower third are out of focus.",
        ),
        "asked": lambda held: services.ask_for_information(
            actor=verifier.actor,
            code=held.code,
            version=held.version,
            question="Please add the second page of the register extract; it names who may sign for the company.",
        ),
        "claimed": lambda held: held,
    }
    if applicant.story in acts:
        with clock.moved(timedelta(minutes=40)), tenancy.acting(verifier.actor):
            acts[applicant.story](services.claim_verification(actor=verifier.actor, code=row.code))


def _send(applicant: Applicant, owner: Person) -> Verification:
    holder = applicant.holder_name or applicant.name
    upload = SimpleUploadedFile(f"{applicant.paper}.png", draw_paper(applicant, holder), content_type="image/png")
    details = services.PaperDetails(kind=applicant.paper, holder_name=holder, number=applicant.number, country=applicant.country)
    with prepared_upload(upload) as prepared:
        with tenancy.acting(owner.actor):
            file = keep_file(actor=owner.actor, prepared=prepared)
            row = services.submit_identity_paper(actor=owner.actor, file=file, details=details)
        prepared.is_kept = True
    return row


def _engine(after: timedelta) -> None:
    """Deliver what is due at a moment of the story, so that the timeline reads as if it had been lived."""
    with clock.moved(after):
        while deliveries.deliver_due() + mails.send_due():
            pass


def draw_paper(applicant: Applicant, holder: str) -> bytes:
    """Return a PNG of an invented official paper, plainly marked as a specimen."""
    image = Image.new("RGB", (900, 1220), "#fffdf2")
    draw = ImageDraw.Draw(image)
    draw.rectangle((36, 36, 863, 1183), outline="#b08a3c", width=4)
    draw.rectangle((52, 52, 847, 1167), outline="#e4d3a4", width=2)
    heading, line = ImageFont.load_default(44), ImageFont.load_default(27)
    titles = {"business_licence": "BUSINESS LICENCE", "passport": "PASSPORT"}
    draw.text((450, 150), titles[applicant.paper], font=heading, fill="#2b2b2b", anchor="mm")
    draw.text((450, 205), "SPECIMEN OF NO COUNTRY", font=ImageFont.load_default(22), fill="#8a6a20", anchor="mm")
    latin = holder if holder.isascii() else "Beixi Sports Goods Co., Ltd."
    rows = [
        ("Name", latin),
        ("Number", applicant.number),
        ("Country", applicant.country),
        ("Issued", "2021-03-07"),
        ("Valid", "until cancelled"),
    ]
    for index, (label, value) in enumerate(rows):
        top = 330 + index * 110
        draw.text((110, top), label, font=line, fill="#6b6b6b")
        draw.text((330, top), value, font=line, fill="#1d1d1d")
        draw.line((110, top + 48, 790, top + 48), fill="#d8cfae", width=2)
    draw.ellipse((600, 930, 780, 1110), outline="#b5483c", width=5)
    draw.text((690, 1020), "SPECIMEN", font=ImageFont.load_default(26), fill="#b5483c", anchor="mm")
    draw.text((110, 1120), "Invented document, drawn for a demonstration", font=ImageFont.load_default(20), fill="#8f8f8f")
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()

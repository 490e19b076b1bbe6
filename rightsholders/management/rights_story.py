"""Demo rights: invented registrations with drawn certificates, in every state, made by the same services everybody uses."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont

from ipp.core import clock, tenancy
from ipp.core.services.files import keep_file, prepared_upload
from ipp.core.services.people import Person
from rightsholders import services
from rightsholders.models import Right, Verification
from rightsholders.rules import check_digit, office

Drawing = Callable[["ImageDraw.ImageDraw"], None]
Engine = Callable[[timedelta], None]
ARTIST = "Ida Fenwick"
BRIEF, LONG = timedelta(minutes=1), timedelta(hours=20)


@dataclass(frozen=True)
class Registration:
    """An invented right and how far its check got; `hours` after the identity was verified it is added."""

    hours: float
    story: str
    details: services.RightDetails
    documents: tuple[str, ...]
    expires_days_ago: int = 0


def _patent(year: int, digit: int, serial: int) -> str:
    digits = f"{year}{digit}{serial:07d}"
    return f"ZL {digits[:4]} {digits[4]} {digits[5:]}.{check_digit(digits)}"


RIGHTS: dict[str, tuple[Registration, ...]] = {
    "Tarnholt AS": (
        Registration(
            1,
            "approved",
            services.RightDetails(
                "trademark",
                "TARNHOLT",
                "Tarnholt AS",
                "CNIPA",
                "48126377",
                nice_classes=(18, 21),
                goods="Backpacks, bags; drinking bottles, vacuum flasks",
                filed_on=date(2020, 7, 14),
                registered_on=date(2021, 3, 7),
                expires_on=date(2031, 3, 6),
            ),
            ("certificate", "classes", "mark"),
        ),
        Registration(
            1.5,
            "approved",
            services.RightDetails(
                "trademark",
                "TARNHOLT",
                "Tarnholt AS",
                "EUIPO",
                "018123456",
                nice_classes=(18, 21),
                goods="Backpacks; bottles",
                filed_on=date(2019, 9, 12),
                registered_on=date(2020, 1, 30),
                expires_on=date(2029, 9, 12),
            ),
            ("certificate", "mark"),
        ),
        Registration(
            2,
            "approved",
            services.RightDetails(
                "design",
                "Peak bottle with loop",
                "Tarnholt AS",
                "CNIPA",
                _patent(2022, 3, 512844),
                locarno_class="07-01",
                filed_on=date(2022, 4, 20),
                registered_on=date(2022, 10, 18),
                expires_on=date(2037, 4, 20),
            ),
            ("certificate", "report"),
        ),
        Registration(
            3,
            "approved",
            services.RightDetails(
                "copyright",
                "Peak series, product photographs",
                "Tarnholt AS",
                author="Ingrid Solvang",
                created_on=date(2022, 5, 2),
                published_on=date(2022, 6, 1),
                work_link="https://tarnholt.example/peak",
                claim_statement=True,
            ),
            ("work",),
        ),
        Registration(
            4,
            "approved",
            services.RightDetails(
                "trademark",
                "TARNHOLT RIDGE",
                "Tarnholt AS",
                "UKIPO",
                "UK00003123456",
                nice_classes=(18,),
                goods="Backpacks",
                filed_on=date(2016, 11, 20),
                registered_on=date(2017, 2, 24),
            ),
            ("certificate",),
            expires_days_ago=4,
        ),
        Registration(
            200,
            "asked",
            services.RightDetails(
                "trademark",
                "TARNHOLT",
                "Tarnholt AS",
                "WIPO",
                "1534277",
                territories=("CN", "TR", "MY"),
                nice_classes=(21,),
                goods="Bottles",
                filed_on=date(2020, 5, 11),
                registered_on=date(2020, 5, 11),
                expires_on=date(2030, 5, 11),
            ),
            ("certificate",),
        ),
        Registration(
            260,
            "waiting",
            services.RightDetails(
                "utility_model",
                "Bottle lid with a catch",
                "Tarnholt Manufacturing AS",
                "CNIPA",
                _patent(2023, 2, 1188021),
                filed_on=date(2023, 5, 30),
                registered_on=date(2023, 12, 8),
                expires_on=date(2033, 5, 30),
            ),
            ("certificate", "report"),
        ),
    ),
    "Ida Fenwick": (
        Registration(
            1,
            "approved",
            services.RightDetails(
                "copyright",
                "Night Heron, print",
                "Ida Fenwick",
                author="Ida Fenwick",
                created_on=date(2021, 10, 3),
                published_on=date(2021, 11, 20),
                work_link="https://nightheron.example/night-heron",
                claim_statement=True,
            ),
            ("work",),
        ),
        Registration(
            2,
            "refused",
            services.RightDetails(
                "trademark",
                "NIGHT HERON",
                "Ida Fenwick",
                "EUIPO",
                "018765432",
                nice_classes=(16, 21),
                goods="Prints; mugs",
                filed_on=date(2024, 2, 1),
                registered_on=date(2024, 7, 9),
                expires_on=date(2034, 2, 1),
            ),
            ("certificate",),
        ),
        Registration(
            60,
            "waiting",
            services.RightDetails(
                "copyright", "Shore birds, series of six", "Ida Fenwick", created_on=date(2023, 3, 15), claim_statement=True
            ),
            ("work",),
        ),
    ),
}


def play(registrations: Sequence[Registration], owner: Person, verifier: Person, engine: Engine) -> None:
    """Add the rights of an organization verified just now, and let a verifier decide; the clock stands at that moment already."""
    for registration in registrations:
        with clock.moved(timedelta(hours=registration.hours)):
            right = _add(registration, owner)
            engine(BRIEF)
            with clock.moved(LONG):
                _check(registration, right, verifier)
                engine(BRIEF)


def _add(registration: Registration, owner: Person) -> Right:
    details = registration.details
    if registration.expires_days_ago:
        details = replace(details, expires_on=date.today() - timedelta(days=registration.expires_days_ago))  # noqa: DTZ011
    with ExitStack() as stack:
        uploads = [SimpleUploadedFile(f"{kind}.png", _drawn(kind, details), content_type="image/png") for kind in registration.documents]
        prepared = [stack.enter_context(prepared_upload(upload)) for upload in uploads]
        with tenancy.acting(owner.actor):
            documents = [
                services.DocumentUpload(kind, keep_file(actor=owner.actor, prepared=item))
                for kind, item in zip(registration.documents, prepared, strict=True)
            ]
            right = services.add_right(actor=owner.actor, details=details, documents=documents)
        for item in prepared:
            item.is_kept = True
    return right


def _check(registration: Registration, right: Right, verifier: Person) -> None:
    if registration.story == "waiting":
        return
    with tenancy.acting(verifier.actor):
        row = Verification.objects.get(right=right)
        held = services.claim_verification(actor=verifier.actor, code=row.code)
        seen: dict[str, Any] = {"actor": verifier.actor, "code": held.code, "version": held.version}
        if registration.story == "approved":
            services.approve_verification(**seen, message="Compared with the office's register today.")
        elif registration.story == "refused":
            services.refuse_verification(
                **seen, reason="application_only", message="The page sent is the filing receipt; the registration came later."
            )
        else:
            services.ask_for_information(**seen, question="For China please add CNIPA's certificate of the territorial extension.")


def _drawn(kind: str, details: services.RightDetails) -> bytes:
    """Return a PNG of an invented document, plainly marked as a specimen."""
    if kind == "mark":
        return _png((900, 420), "#ffffff", lambda draw: _mark(draw, details.name))
    if kind == "work":
        return _png((1100, 820), "#1d2b36", _heron if details.owner_name == ARTIST else _bottles)
    return _png((900, 1220), "#fffdf2", lambda draw: _certificate(draw, kind, details))


def _png(size: tuple[int, int], ground: str, paint: Drawing) -> bytes:
    image = Image.new("RGB", size, ground)
    paint(ImageDraw.Draw(image))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _certificate(draw: ImageDraw.ImageDraw, kind: str, details: services.RightDetails) -> None:
    draw.rectangle((36, 36, 863, 1183), outline="#4a6d8c", width=4)
    draw.rectangle((52, 52, 847, 1167), outline="#c3d3e0", width=2)
    titles = {"certificate": "CERTIFICATE OF REGISTRATION", "classes": "CLASSES AND GOODS", "report": "EVALUATION REPORT"}
    draw.text((450, 140), titles[kind], font=ImageFont.load_default(38), fill="#22303c", anchor="mm")
    draw.text((450, 190), "SPECIMEN, DRAWN FOR A DEMONSTRATION", font=ImageFont.load_default(20), fill="#4a6d8c", anchor="mm")
    line = ImageFont.load_default(25)
    for place, (label, value) in enumerate(_rows(kind, details)):
        top = 260 + place * 78
        draw.text((100, top), label, font=line, fill="#6b6b6b")
        draw.text((330, top), value[:38], font=line, fill="#1d1d1d")
        draw.line((100, top + 42, 800, top + 42), fill="#dde6ee", width=2)
    if details.kind == "design":
        for left in (180, 400, 620):
            _bottle(draw, left, 860, 1.0, "#5d6f5a")
    draw.ellipse((640, 1000, 790, 1150), outline="#b5483c", width=5)
    draw.text((715, 1075), "SPECIMEN", font=ImageFont.load_default(22), fill="#b5483c", anchor="mm")


def _rows(kind: str, details: services.RightDetails) -> Sequence[tuple[str, str]]:
    if kind == "classes":
        return [(f"Class {number}", details.goods) for number in details.nice_classes]
    known = office(details.office)
    rows = [
        ("Office", known.name if known else ""),
        ("Number", details.number),
        ("Owner", details.owner_name),
        ("Title" if details.kind != "trademark" else "Mark", details.name),
        ("Filed", str(details.filed_on or "")),
        ("Granted", str(details.registered_on or "")),
        ("Until", str(details.expires_on or "")),
    ]
    return [row for row in rows if row[1]]


def _mark(draw: ImageDraw.ImageDraw, words: str) -> None:
    draw.polygon(((110, 290), (200, 130), (290, 290)), outline="#22303c", width=10)
    draw.polygon(((170, 290), (235, 180), (300, 290)), fill="#22303c")
    draw.text((340, 215), words, font=ImageFont.load_default(58), fill="#22303c", anchor="lm")


def _bottles(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 600, 1100, 820), fill="#33495a")
    for place, colour in enumerate(("#6f8a6b", "#7a5d86", "#e5ddc8")):
        _bottle(draw, 290 + place * 220, 330, 2.2, colour)


def _bottle(draw: ImageDraw.ImageDraw, left: float, top: float, size: float, colour: str) -> None:
    draw.rounded_rectangle((left, top + 40 * size, left + 60 * size, top + 190 * size), radius=14 * size, fill=colour)
    draw.rectangle((left + 14 * size, top + 16 * size, left + 46 * size, top + 42 * size), fill="#2a2f33")
    draw.arc((left + 18 * size, top - 12 * size, left + 42 * size, top + 22 * size), 180, 360, fill="#2a2f33", width=int(5 * size))


def _heron(draw: ImageDraw.ImageDraw) -> None:
    draw.ellipse((720, 80, 900, 260), fill="#e8dfb9")
    draw.rectangle((0, 640, 1100, 820), fill="#14202a")
    draw.ellipse((360, 330, 640, 520), fill="#8fa3b3")
    draw.line((600, 380, 660, 220, 640, 190), fill="#8fa3b3", width=26, joint="curve")
    draw.ellipse((610, 150, 680, 220), fill="#8fa3b3")
    draw.polygon(((672, 176), (800, 200), (672, 204)), fill="#d9a441")
    for left in (450, 520):
        draw.line((left, 510, left, 690), fill="#d9a441", width=8)

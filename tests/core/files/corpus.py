"""Makes the corpus of good and hostile uploads at test time, so that no hostile file lies in the repository."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageCms

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SECRET = b"GPS-OF-THE-TEST-BUYER"
"""Stands in every metadata field of the corpus; it must appear in no page."""


@dataclass(frozen=True)
class Sample:
    """One upload: the name it claims, its bytes, and what must become of it (a media type, or the code it is refused with)."""

    name: str
    make: Callable[[], bytes]
    outcome: str
    pages: int = 0
    warnings: tuple[str, ...] = ()

    def write(self, folder: Path) -> Path:
        """Write the file under a neutral name; the claimed one may be poison."""
        path = folder / "upload"
        path.write_bytes(self.make())
        return path


# -- pictures ---------------------------------------------------------------------------------------------------------


def picture(mode: str = "RGB", size: tuple[int, int] = (320, 200), colour: Any = None) -> Image.Image:
    """Return a picture whose left half is darker than its right half."""
    image = Image.linear_gradient("L").rotate(90).resize(size)
    return image.convert(mode) if colour is None else Image.new(mode, size, colour)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return the picture as a file of `kind`."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def jpeg(**options: Any) -> bytes:
    """Return a plain JPEG."""
    return encoded(picture(), "JPEG", **options)


def png(**options: Any) -> bytes:
    """Return a plain PNG."""
    return encoded(picture(), "PNG", **options)


def webp(**options: Any) -> bytes:
    """Return a plain WebP."""
    return encoded(picture(), "WEBP", **options)


def exif(orientation: int = 1) -> bytes:
    """Return EXIF data with an orientation, a place and a name."""
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010E] = SECRET.decode()
    data[0x013B] = SECRET.decode()
    data.get_ifd(0x8825)[0x001D] = SECRET.decode()
    data.get_ifd(0x8825)[2] = (52.0, 30.0, 11.0)
    return data.tobytes()


def xmp() -> bytes:
    """Return an XMP packet with the secret."""
    rdf = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="%s"/></rdf:RDF>' % SECRET
    return b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + rdf + b"</x:xmpmeta>"


def profile() -> bytes:
    """Return an sRGB colour profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def moving(kind: str) -> bytes:
    """Return a picture of three frames."""
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "green", "blue")]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def phone_jpeg() -> bytes:
    """Return a JPEG with a second, smaller picture behind it (MPO), as phones write them."""
    return encoded(picture(size=(640, 480)), "MPO", save_all=True, append_images=[picture(size=(64, 48))])


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """Return one chunk of a PNG."""
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))


def png_of(width: int, height: int, depth: int, colour: int, data: bytes, *more: bytes) -> bytes:
    """Return a PNG put together by hand; `data` is the compressed pixel data."""
    header = png_chunk(b"IHDR", struct.pack("!IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def zeros(length: int) -> bytes:
    """Return `length` zero bytes, deflated: about a thousandth of it."""
    packer, block = zlib.compressobj(1), bytes(1024 * 1024)
    packed = [packer.compress(block) for _ in range(length // len(block))]
    return b"".join([*packed, packer.compress(bytes(length % len(block))), packer.flush()])


def png_bomb() -> bytes:
    """Return 2,500 megapixels, one bit each, in less than half a megabyte."""
    return png_of(50_000, 50_000, 1, 0, zeros(50_000 * 6_251))


def png_with_lying_header() -> bytes:
    """Return a PNG that claims 64 x 64 pixels and unpacks to 300 MB."""
    return png_of(64, 64, 8, 2, zeros(300 * 1024 * 1024))


def png_text_bomb() -> bytes:
    """Return a PNG whose comment unpacks to 200 MB."""
    return png_of(64, 64, 8, 2, zeros(64 * 193), png_chunk(b"zTXt", b"Comment\0\0" + zeros(200 * 1024 * 1024)))


def deep_grey_png() -> bytes:
    """Return a grey picture of 16 bits, half of it dark: a clumsy conversion makes it all white."""
    row = b"\0" + struct.pack("!100H", *([8_000] * 50 + [48_000] * 50))
    return png_of(100, 60, 16, 0, zlib.compress(row * 60))


def webp_of_size(width: int, height: int) -> bytes:
    """Return a WebP file whose header claims a size that nothing stands behind."""
    frame = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14)
    chunk = b"VP8L" + struct.pack("<I", len(frame) + 1) + frame + b"\0"
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


# -- documents --------------------------------------------------------------------------------------------------------


def pdf(pages: int = 1, *, size: tuple[float, float] = (595, 842), change: Callable[[Any], object] | None = None, **options: Any) -> bytes:
    """Return a PDF of pages with a line of text each, changed by `change` before it is saved."""
    document = pikepdf.new()
    font = document.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    for number in range(1, pages + 1):
        page = document.add_blank_page(page_size=size)
        page.Resources = Dictionary(Font=Dictionary(F1=font))
        page.Contents = document.make_stream(f"BT /F1 24 Tf 50 700 Td (Page {number}) Tj ET".encode())
    if change:
        change(document)
    stream = io.BytesIO()
    document.save(stream, **options)
    return stream.getvalue()


def pdf_with_javascript() -> bytes:
    """Return a PDF that runs a script when opened."""
    return pdf(change=lambda it: setattr(it.Root, "OpenAction", Dictionary(S=Name.JavaScript, JS="app.alert(1)")))


def pdf_with_launch() -> bytes:
    """Return a PDF that starts a program when opened."""
    return pdf(change=lambda it: setattr(it.Root, "OpenAction", Dictionary(S=Name.Launch, F="cmd.exe")))


def pdf_with_attachment() -> bytes:
    """Return a PDF with a program attached."""

    def attach(document: pikepdf.Pdf) -> None:
        document.attachments["setup.exe"] = b"MZ\x90\0" * 50

    return pdf(change=attach)


def pdf_with_link_script() -> bytes:
    """Return a PDF whose page has a link that runs a script."""

    def annotate(document: pikepdf.Pdf) -> None:
        action = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 100, 100]), A=action)
        document.pages[0].obj["/Annots"] = Array([link])

    return pdf(change=annotate)


def pdf_with_form() -> bytes:
    """Return a PDF with a filled-in form that has an XFA part as well."""

    def fill(document: pikepdf.Pdf) -> None:
        document.Root.AcroForm = Dictionary(Fields=Array([]), XFA=document.make_stream(b"<xdp/>"))

    return pdf(change=fill)


def pdf_with_typed_field() -> bytes:
    """Return a PDF whose form field is filled in: its appearance is a dark square in the upper left."""

    def fill(document: pikepdf.Pdf) -> None:
        square = document.make_stream(b"0 0 200 200 re f", Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 200, 200])))
        field = Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T="name", V="Lex", F=4, Rect=Array([100, 600, 300, 800]))
        field.AP = Dictionary(N=square)
        widget = document.make_indirect(field)
        document.Root.AcroForm = Dictionary(Fields=Array([widget]))
        document.pages[0].obj["/Annots"] = Array([widget])

    return pdf(change=fill)


def pdf_locked() -> bytes:
    """Return a PDF that asks for a password."""
    return pdf(encryption=pikepdf.Encryption(owner="owner", user="user"))


def pdf_restricted() -> bytes:
    """Return a PDF that anybody may read and only its owner may change, as registries issue them."""
    return pdf(encryption=pikepdf.Encryption(owner="owner", user=""))


def pdf_repeating(references: int, declared: int) -> bytes:
    """Return a PDF whose page list names one page many times and declares some other number."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (declared, b"3 0 R " * references),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
    ]
    return raw_pdf(objects)


def raw_pdf(objects: list[bytes]) -> bytes:
    """Return a PDF of these objects, the first being its catalog."""
    body, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return body + head + table + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))


def stream_object(dictionary: bytes, data: bytes) -> bytes:
    """Return a PDF stream object."""
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (dictionary, len(data), data)


def page_drawing(contents: bytes, resources: bytes = b"", *more: bytes, box: bytes = b"0 0 600 800") -> bytes:
    """Return a PDF of one page with this content stream (object 4) and further objects from number 5 on."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R/Resources<<%s>>>>" % (box, resources)
    return raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>", page, contents, *more])


def pdf_flate_bomb() -> bytes:
    """Return a PDF whose page content unpacks twice, to 1 GB."""
    return page_drawing(stream_object(b"/Filter[/FlateDecode/FlateDecode]", zlib.compress(zeros(1024**3), 9)))


def pdf_large_picture() -> bytes:
    """Return a PDF that draws a picture of 144 megapixels, 432 MB when unpacked; shrunk to a page it costs little."""
    shape = b"/Type/XObject/Subtype/Image/Width 12000/Height 12000/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/FlateDecode"
    drawing = stream_object(b"", b"600 0 0 800 0 0 cm /I Do")
    return page_drawing(drawing, b"/XObject<</I 5 0 R>>", stream_object(shape, zeros(12_000 * 12_000 * 3)))


def pdf_laughs(depth: int = 12, width: int = 12) -> bytes:
    """Return a PDF of forms that draw forms: `width` to the power of `depth` of them."""
    forms = []
    for level in range(depth):
        number = 5 + level
        draws = b"/F Do " * width if level < depth - 1 else b"0 0 9 9 re f"
        forms.append(
            stream_object(b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</XObject<</F %d 0 R>>>>" % (number + 1), draws)
        )
    return page_drawing(stream_object(b"", b"/F Do"), b"/XObject<</F 5 0 R>>", *forms)


def pdf_tedious(pages: int = 60) -> bytes:
    """Return a PDF whose every page draws 13 million rectangles: minutes of work in a few kilobytes and little memory."""
    document = pikepdf.open(io.BytesIO(pdf_laughs(depth=4, width=60)))
    for _ in range(pages - 1):
        document.pages.append(document.pages[0])
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def pdf_of_many_objects(count: int = 120_000) -> bytes:
    """Return a PDF with far more objects than a document needs, in compressed object streams."""

    def fill(document: pikepdf.Pdf) -> None:
        document.Root["/Heap"] = Array([document.make_indirect(Dictionary(N=number)) for number in range(count)])

    return pdf(change=fill, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def pdf_with_secret() -> bytes:
    """Return a PDF that names its author and the place it was made."""

    def tell(document: pikepdf.Pdf) -> None:
        document.docinfo["/Author"] = SECRET.decode()
        document.Root.Metadata = document.make_stream(xmp())

    return pdf(change=tell)


# -- other things -----------------------------------------------------------------------------------------------------


def archive(*names: str) -> bytes:
    """Return a ZIP archive of small files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        for name in names:
            target.writestr(name, "x" * 100)
    return stream.getvalue()


def elf() -> bytes:
    """Return the head of a Linux program."""
    return b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\0>\0" + bytes(200)


def gif_and_script() -> bytes:
    """Return a GIF that is a JavaScript program as well."""
    return b"GIF89a/*" + bytes(20) + b"*/=1;alert(1);"


def noise(length: int) -> bytes:
    """Return bytes that mean nothing, the same each time."""
    return random.Random(7).randbytes(length)


def cut(data: bytes, share: float = 0.6) -> bytes:
    """Return the beginning of a file."""
    return data[: int(len(data) * share)]


PDF, JPEG, PNG, WEBP = "application/pdf", "image/jpeg", "image/png", "image/webp"

GOOD = [
    Sample("photo.jpg", jpeg, JPEG, 1),
    Sample("photo-without-ending", jpeg, JPEG, 1),
    Sample("a-jpeg-named.exe", jpeg, JPEG, 1),
    Sample("a-jpeg-named.png", jpeg, JPEG, 1),
    Sample("progressive.jpg", lambda: jpeg(progressive=True), JPEG, 1),
    Sample("grey.jpg", lambda: encoded(picture("L"), "JPEG"), JPEG, 1),
    Sample("cmyk.jpg", lambda: encoded(picture("CMYK"), "JPEG"), JPEG, 1),
    Sample("gps.jpg", lambda: jpeg(exif=exif(), xmp=xmp(), comment=SECRET), JPEG, 1),
    Sample("huge-profile.jpg", lambda: jpeg(icc_profile=profile() + noise(5 * 1024 * 1024)), JPEG, 1),
    Sample("broken-profile.jpg", lambda: jpeg(icc_profile=noise(3000)), JPEG, 1),
    Sample("broken-exif.jpg", lambda: jpeg(exif=b"Exif\0\0" + noise(300)), JPEG, 1),
    Sample("odd-exif.jpg", lambda: jpeg(exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x02\x01\x12\0\x05\0\0\0\x01"), JPEG, 1),
    Sample("phone.jpg", phone_jpeg, JPEG, 1),
    Sample("large.jpg", lambda: encoded(picture(size=(5000, 3750)), "JPEG"), JPEG, 1),
    Sample("screen.png", png, PNG, 1),
    Sample("palette.png", lambda: encoded(picture("P"), "PNG"), PNG, 1),
    Sample("one-bit.png", lambda: encoded(picture("1"), "PNG"), PNG, 1),
    Sample("deep-grey.png", deep_grey_png, PNG, 1),
    Sample("transparent.png", lambda: encoded(picture("RGBA", colour=(200, 0, 0, 90)), "PNG"), PNG, 1),
    Sample("profiled.png", lambda: png(icc_profile=profile()), PNG, 1),
    Sample("moving.png", lambda: moving("PNG"), PNG, 1, ("animated",)),
    Sample("lying-header.png", png_with_lying_header, PNG, 1),
    Sample("picture.webp", webp, WEBP, 1),
    Sample("lossless.webp", lambda: webp(lossless=True, exif=exif(), xmp=xmp()), WEBP, 1),
    Sample("moving.webp", lambda: moving("WEBP"), WEBP, 1, ("animated",)),
    Sample("paper.pdf", lambda: pdf(3), PDF, 3),
    Sample("restricted.pdf", pdf_restricted, PDF, 1),
    Sample("author.pdf", pdf_with_secret, PDF, 1),
    Sample("script.pdf", pdf_with_javascript, PDF, 1, ("pdf_javascript",)),
    Sample("link-script.pdf", pdf_with_link_script, PDF, 1, ("pdf_javascript",)),
    Sample("launch.pdf", pdf_with_launch, PDF, 1, ("pdf_launch",)),
    Sample("attachment.pdf", pdf_with_attachment, PDF, 1, ("pdf_attachments",)),
    Sample("form.pdf", pdf_with_form, PDF, 1, ("pdf_xfa",)),
    Sample("giant-page.pdf", lambda: page_drawing(stream_object(b"", b"0 0 9 9 re f"), box=b"0 0 2000000 2000000"), PDF, 1),
    Sample("ribbon.pdf", lambda: pdf(size=(3, 14_400)), PDF, 1),
    Sample("stamp.pdf", lambda: pdf(size=(8, 8)), PDF, 1),
    Sample("large-picture.pdf", pdf_large_picture, PDF, 1),
    Sample("exactly-enough-pages.pdf", lambda: pdf(200), PDF, 200),
]

REFUSED = [
    Sample("nothing.jpg", bytes, "empty"),
    Sample("setup.exe.jpg", lambda: b"MZ\x90\0" + bytes(300) + b"PE\0\0" + bytes(300), "unsupported_type"),
    Sample("program.jpg", elf, "unsupported_type"),
    Sample("script.sh.png", lambda: b"#!/bin/sh\nrm -rf /\n", "unsupported_type"),
    Sample("page.png", lambda: b"<!doctype html><script>alert(1)</script>", "unsupported_type"),
    Sample("drawing.png", lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "unsupported_type"),
    Sample("script.png", lambda: b"alert(document.cookie)", "unsupported_type"),
    Sample("archive.pdf", lambda: archive("a.txt"), "unsupported_type"),
    Sample("letter.docx", lambda: archive("[Content_Types].xml", "word/document.xml"), "unsupported_type"),
    Sample("moving.gif", lambda: moving("GIF"), "unsupported_type"),
    Sample("scan.tiff", lambda: encoded(picture(), "TIFF"), "unsupported_type"),
    Sample("bitmap.bmp", lambda: encoded(picture(), "BMP"), "unsupported_type"),
    Sample("picture.avif", lambda: encoded(picture(), "AVIF"), "unsupported_type"),
    Sample("gif-and-script.gif", gif_and_script, "unsupported_type"),
    Sample("page-and-pdf.pdf", lambda: b"<html>" + pdf(), "unsupported_type"),
    Sample("noise.jpg", lambda: noise(4000), "unsupported_type"),
    Sample("eicar.com", lambda: EICAR, "unsupported_type"),
    Sample("cut.jpg", lambda: cut(encoded(picture(size=(900, 900)), "JPEG")), "damaged"),
    Sample("cut.png", lambda: cut(encoded(picture(size=(900, 900)), "PNG")), "damaged"),
    Sample("cut.webp", lambda: cut(encoded(picture(size=(900, 900)), "WEBP")), "damaged"),
    Sample("cut.pdf", lambda: cut(pdf(5)), "damaged"),
    Sample("cut-at-the-end.pdf", lambda: pdf(5)[:-8], "damaged"),
    Sample("head-only.jpg", lambda: b"\xff\xd8\xff\xe0", "damaged"),
    Sample("head-only.pdf", lambda: b"%PDF-1.7\n", "damaged"),
    Sample("head-and-end.pdf", lambda: b"%PDF-1.7\n%%EOF\n", "damaged"),
    Sample("noise.pdf", lambda: b"%PDF-1.7\n" + noise(5000) + b"\n%%EOF", "damaged"),
    Sample("noise-with-head.png", lambda: b"\x89PNG\r\n\x1a\n" + noise(4000), "damaged"),
    Sample("wrong-sum.png", lambda: png_of(64, 64, 8, 2, zeros(64 * 193))[:-14] + noise(2) + png_chunk(b"IEND", b""), "damaged"),
    Sample("no-pages.pdf", lambda: raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>"]), "damaged"),
    Sample("hidden-pages.pdf", lambda: pdf_repeating(5, declared=1), "damaged"),
    Sample("missing-pages.pdf", lambda: pdf_repeating(1, declared=9), "damaged"),
    Sample("text-bomb.png", png_text_bomb, "damaged"),
    Sample("pdf-and-zip.pdf", lambda: pdf() + archive("payload.js"), "two_kinds"),
    Sample("photo-and-zip.jpg", lambda: jpeg() + archive("payload.js"), "two_kinds"),
    Sample("photo-and-pdf.jpg", lambda: jpeg(comment=b"%PDF-1.4 ") + pdf(), "two_kinds"),
    Sample("bomb.png", png_bomb, "too_many_pixels"),
    Sample("large.webp", lambda: webp_of_size(8_000, 6_000), "too_many_pixels"),
    Sample("bomb.webp", lambda: webp_of_size(16_383, 16_383), "too_many_pixels"),
    Sample("long.jpg", lambda: encoded(Image.new("L", (65_000, 700)), "JPEG"), "too_many_pixels"),
    Sample("one-page-too-many.pdf", lambda: pdf(201), "too_many_pages"),
    Sample("many-pages.pdf", lambda: pdf_repeating(50_000, declared=50_000), "too_many_pages"),
    Sample("million-pages.pdf", lambda: pdf_repeating(1_000_000, declared=1), "too_complex"),
    Sample("locked.pdf", pdf_locked, "encrypted"),
    Sample("objects.pdf", pdf_of_many_objects, "too_complex"),
    Sample("unpacks-twice.pdf", pdf_flate_bomb, "too_complex"),
    Sample("laughs.pdf", pdf_laughs, "too_complex"),
]

NAMES = [
    "../../etc/passwd",
    "..\\..\\windows\\system32\\cmd.exe",
    "/absolute/path.pdf",
    "invoice\u202egpj.exe",
    "line\r\nSet-Cookie: a=b.pdf",
    'quote"; filename="evil.html',
    "null\0byte.pdf.exe",
    "zero\u200bwidth\ufeff.pdf",
    "商标注册证.pdf",
    "Vollmacht für Müller.pdf",
    "<script>alert(1)</script>.pdf",
    ".htaccess",
    "CON",
    "",
    "   ",
    "..",
    "a" * 5000 + ".pdf",
    "semi;colon=x.pdf",
    "percent%0d%0aX: y.pdf",
    "\ud800.pdf",
    "emoji 🦊.pdf",
]
"""Names that uploads claim; every one must come out harmless."""

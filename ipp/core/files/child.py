"""The program that decodes one hostile file: a child process in a cage it locks itself into, without Django, network or secrets.

Run by path: `python -I child.py JOB`. JOB is JSON: source, media_type, folder, limits. The pages go into `folder` as 0001.jpg, 0002.jpg
and so on; stdout gets the line `ready` once the cage is shut and before the file is touched, so that the parent knows whom to blame for
what follows, and then one JSON object: `{"refused": code}`, or `{"pages": [[width, height], ...], "warnings": [...]}`.
It stays one file because an isolated interpreter finds no neighbours to import.
"""

from __future__ import annotations

import ctypes
import io
import json
import math
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

import pikepdf
import pypdfium2
from PIL import Image, ImageCms, ImageStat

FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
PICTURE_QUALITY: Final = 85
PAGE_QUALITY: Final = 75  # a page of text at 85 takes half as much again
LARGEST_PROFILE: Final = 4 * 1024 * 1024
HIGHEST_SCALE: Final = 4.0  # 288 dots per inch: a PDF page the size of a stamp is not blown up further
BRIGHT: Final = 200  # mean luminance above which transparent artwork would vanish on white
UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation."""
EXIF_ORIENTATION: Final = 0x0112


class Refused(Exception):
    """The file is not accepted; the one argument is the code."""


@dataclass(frozen=True)
class Job:
    """What the parent asks for."""

    source: Path
    media_type: str
    folder: Path
    limits: dict[str, int]


def main(argument: str) -> None:
    """Do the job and print the answer."""
    job = read_job(argument)
    confine(job)
    print("ready", flush=True)  # noqa: T201 - the protocol
    try:
        answer = work(job)
    except Refused as refusal:
        answer = {"refused": str(refusal)}
    except Image.DecompressionBombError:
        answer = {"refused": "too_many_pixels"}
    except (MemoryError, RecursionError):
        answer = {"refused": "too_complex"}
    except Exception:  # noqa: BLE001 - decoders answer hostile bytes with whatever they like; none of it may pass
        answer = {"refused": "damaged"}
    usage = resource.getrusage(resource.RUSAGE_SELF)
    answer["cpu_ms"] = round((usage.ru_utime + usage.ru_stime) * 1000)
    sys.stdout.write(json.dumps(answer))


def read_job(argument: str) -> Job:
    """Return the job the parent wrote."""
    values = json.loads(argument)
    return Job(Path(values["source"]), values["media_type"], Path(values["folder"]), values["limits"])


def work(job: Job) -> dict[str, Any]:
    """Decode the source and write its pages.

    Raises:
        Refused: with the code.
    """
    Image.MAX_IMAGE_PIXELS = job.limits["pixels"]
    refuse_hidden_archive(job.source)
    pages, warnings = open_pdf(job) if job.media_type == "application/pdf" else open_picture(job)
    return {"pages": write_pages(pages, job), "warnings": sorted(warnings)}


def write_pages(pages: Iterator[Image.Image], job: Job) -> list[tuple[int, int]]:
    """Write each page as a JPEG that holds pixels and nothing else; return their sizes."""
    quality = PAGE_QUALITY if job.media_type == "application/pdf" else PICTURE_QUALITY
    sizes, written = [], 0
    for number, page in enumerate(pages, start=1):
        path = job.folder / f"{number:04}.jpg"
        page.info.clear()  # Pillow would carry a comment over
        page.save(path, "JPEG", quality=quality)
        written += path.stat().st_size
        if written > job.limits["derivatives_mb"] * 1024 * 1024:
            raise Refused("too_complex")
        sizes.append(page.size)
    return sizes


def refuse_hidden_archive(source: Path) -> None:
    """Refuse a file that is a ZIP as well: ZIP is read from its end, so it can follow any picture or PDF."""
    try:
        with ZipFile(source) as archive:
            if archive.infolist():
                raise Refused("two_kinds")
    except (BadZipFile, ValueError, NotImplementedError, OSError, struct.error):
        return


# -- pictures ---------------------------------------------------------------------------------------------------------


def open_picture(job: Job) -> tuple[Iterator[Image.Image], set[str]]:
    """Return the picture as its one page, and what a reviewer should know about it."""
    if b"%PDF-" in job.source.read_bytes()[:1024]:
        raise Refused("two_kinds")
    warnings = inspect_picture(job)
    return iter([flat_picture(job)]), warnings


def inspect_picture(job: Job) -> set[str]:
    """Return the warnings, read from the header; its own function, so that its decoder is gone before the real one starts."""
    with Image.open(job.source, formats=(FORMATS[job.media_type],)) as image:
        if image.width * image.height > job.limits["pixels"]:
            raise Refused("too_many_pixels")
        # A JPEG "animation" is a phone's preview picture behind the real one.
        moves = getattr(image, "is_animated", False) and job.media_type != "image/jpeg"
        image.verify()
    return {"animated"} if moves else set()


def flat_picture(job: Job) -> Image.Image:
    """Return the picture upright, opaque, in sRGB and no longer than allowed; shrunk first, because every later step copies it."""
    side = job.limits["picture_side"]
    opened = Image.open(job.source, formats=(FORMATS[job.media_type],))
    orientation, profile = orientation_of(opened), opened.info.get("icc_profile")
    opened.draft(None, (side, side))
    opened.load()
    # The WebP decoder holds two more copies for as long as its picture lives.
    image = opened.copy() if job.media_type == "image/webp" else opened
    del opened
    image = shrink(plain_mode(image), side)
    if isinstance(orientation, int) and orientation in UPRIGHT:
        image = image.transpose(UPRIGHT[orientation])
    if image.mode == "RGBA":
        image = on_background(image)
    return to_srgb(image, profile)


def orientation_of(image: Image.Image) -> Any:
    """Return the EXIF orientation; a camera that writes broken EXIF data still took the picture."""
    with suppress(SyntaxError, ValueError, TypeError, KeyError, OSError, struct.error):
        return image.getexif().get(EXIF_ORIENTATION)
    return None


def plain_mode(image: Image.Image) -> Image.Image:
    """Return the picture in a mode that can be resized: L, RGB, RGBA or CMYK."""
    if image.mode.startswith("I"):
        return image.point(lambda value: value * (1 / 256)).convert("L")  # 16-bit grey; a plain conversion would clip it to white
    if image.mode in ("L", "RGB", "RGBA", "CMYK") and "transparency" not in image.info:
        return image  # no copy: at the pixel limit one costs 160 MB
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def shrink(image: Image.Image, side: int) -> Image.Image:
    """Return the picture with no side longer than `side`, its shape kept."""
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return image


def on_background(image: Image.Image) -> Image.Image:
    """Return the picture on white, or on grey where its visible part is so bright that white would hide it (a white logo)."""
    alpha = image.getchannel("A")
    visible = ImageStat.Stat(image.convert("L"), mask=alpha.point(lambda value: 255 if value > 127 else 0))
    colour = (128, 128, 128) if visible.count[0] and visible.mean[0] > BRIGHT and alpha.getextrema()[0] == 0 else (255, 255, 255)
    canvas = Image.new("RGB", image.size, colour)
    canvas.paste(image, mask=alpha)
    return canvas


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in sRGB; a profile that is huge, broken or of another colour space is ignored."""
    if profile and len(profile) <= LARGEST_PROFILE:
        try:
            converted = ImageCms.profileToProfile(image, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")


# -- documents --------------------------------------------------------------------------------------------------------


def open_pdf(job: Job) -> tuple[Iterator[Image.Image], set[str]]:
    """Return the PDF's pages as pictures, rendered one by one, and what a reviewer should know about it."""
    with job.source.open("rb") as stream:
        stream.seek(-min(2048, job.source.stat().st_size), os.SEEK_END)
        if b"%%EOF" not in stream.read():
            raise Refused("damaged")  # cut short; the libraries would show the part that is left as if it were all
    count, warnings = inspect_pdf(job)
    document = pypdfium2.PdfDocument(job.source)
    if len(document) != count:
        raise Refused("damaged")  # its page list contradicts itself: pages could hide from reviewers
    if document.get_formtype():
        document.init_forms()  # what was typed into a form is drawn; scripts are not compiled into this library
    return render_pages(document, job.limits), warnings


def inspect_pdf(job: Job) -> tuple[int, set[str]]:
    """Return the number of pages and the warnings, read from the structure; nothing is rendered."""
    try:
        pdf = pikepdf.open(job.source)
    except pikepdf.PasswordError:
        raise Refused("encrypted") from None
    with pdf:
        # The declared number first: a tree of a million pages is refused without walking it.
        if int(pdf.Root.Pages.get("/Count", 0)) > job.limits["pages"]:
            raise Refused("too_many_pages")
        if len(pdf.objects) > job.limits["pdf_objects"]:
            raise Refused("too_complex")
        count = len(pdf.pages)
        if count > job.limits["pages"]:
            raise Refused("too_many_pages")
        if count < 1:
            raise Refused("damaged")
        return count, active_content(pdf)


def active_content(pdf: Any) -> set[str]:
    """Return a warning for each kind of active content in the document."""
    found = set()
    for thing in pdf.objects:
        for part in dictionaries_in(thing):
            found |= {warning for key, warning in WARNING_OF_KEY.items() if key in part}
            if str(part.get("/S")) == "/Launch":
                found.add("pdf_launch")
    return found


WARNING_OF_KEY: Final = {"/JS": "pdf_javascript", "/JavaScript": "pdf_javascript", "/EF": "pdf_attachments", "/XFA": "pdf_xfa"}
DEEPEST_PART: Final = 6


def dictionaries_in(thing: Any, depth: int = DEEPEST_PART) -> Iterator[Any]:
    """Yield the dictionaries of one object, itself included, as deep as actions are written in place (page, annotations, action)."""
    if isinstance(thing, pikepdf.Dictionary):
        yield thing
        parts = [part for _, part in thing.items()]
    else:
        parts = list(thing) if isinstance(thing, pikepdf.Array) else []
    for part in parts if depth else ():
        if isinstance(part, pikepdf.Dictionary | pikepdf.Array) and not part.is_indirect:
            yield from dictionaries_in(part, depth - 1)


def render_pages(document: Any, limits: dict[str, int]) -> Iterator[Image.Image]:
    """Yield each page as a picture on white."""
    long = len(document) > limits["long_document_pages"]
    width = limits["long_document_width"] if long else limits["page_width"]
    for index in range(len(document)):
        page = document[index]
        page_width, page_height = page.get_size()
        bitmap = page.render(scale=page_scale(page_width, page_height, width, limits["page_height"]))
        yield bitmap.to_pil().convert("RGB")
        bitmap.close()
        page.close()


def page_scale(width: float, height: float, most_width: int, most_height: int) -> float:
    """Return pixels per point so that the page fits; a page of any claimed size costs the same."""
    if not (math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0):
        raise Refused("damaged")
    # One pixel less than the limit, because the renderer rounds up.
    return min((most_width - 1) / width, (most_height - 1) / height, HIGHEST_SCALE)


# -- the cage -----------------------------------------------------------------------------------------------------------

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
LANDLOCK_CREATE, LANDLOCK_ADD_PATH, LANDLOCK_RESTRICT = 444, 445, 446
RANDOM: Final = Path("/dev/urandom")  # the PDF library asks for it to open a document that has permissions set
LANDLOCK_ALL, LANDLOCK_TRUNCATE = 0x1FFF, 0x4000
LANDLOCK_READ_FILE, LANDLOCK_READ, LANDLOCK_WRITE = 0x04, 0x0C, 0x10E  # a file; files and folders; read, write and make files
AUDIT_ARCH: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
DENIED_CALLS: Final = {
    # socket connect bind socketpair; clone fork vfork execve execveat; kill tkill tgkill; ptrace process_vm_readv process_vm_writev
    # pidfd_getfd io_uring_setup clone3: no network, no second process, no look into another one
    "x86_64": (41, 42, 49, 53, 56, 57, 58, 59, 322, 62, 200, 234, 101, 310, 311, 438, 425, 435),
    "aarch64": (198, 203, 200, 199, 220, 221, 281, 129, 130, 131, 117, 270, 271, 438, 425, 435),
}
EPERM, SECCOMP_ALLOW, SECCOMP_ERRNO, SECCOMP_KILL = 1, 0x7FFF0000, 0x00050000, 0x80000000


def confine(job: Job) -> set[str]:
    """Lock this process in for good: resource limits everywhere, and on Linux the calls and folders it may use, as far as the kernel can.

    Returns the names of the walls in force: `limits`, `calls`, `folders`.
    """
    limit_resources(job.limits)
    walls = {"limits"}
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        walls |= {"folders"} if limit_folders(libc, job) else set()
        walls |= {"calls"} if limit_calls(libc) else set()
    return walls


def limit_resources(limits: dict[str, int]) -> None:
    """Cap memory, processor time, file size, descriptors and processes; yield the processor to whoever serves people."""
    os.nice(5)
    megabyte = 1024 * 1024
    caps = {
        resource.RLIMIT_AS: limits["address_space_mb"] * megabyte,
        resource.RLIMIT_CPU: limits["cpu_seconds"],
        resource.RLIMIT_FSIZE: limits["file_mb"] * megabyte,
        resource.RLIMIT_NOFILE: limits["open_files"],
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, cap in caps.items():
        ceiling = resource.getrlimit(kind)[1]
        allowed = cap if ceiling == resource.RLIM_INFINITY else min(cap, ceiling)
        # Only Linux knows every one of these; elsewhere (a developer's laptop) what the system offers has to do.
        with nullcontext() if sys.platform == "linux" else suppress(ValueError, OSError):
            resource.setrlimit(kind, (allowed, allowed))


def limit_folders(libc: Any, job: Job) -> bool:
    """Leave only the source, the libraries and fonts to read and the job's folder to write (Landlock); tell whether the kernel does it."""
    abi = libc.syscall(LANDLOCK_CREATE, None, 0, 1)
    if abi < 1:
        return False
    truncate = LANDLOCK_TRUNCATE if abi >= 3 else 0
    handled = ctypes.c_uint64(LANDLOCK_ALL | truncate)
    rules = libc.syscall(LANDLOCK_CREATE, ctypes.byref(handled), 8, 0)
    readable = [Path(path) for path in (sys.prefix, sys.base_prefix, "/usr", "/lib", "/lib64")]
    allowed = [(path, LANDLOCK_READ) for path in readable if path.is_dir()]
    for path, access in [*allowed, (job.source, LANDLOCK_READ_FILE), (RANDOM, LANDLOCK_READ_FILE), (job.folder, LANDLOCK_WRITE | truncate)]:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("=Qi", access, descriptor)
        libc.syscall(LANDLOCK_ADD_PATH, rules, 1, rule, 0)
        os.close(descriptor)
    done: bool = libc.syscall(LANDLOCK_RESTRICT, rules, 0) == 0
    os.close(rules)
    return done


def limit_calls(libc: Any) -> bool:
    """Make the kernel refuse the system calls no decoder needs (seccomp); tell whether it does."""
    machine = platform.machine()
    if machine not in AUDIT_ARCH:
        return False
    load, equal, above, answer = 0x20, 0x15, 0x35, 0x06
    denied = DENIED_CALLS[machine]
    program = [(load, 0, 0, 4), (equal, 1, 0, AUDIT_ARCH[machine]), (answer, 0, 0, SECCOMP_KILL), (load, 0, 0, 0)]
    program += [(above, len(denied) + 1, 0, 0x40000000)]  # the x32 numbers, a second door to the same calls
    program += [(equal, len(denied) - index, 0, number) for index, number in enumerate(denied)]
    program += [(answer, 0, 0, SECCOMP_ALLOW), (answer, 0, 0, SECCOMP_ERRNO | EPERM)]
    code = b"".join(struct.pack("=HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HP", len(program), ctypes.addressof(buffer))
    return bool(libc.prctl(PR_SET_SECCOMP, 2, header, 0, 0) == 0)


if __name__ == "__main__":
    main(sys.argv[1])

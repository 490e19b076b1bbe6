"""The corpus through the pipeline: what is accepted, what is refused with which words, and what the pages hold."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from ipp.core.errors import DomainError, TooLarge, UnsupportedType
from ipp.core.files import Examined, Limits, Page, Reason, UploadRefused, examine
from tests.core.files import corpus
from tests.core.files.corpus import Sample

ROOT = Path(__file__).resolve().parents[3]
names = {"ids": lambda sample: sample.name}


def examined(data: bytes, workdir: Path, limits: Limits | None = None) -> Examined:
    """Examine these bytes."""
    path = workdir / "upload"
    path.write_bytes(data)
    return examine(path, workdir=workdir, limits=limits)


def only_page(data: bytes, workdir: Path) -> Image.Image:
    """Return the one page made of these bytes."""
    (page,) = examined(data, workdir).pages
    with Image.open(page.path) as image:
        return image.copy()


def grey(image: Image.Image, x: int, y: int) -> int:
    """Return the brightness of a pixel."""
    value = image.convert("L").getpixel((x, y))
    assert isinstance(value, int)
    return value


@pytest.mark.parametrize("sample", corpus.GOOD, **names)
def test_a_good_file_becomes_pages_of_pixels(sample: Sample, workdir: Path) -> None:
    path = sample.write(workdir)

    result = examine(path, workdir=workdir)

    assert (result.media_type, len(result.pages), result.warnings) == (sample.outcome, sample.pages, sample.warnings)
    assert (result.size, result.scan) == (path.stat().st_size, "unscanned")
    for number, page in enumerate(result.pages, start=1):
        assert_pixels_only(page, number)


def assert_pixels_only(page: Page, number: int) -> None:
    """Assert that a page is what it says and holds nothing beside its pixels."""
    with Image.open(page.path) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (page.width, page.height))
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
        assert max(image.size) <= 4800
    assert corpus.SECRET not in page.path.read_bytes()
    assert (page.number, page.media_type) == (number, "image/jpeg")


@pytest.mark.parametrize("sample", corpus.REFUSED, **names)
def test_a_bad_file_is_refused_with_a_code_and_a_way_to_mend_it(sample: Sample, workdir: Path) -> None:
    path = sample.write(workdir)

    with pytest.raises(DomainError) as refusal:
        examine(path, workdir=workdir)

    assert refusal.value.code == sample.outcome
    assert isinstance(refusal.value, {"unsupported_type": UnsupportedType}.get(sample.outcome, UploadRefused))
    assert len(str(refusal.value.message)) > 60


def test_the_corpus_meets_every_code_that_content_can_cause() -> None:
    met = {sample.outcome for sample in corpus.REFUSED}

    assert met == set(Reason) - {Reason.TOO_LARGE, Reason.INFECTED}


@pytest.mark.parametrize("make", [lambda: corpus.jpeg(exif=corpus.exif(), comment=corpus.SECRET), corpus.pdf_with_secret])
def test_the_secret_of_the_corpus_stands_in_the_originals_it_must_vanish_from(make: object) -> None:
    assert corpus.SECRET in make()  # type: ignore[operator]


def test_a_file_over_the_cap_is_too_large(workdir: Path) -> None:
    with pytest.raises(TooLarge) as refusal:
        examined(corpus.jpeg(), workdir, Limits(bytes=1000))

    assert refusal.value.code == "too_large"


def test_a_picture_at_the_pixel_limit_passes_and_one_row_more_is_refused(workdir: Path) -> None:
    limits = Limits(pixels=320 * 200)

    assert examined(corpus.jpeg(), workdir, limits).pages
    with pytest.raises(UploadRefused) as refusal:
        examined(corpus.encoded(corpus.picture(size=(320, 201)), "JPEG"), workdir, limits)

    assert refusal.value.code == "too_many_pixels"


def test_the_fingerprints_are_those_of_the_original_and_of_each_page(workdir: Path) -> None:
    result = examined(corpus.pdf(2), workdir)

    for path, recorded in [(workdir / "upload", result.sha256), *((page.path, page.sha256) for page in result.pages)]:
        assert subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout.startswith(recorded)


@pytest.mark.parametrize(("orientation", "dark_corner"), [(1, (9, 100)), (3, (310, 100)), (6, (100, 9)), (8, (100, 310))])
def test_a_picture_is_turned_as_its_camera_was_held(orientation: int, dark_corner: tuple[int, int], workdir: Path) -> None:
    data = corpus.jpeg(exif=corpus.exif(orientation))

    page = only_page(data, workdir)

    assert page.size == ((320, 200) if orientation in (1, 3) else (200, 320))
    opposite = page.width - 1 - dark_corner[0], page.height - 1 - dark_corner[1]
    assert grey(page, *dark_corner) < 60 < 190 < grey(page, *opposite)


def test_a_deep_grey_picture_keeps_its_shades(workdir: Path) -> None:
    page = only_page(corpus.deep_grey_png(), workdir)

    assert grey(page, 20, 30) == pytest.approx(8_000 / 256, abs=6)
    assert grey(page, 80, 30) == pytest.approx(48_000 / 256, abs=6)


def test_a_cmyk_picture_keeps_its_colour(workdir: Path) -> None:
    page = only_page(corpus.encoded(Image.new("CMYK", (40, 40), (0, 255, 255, 0)), "JPEG"), workdir)

    red, green, blue = page.getpixel((20, 20))  # type: ignore[misc]
    assert red > 200 > 80 > max(green, blue)


def test_a_transparent_picture_lies_on_white(workdir: Path) -> None:
    logo = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    logo.paste((10, 10, 90, 255), (10, 10, 30, 30))

    page = only_page(corpus.encoded(logo, "PNG"), workdir)

    assert grey(page, 2, 2) > 245
    assert grey(page, 20, 20) < 40


def test_a_white_logo_without_background_stays_visible(workdir: Path) -> None:
    logo = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    logo.paste((255, 255, 255, 255), (10, 10, 30, 30))

    page = only_page(corpus.encoded(logo, "PNG"), workdir)

    assert grey(page, 20, 20) - grey(page, 2, 2) > 90


def test_a_pdf_page_shows_its_text(workdir: Path) -> None:
    page = only_page(corpus.pdf(), workdir)

    text = page.convert("L").crop((100, 330, 500, 420))
    assert text.getextrema()[0] < 60
    assert grey(page, 800, 1500) > 250


def test_what_was_typed_into_a_form_is_shown(workdir: Path) -> None:
    page = only_page(corpus.pdf_with_typed_field(), workdir)

    assert grey(page, 500, 500) < 60


def test_a_large_picture_is_scaled_down_and_a_small_one_is_left_alone(workdir: Path) -> None:
    large = only_page(corpus.encoded(corpus.picture(size=(4200, 1400)), "PNG"), workdir)
    small = only_page(corpus.encoded(corpus.picture(size=(33, 11)), "PNG"), workdir)

    assert (large.size, small.size) == ((3000, 1000), (33, 11))


def test_decoding_a_large_picture_costs_the_web_process_no_memory(workdir: Path) -> None:
    data = corpus.png_of(6300, 6300, 8, 2, corpus.zeros(6300 * (6300 * 3 + 1)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    result = examined(data, workdir)

    assert result.pages[0].width == 3000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024


def test_the_web_process_does_not_even_load_a_decoder() -> None:
    program = """
import sys
from django.conf import settings
settings.configure()
import ipp.core.files, ipp.core.files.origin
print(sorted({"PIL", "pikepdf", "pypdfium2"} & set(sys.modules)))
"""

    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert loaded == "[]\n"

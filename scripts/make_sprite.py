"""Makes static/ipp/img/icons.svg, the one sprite of every drawing in use, from an unpacked @tabler/icons package (MIT).

python scripts/make_sprite.py PATH/TO/UNPACKED/PACKAGE
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ipp.core.icons import ICONS  # noqa: E402  (the repository is put on the path first)

SPRITE = ROOT / "static/ipp/img/icons.svg"
SYMBOL = (
    '<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
    'stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
)
SHAPE = re.compile(r"<(?:path|circle|rect|line|polyline|ellipse)\b[^>]*/>")
INVISIBLE = 'd="M0 0h24v24H0z"'


def make_sprite(package: Path) -> str:
    """Return the sprite as SVG text.

    Raises:
        FileNotFoundError: the package has no drawing of a name in ICONS.
    """
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    note = f"<!-- @tabler/icons {version}, MIT licence, Copyright (c) 2020-2026 Paweł Kuna; made by scripts/make_sprite.py -->"
    symbols = [SYMBOL.format(name=name, shapes=_shapes(package / "icons/outline" / f"{name}.svg")) for name in sorted(ICONS)]
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg">{note}', *symbols, "</svg>", ""])


def _shapes(drawing: Path) -> str:
    found = SHAPE.findall(drawing.read_text(encoding="utf-8"))
    return "".join(re.sub(r"\s+/>", "/>", shape) for shape in found if INVISIBLE not in shape)


if __name__ == "__main__":
    SPRITE.write_text(make_sprite(Path(sys.argv[1])), encoding="utf-8")
    print(f"{SPRITE.relative_to(ROOT)}: {len(ICONS)} drawings")

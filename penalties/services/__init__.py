"""The use cases of penalties: what upheld listings mean for a shop, who agrees to close one, and what the marketplace is asked for."""

from __future__ import annotations

from penalties.services.carrying_out import carry_out
from penalties.services.closing import propose_closure, release_closure, send_back_closure
from penalties.services.counting import note_released, note_upheld
from penalties.services.serving import confirm_lesson, sweep

__all__ = [
    "carry_out",
    "confirm_lesson",
    "note_released",
    "note_upheld",
    "propose_closure",
    "release_closure",
    "send_back_closure",
    "sweep",
]

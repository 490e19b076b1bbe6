"""What the middleware learned of a request: its id, who acts, for which organization. Kept beside the request, typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest

from ipp.core.actors import Actor

if TYPE_CHECKING:
    from ipp.core.models import Organization

ATTRIBUTE = "_ipp_frame"


@dataclass
class Frame:
    """One request's frame. `actor` is None for visitors."""

    request_id: str = ""
    actor: Actor | None = None
    organization: Organization | None = None
    second_factor_missing: bool = False


def frame_of(request: HttpRequest) -> Frame:
    """Return the request's frame; an empty one where no middleware has been (a test calling a view by hand)."""
    frame: Frame = request.__dict__.setdefault(ATTRIBUTE, Frame())
    return frame

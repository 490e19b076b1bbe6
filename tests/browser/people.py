"""Who is on the stage beside the demo's own people; without Django, so that the browser's side can name them too."""

from __future__ import annotations

SELLER = "tess.almeida@fernkettle.example"
"""The owner of a seller with two shops, one of them with three strikes."""

SECOND_REVIEWER = "marc.odier@ipp.example"
"""Who decides disputes: somebody who accepted none of the listings."""

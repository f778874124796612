"""The tiles of all references that a release's checkpoint commits to. What they are is in `cleanroom/tiles.py`."""

from typing import Any

from annotation.cleanroom.tiles import TileFiles, tiles_of
from annotation.models import Commitment
from annotation.services.gate_settings import engine_in_force

ROWS_A_FETCH = 2000


def tiles_for_release(checkpoint: dict[str, Any] | None) -> TileFiles:
    """Return the tiles of every reference in the log up to a checkpoint whose text still stands, as the auditor opens them."""
    committed = Commitment.objects.filter(position__lt=checkpoint["size"] if checkpoint else 0, salt__isnull=False)
    texts = committed.exclude(reference__text="").order_by("position").values_list("reference__text", flat=True)
    return tiles_of(texts.iterator(chunk_size=ROWS_A_FETCH), engine_in_force().stops)

"""What a replica of an index says of itself to whoever watches it."""

import asyncio
from typing import TYPE_CHECKING, Final

from deployments.metrics import (
    GALLERY_DRIVERS,
    GALLERY_LAG,
    GALLERY_OPEN,
    GALLERY_RECALL,
    GALLERY_SEQUENCE,
)
from pipelines.errors import GalleryUnavailable

if TYPE_CHECKING:
    from pipelines.gallery.gallery import Gallery

_LOOK_WITHIN_S: Final = 1.0  # shorter than whoever asks waits


class GalleryGauges:
    """The gauges of one replica's index.

    Args:
        shard: Which one it holds.
    """

    def __init__(self, shard: int) -> None:
        label = str(shard)
        self._open = GALLERY_OPEN.labels(label)
        self._drivers = GALLERY_DRIVERS.labels(label)
        self._sequence = GALLERY_SEQUENCE.labels(label)
        self._lag = GALLERY_LAG.labels(label)
        self._recall = GALLERY_RECALL.labels(label)

    async def look(self, gallery: "Gallery | None") -> None:
        """Sets the gauges as of now; where the store cannot be read, the rest stays as it was.

        Args:
            gallery: None while it is not open yet.
        """
        if gallery is None:
            self._open.set(0)
            return
        before = gallery.sequence
        try:
            status = await asyncio.wait_for(asyncio.to_thread(gallery.status), _LOOK_WITHIN_S)
        except (GalleryUnavailable, TimeoutError):
            self._open.set(0)
            return
        self._open.set(1)
        self._drivers.set(status.drivers)
        self._sequence.set(status.sequence)
        self._lag.set(status.sequence - before)
        self._recall.set(1.0 if status.recall is None else status.recall)

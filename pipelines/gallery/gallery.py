"""Store and index kept together: every search answers as of what was committed before it."""

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from configs.settings import GallerySettings
from pipelines.gallery.index import ExactIndex
from pipelines.gallery.records import EnrolledFace
from pipelines.gallery.store import GalleryStore
from pipelines.types import DriverMatch, GallerySearch


class Gallery:
    """A replica's view of the drivers. Thread-safe; its methods block on the database.

    Args:
        store: The truth.
        top_k: Most drivers named by a search.
    """

    def __init__(self, store: GalleryStore, top_k: int) -> None:
        self.store = store
        self._top_k = top_k
        self._index = ExactIndex(store.dimension)
        self._sequence: int | None = None
        self._lock = threading.Lock()

    @classmethod
    def open(cls, settings: GallerySettings, model_id: str, dimension: int) -> "Gallery":
        """Open the store, migrating it where that is due, and load the index.

        Args:
            settings: The gallery's part of the settings tree.
            model_id: The running face model; faces of other models are not searched.
            dimension: Length of its vectors.

        Raises:
            ConfigurationError: The database URL cannot work, or a newer version made the database.
            GalleryUnavailable: The database cannot be reached or written.
        """
        gallery = cls(GalleryStore.open(settings, model_id, dimension), settings.top_k)
        with gallery._lock:
            gallery._follow()
        return gallery

    @property
    def size(self) -> int:
        """Drivers in the index as of the last search."""
        return len(self._index)

    @property
    def sequence(self) -> int:
        """Last change that the index includes."""
        return self._sequence or 0

    def search(self, vectors: NDArray[np.float32]) -> list[GallerySearch]:
        """Find the nearest drivers of each vector.

        Everything acknowledged by any replica before the call is seen. The store is asked once
        for the whole batch.

        Args:
            vectors: ``(N, D)`` float32 of unit L2 norm.

        Returns:
            One answer a vector, in order.

        Raises:
            GalleryUnavailable: The store cannot be reached: no answer is given from the past.
            ValueError: Vectors of another shape.
        """
        if vectors.ndim != 2 or vectors.shape[1] != self.store.dimension:
            raise ValueError(f"vectors of shape {vectors.shape}, not (N, {self.store.dimension})")
        with self._lock:
            sequence = self._follow()
            size = len(self._index)
            ids, cosines = self._index.search(vectors, self._top_k)
        return [
            GallerySearch(
                matches=tuple(map(DriverMatch, row_ids, row_cosines)),
                gallery_size=size,
                sequence=sequence,
            )
            for row_ids, row_cosines in zip(ids.tolist(), cosines.tolist(), strict=True)
        ]

    def register(self, faces: Sequence[EnrolledFace], driver_id: int | None = None) -> int:
        """Enrol a new driver, or add faces to a known one; see ``GalleryStore.register``.

        Raises:
            DriverNotFound: There is no such driver.
            GalleryUnavailable: The store failed; nothing was acknowledged.
        """
        return self.store.register(faces, driver_id)

    def erase(self, driver_id: int) -> tuple[str, ...]:
        """Delete a driver; the keys of the display crops are left for the caller to remove.

        Raises:
            DriverNotFound: There is no such driver.
            GalleryUnavailable: The store failed; nothing was acknowledged.
        """
        return self.store.erase(driver_id)

    def best_crop(self, driver_id: int) -> str | None:
        """Key of the display crop of the driver's best face; None without a face of this model.

        Raises:
            DriverNotFound: There is no such driver.
            GalleryUnavailable: The store cannot be reached.
        """
        best = next(iter(self.store.faces_of(driver_id)), None)
        return best.crop_key if best else None

    def check(self) -> None:
        """Read the store once, for a health check.

        Raises:
            GalleryUnavailable: The store cannot be reached.
        """
        self.store.head_sequence()

    def close(self) -> None:
        """Give the database connections back."""
        self.store.close()

    def _follow(self) -> int:
        """Apply what was committed since the last look; the lock is held."""
        if self._sequence is not None and self.store.head_sequence() == self._sequence:
            return self._sequence
        update = self.store.update_since(self._sequence)
        if update.complete:
            self._index.clear()
        else:
            self._index.remove(np.setdiff1d(update.touched, update.driver_ids))
        self._index.put(update.driver_ids, update.templates)
        self._sequence = update.sequence
        return update.sequence

"""Store and index kept together: every search answers as of what was committed before it."""

import logging
import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from configs.settings import GallerySettings
from pipelines.errors import GalleryUnavailable
from pipelines.gallery.index import ExactIndex
from pipelines.gallery.records import EnrolledFace, Head
from pipelines.gallery.store import GalleryStore
from pipelines.gallery.thresholds import threshold_for
from pipelines.types import DriverMatch, GallerySearch

logger = logging.getLogger(__name__)


class Gallery:
    """A replica's view of the drivers. Thread-safe; its methods block on the database.

    Args:
        store: The truth.
        settings: Most drivers named by a search, and the thresholds.
    """

    def __init__(self, store: GalleryStore, settings: GallerySettings) -> None:
        self.store = store
        self._settings = settings
        self._index = ExactIndex(store.dimension)
        self._head: Head | None = None
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
        gallery = cls(GalleryStore.open(settings, model_id, dimension), settings)
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
        return self._head.sequence if self._head else 0

    def require_model(self, model_id: str) -> None:
        """Refuse vectors of another model than this gallery's.

        Raises:
            Unavailable: The vectors are of another model, as while the encoder is being replaced.
        """
        self.store.require_model(model_id)

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
            ids, cosines = self._index.search(vectors, self._settings.top_k)
        return [
            GallerySearch(
                matches=tuple(map(DriverMatch, row_ids, row_cosines)),
                gallery_size=size,
                sequence=sequence,
            )
            for row_ids, row_cosines in zip(ids.tolist(), cosines.tolist(), strict=True)
        ]

    def register(
        self,
        faces: Sequence[EnrolledFace],
        driver_id: int | None = None,
        token: str | None = None,
    ) -> int:
        """Enrol a new driver, or add faces to a known one; see ``GalleryStore.register``.

        Somebody who is enrolled twice resembles both drivers alike, so that neither is recognised.
        That is no error here: a warning in the log names both drivers.

        Raises:
            DriverNotFound: There is no such driver.
            GalleryUnavailable: The store failed; nothing was acknowledged.
            Unavailable: The faces are of another model, or the registration was withdrawn.
        """
        registered = self.store.register(faces, driver_id, token)
        if driver_id is None:
            self._warn_of_twins(registered, faces)
        return registered

    def withdraw(self, token: str) -> int | None:
        """Say what became of a registration, and make sure that it stays so.

        Returns:
            The driver of a registration that was committed; None where it was not, and then it
            never will be.

        Raises:
            GalleryUnavailable: The store failed; nothing was acknowledged.
        """
        return self.store.withdraw(token)

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
        if self._head is not None and self.store.head() == self._head:
            return self._head.sequence
        update = self.store.update_since(self._head)
        if update.complete:
            self._index.clear()
        else:
            self._index.remove(np.setdiff1d(update.touched, update.driver_ids))
        self._index.put(update.driver_ids, update.templates)
        self._head = update.head
        return update.head.sequence

    def _warn_of_twins(self, driver_id: int, faces: Sequence[EnrolledFace]) -> None:
        total = np.sum([face.embedding for face in faces], axis=0, dtype=np.float32)
        template = total / np.maximum(np.linalg.norm(total), np.finfo(np.float32).tiny)
        try:
            answer = self.search(template[np.newaxis])[0]
        except GalleryUnavailable:
            return  # the driver is enrolled; only the warning is lost
        threshold = threshold_for(answer.gallery_size, self._settings.thresholds)
        for match in answer.matches:
            if match.driver_id != driver_id and match.similarity >= threshold:
                logger.warning(
                    "new driver %d resembles driver %d (cosine %.2f): if both are one person, "
                    "neither is recognised until one of them is erased",
                    driver_id,
                    match.driver_id,
                    match.similarity,
                )

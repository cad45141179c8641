"""Store and index kept together: every search answers as of what was committed before it."""

import logging
from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np
from numpy.typing import NDArray

from configs.settings import GallerySettings
from pipelines.errors import GalleryUnavailable
from pipelines.gallery.approximate import check_device
from pipelines.gallery.books import books_of
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.index_status import IndexStatus
from pipelines.gallery.judged import Judged
from pipelines.gallery.records import EnrolledFace
from pipelines.gallery.replica import IndexReplica
from pipelines.gallery.store import GalleryStore
from pipelines.gallery.thresholds import threshold_for
from pipelines.types import GallerySearch

logger = logging.getLogger(__name__)

_NO_DETAILS = DriverDetails()


class Gallery:
    """A replica's view of the drivers, or of one shard of them.

    Thread-safe; its methods block on the database.

    Every search includes whatever was acknowledged before it began (``IndexReplica`` says why).

    Args:
        store: The truth.
        settings: Most drivers named by a search, thresholds, snapshots and kinds of index.
        shard: Only drivers whose id leaves this rest when divided by ``settings.shards``.
    """

    def __init__(self, store: GalleryStore, settings: GallerySettings, shard: int = 0) -> None:
        self.store = store
        self.books = books_of(store)
        self._settings = settings
        self._replica = IndexReplica(store, settings, shard)

    @classmethod
    def open(
        cls, settings: GallerySettings, model_id: str, dimension: int, shard: int = 0
    ) -> "Gallery":
        """Open the store, migrating it where that is due, and load the index.

        It starts from the newest snapshot that can be used, and otherwise from the store.

        Args:
            settings: The gallery's part of the settings tree.
            model_id: The running face model; faces of other models are not searched.
            dimension: Length of its vectors.
            shard: Which of ``settings.shards``.

        Raises:
            ConfigurationError: The database URL or the index device cannot work, or a newer
                version made the database.
            GalleryUnavailable: The database cannot be reached or written.
        """
        check_device(settings.index_device)
        with ExitStack() as undo:
            store = GalleryStore.open(settings, model_id, dimension)
            undo.callback(store.close)
            gallery = cls(store, settings, shard)
            gallery._replica.start()
            undo.pop_all()
        return gallery

    @property
    def size(self) -> int:
        """Drivers in the index as of the last search."""
        return self._replica.size

    @property
    def sequence(self) -> int:
        """Last change that the index includes."""
        return self._replica.sequence

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
        return self._replica.search(vectors)

    def register(
        self,
        faces: Sequence[EnrolledFace],
        driver_id: int | None = None,
        token: str | None = None,
        details: DriverDetails = _NO_DETAILS,
        fingerprint: str | None = None,
        judged: Judged | None = None,
    ) -> int:
        """Enrol a new driver, or add faces to a known one; see ``GalleryStore.register``.

        Any shard may be asked, whatever shard the driver comes to belong to.

        Somebody who is enrolled twice resembles both drivers alike, so that neither is recognised.
        That is no error here: a warning in the log names both drivers, where the other one is of
        this shard.

        Raises:
            AlreadyEnrolled: ``judged`` was overtaken.
            DriverNotFound: There is no such driver.
            ExternalIdTaken: Another driver has this external id.
            GalleryUnavailable: The store failed; nothing was acknowledged.
            IdempotencyKeyReused: The token came with another fingerprint.
            Unavailable: The faces are of another model, or the registration was withdrawn.
        """
        registered = self.store.register(faces, driver_id, token, details, fingerprint, judged)
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

    def check(self) -> None:
        """Read the store once, for a health check.

        Raises:
            GalleryUnavailable: The store cannot be reached.
        """
        self.store.head_sequence()

    @property
    def failed(self) -> bool:
        """Whether the upkeep has ended by an error, so that a new replica is needed."""
        return self._replica.failed

    def status(self) -> IndexStatus:
        """What the index says of itself, as of everything committed before the call.

        Raises:
            GalleryUnavailable: The store cannot be reached.
        """
        return self._replica.status()

    def close(self) -> None:
        """End the upkeep and give the database connections back."""
        self._replica.stop()
        self.store.close()

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

"""What concerns the gallery as a whole: one method, one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from configs.settings import RetentionSettings
from pipelines.errors import Conflict
from pipelines.events import rows as event_rows
from pipelines.gallery import (
    change_log,
    driver_rows,
    face_rows,
    housekeeping,
    model_vectors,
    transfer,
)
from pipelines.gallery.change_log import Line
from pipelines.gallery.driver_records import ExportedDriver, GalleryCounts
from pipelines.gallery.records import ChangeKind
from pipelines.gallery.vectors import encoded
from pipelines.types import Vector
from pipelines.vehicles import changes as vehicle_changes

if TYPE_CHECKING:
    from pipelines.gallery.store import GalleryStore

_LONGEST_PAGE = 10_000


class WholeGallery:
    """Moving drivers between galleries, forgetting what is due, and vectors of several models.

    Every method may raise GalleryUnavailable.

    Args:
        store: Where the drivers are kept.
    """

    def __init__(self, store: "GalleryStore") -> None:
        self._store = store

    def export(self, after: int, limit: int, pictures: bool) -> tuple[ExportedDriver, ...]:
        """Drivers in the order of their ids, with the vectors of every model.

        Args:
            after: The last id that was exported, 0 at first.
            limit: Most drivers, 1 to 10,000.
            pictures: Whether the aligned faces go with them, about 25 KB each.
        """
        span = span_of(after, limit)
        with self._store.seeing_one_state() as connection:
            return transfer.export(connection, self._store.model_id, span, pictures)

    def bring_in(self, drivers: Sequence[ExportedDriver], token: str) -> tuple[int, ...]:
        """Write drivers of another gallery under new ids: all or nothing, and once a token.

        Raises:
            ExternalIdTaken: Another driver has one of the external ids; ``extra`` names it.
            IdempotencyKeyReused: The token came with other drivers.
            InvalidRequest: Something in them cannot be stored.
            Unavailable: The token was withdrawn.
        """
        arrival = transfer.Arrival(drivers, self._store.model_id, self._store.dimension)
        with self._store.writing() as connection:
            return arrival.write(connection, token)

    def was_used(self, token: str) -> bool:
        """Whether drivers were brought in under a token, wherever they are now."""
        with self._store.reading() as connection:
            return change_log.driver_of(connection, token) is not None

    def vector_lengths(self, model_ids: Sequence[str]) -> dict[str, int]:
        """Length of the stored vectors of some models; those without any are left out."""
        with self._store.reading() as connection:
            return model_vectors.lengths(connection, model_ids)

    def expired(self, now: datetime, settings: RetentionSettings, limit: int) -> tuple[int, ...]:
        """Drivers that the retention settings want erased at this moment (timezone-aware)."""
        with self._store.reading() as connection:
            return housekeeping.expired(connection, now, settings, limit)

    def erase_expired(
        self, driver_id: int, now: datetime, settings: RetentionSettings
    ) -> tuple[str, ...] | None:
        """Delete a driver that ``expired`` named, as ``erase`` does.

        Returns:
            Keys of the display crops; None where the driver is not due any more, as when a face or
            a longer validity has come since, and nothing is deleted.
        """
        with self._store.writing() as connection:
            driver_rows.require(connection, driver_id)
            if not housekeeping.is_expired(connection, driver_id, now, settings):
                return None
            crop_keys = erase_rows(connection, driver_id, "retention")
        self._store.scrub()
        return crop_keys

    def pending_removals(self, limit: int) -> tuple[str, ...]:
        """Crops of erased faces whose files are still to be removed, the oldest first."""
        with self._store.reading() as connection:
            return housekeeping.pending_removals(connection, limit)

    def removals_done(self, keys: Sequence[str]) -> None:
        """Forget crops whose files are gone; takes no number of the change log."""
        with self._store.writing() as connection:
            housekeeping.removals_done(connection, keys)
        self._store.scrub()

    def counts(self) -> GalleryCounts:
        """How much is stored."""
        with self._store.seeing_one_state() as connection:
            return housekeeping.counts(connection, self._store.model_id)

    def unembedded(
        self, model_id: str, limit: int, after: int = 0
    ) -> tuple[tuple[int, bytes], ...]:
        """``(face_id, aligned PNG)`` of faces after an id that lack a vector of a model."""
        with self._store.reading() as connection:
            return model_vectors.unembedded(connection, model_id, limit, after)

    def add_embeddings(self, model_id: str, vectors: Mapping[int, Vector]) -> int:
        """Write vectors of a model; faces that were erased, or have one, are passed over.

        Args:
            model_id: What made the vectors.
            vectors: Face id -> ``(D,)`` float32 of unit L2 norm.

        Returns:
            Vectors written.

        Raises:
            ValueError: A vector of another shape or length.
        """
        if not vectors:
            return 0
        lengths = {vector.size for vector in vectors.values()}
        dimension = self._store.dimension if model_id == self._store.model_id else max(lengths)
        stored = {face_id: encoded(vector, dimension) for face_id, vector in vectors.items()}
        with self._store.writing() as connection:
            return model_vectors.add(connection, model_id, stored)

    def drop_model(self, model_id: str) -> int:
        """Delete all vectors of a model that is no longer used, and return how many there were.

        Raises:
            Conflict: It is the running model.
        """
        if model_id == self._store.model_id:
            raise Conflict(f"the vectors of the running model {model_id} are in use")
        dropped, after = 0, 0
        while True:
            # Many short transactions, so that other writers get their turn.
            with self._store.writing() as connection:
                some, after = model_vectors.drop_some(connection, model_id, after)
            if not some:
                break
            dropped += some
        self._store.scrub()
        return dropped


def erase_rows(connection: Connection, driver_id: int, detail: str | None) -> tuple[str, ...]:
    """Delete a driver inside a transaction, log it, and return the keys of the crops."""
    crop_keys = face_rows.queue_crops(connection, driver_id)
    crop_keys += event_rows.forget_driver(connection, driver_id)
    vehicle_changes.forget_driver(connection, driver_id)
    driver_rows.remove(connection, driver_id)
    change_log.log(connection, [Line(ChangeKind.DRIVER_ERASED, driver_id, detail)])
    return crop_keys


def span_of(after: int, limit: int) -> tuple[int, int]:
    """A checked span of drivers, for ``driver_rows.page``.

    Raises:
        ValueError: ``limit`` is out of bounds.
    """
    if not 0 < limit <= _LONGEST_PAGE:
        raise ValueError(f"a page of {limit} drivers, not 1 to {_LONGEST_PAGE}")
    return after, limit

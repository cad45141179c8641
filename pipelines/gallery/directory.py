"""The drivers as people look after them: one method, one transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pipelines.errors import InvalidRequest
from pipelines.events import rows as event_rows
from pipelines.gallery import change_log, driver_rows, face_rows, look_alikes
from pipelines.gallery.change_log import Line
from pipelines.gallery.driver_records import (
    DetailChanges,
    DriverDetails,
    DriverPage,
    DriverRecord,
)
from pipelines.gallery.judged import Likeness
from pipelines.gallery.records import ChangeKind, StoredFace
from pipelines.gallery.whole_gallery import WholeGallery, erase_rows, span_of
from pipelines.types import Vector
from pipelines.vehicles import changes as vehicle_changes


class DriverDirectory(WholeGallery):
    """Reads and changes of single drivers, and of the whole gallery. Thread-safe.

    Every method may raise GalleryUnavailable, and one that names a driver DriverNotFound.
    ``version``, where it is not None, must be the driver's present one: VersionMismatch otherwise.
    """

    def get(self, driver_id: int) -> DriverRecord:
        """One driver."""
        with self._store.seeing_one_state() as connection:
            return driver_rows.get(connection, driver_id, self._store.model_id)

    def page(
        self,
        after: int = 0,
        limit: int = 100,
        query: str | None = None,
        external_id: str | None = None,
    ) -> DriverPage:
        """Drivers in the order of their ids; a driver is neither skipped nor named twice.

        Args:
            after: The last id of the page before.
            limit: Most drivers, 1 to 10,000.
            query: Part of the name or of the external id; case and accents count for nothing.
            external_id: The whole external id.

        Raises:
            ValueError: ``limit`` is out of bounds.
        """
        span = span_of(after, limit)
        with self._store.reading() as connection:
            return driver_rows.page(connection, self._store.model_id, span, query, external_id)

    def update(
        self, driver_id: int, changes: DetailChanges, version: int | None = None
    ) -> DriverRecord:
        """Replace details.

        Raises:
            ExternalIdTaken: Another driver has this external id.
            InvalidRequest: The details cannot be stored.
        """
        with self._store.writing() as connection:
            model_id = self._store.model_id
            record = driver_rows.get(connection, driver_id, model_id, version)
            driver_rows.change(connection, record, changes, datetime.now(UTC))
            named = ", ".join(sorted(changes))
            change_log.log(connection, [Line(ChangeKind.DRIVER_UPDATED, driver_id, named)])
            return driver_rows.get(connection, driver_id, model_id)

    def erase(
        self, driver_id: int, version: int | None = None, detail: str | None = None
    ) -> tuple[str, ...]:
        """Delete a driver with every face, and the faces' vectors of every model.

        Events keep the plate and the decision, and nothing that says who it was. Vehicles name the
        driver no more.

        Args:
            driver_id: The driver.
            version: See above.
            detail: Why, for the change log; at most 200 characters, no personal data.

        Returns:
            Keys of the display crops whose files are to be removed; ``pending_removals`` names
            them until ``removals_done`` is told.
        """
        with self._store.writing() as connection:
            driver_rows.get(connection, driver_id, self._store.model_id, version)
            crop_keys = erase_rows(connection, driver_id, detail)
        self._store.scrub()
        return crop_keys

    def faces(self, driver_id: int) -> tuple[StoredFace, ...]:
        """The driver's faces, the best to look at first."""
        with self._store.seeing_one_state() as connection:
            driver_rows.require(connection, driver_id)
            return face_rows.of_driver(connection, driver_id, self._store.model_id)

    def remove_face(self, driver_id: int, face_id: int, version: int | None = None) -> DriverRecord:
        """Delete one face of several.

        Raises:
            FaceNotFound: The driver has no such face.
            LastFace: The driver has no other one, or no other one that the running model can
                compare.
        """
        with self._store.writing() as connection:
            model_id = self._store.model_id
            driver_rows.get(connection, driver_id, model_id, version)
            face_rows.remove(connection, driver_id, face_id, model_id)
            driver_rows.touch(connection, driver_id, datetime.now(UTC))
            line = Line(ChangeKind.FACE_REMOVED, driver_id, f"face {face_id}")
            change_log.log(connection, [line])
            record = driver_rows.get(connection, driver_id, model_id)
        self._store.scrub()
        return record

    def merge(
        self,
        driver_id: int,
        other_id: int,
        version: int | None = None,
        least: float | None = None,
    ) -> DriverRecord:
        """Make one driver of two that are one person.

        The other's faces and events move here and the other is erased. Name, external id and notes
        that are empty are filled from the other. The validity dates stay as they are: without one
        the driver counts always, or for ever, and an expired duplicate must not shut such a driver
        out.

        Args:
            driver_id: Who stays.
            other_id: Who goes.
            version: See above.
            least: Cosine of the two templates from which they are one person; None takes them as
                one.

        Raises:
            InvalidRequest: Both are the same driver.
            NotSamePerson: Their faces are not alike, or one has none of the running model.
        """
        if driver_id == other_id:
            raise InvalidRequest("a driver cannot be merged with itself")
        with self._store.writing() as connection:
            model_id = self._store.model_id
            record = driver_rows.get(connection, driver_id, model_id, version)
            other = driver_rows.get(connection, other_id, model_id)
            if least is not None:
                pair = (driver_id, other_id)
                look_alikes.refuse_merge(connection, self._store.new_sums(), pair, least)
            face_rows.move(connection, other_id, driver_id)
            event_rows.move_driver(connection, other_id, driver_id)
            vehicle_changes.move_driver(connection, other_id, driver_id)
            driver_rows.remove(connection, other_id)
            missing = _missing(record.details, other.details)
            driver_rows.change(connection, record, missing, datetime.now(UTC))
            change_log.log(
                connection,
                [
                    Line(ChangeKind.DRIVERS_MERGED, driver_id, f"with {other_id}"),
                    change_log.merged(other_id, driver_id),
                ],
            )
            return driver_rows.get(connection, driver_id, model_id)

    def template(self, driver_id: int, model_id: str | None = None) -> Vector | None:
        """Mean of the driver's vectors at unit length, ``(D,)`` float32; None without a vector.

        Args:
            driver_id: The driver.
            model_id: Of the vectors that the template will be held against, where there are any.

        Raises:
            Unavailable: The running model is another one.
        """
        return self.likeness(driver_id, (), model_id).template

    def likeness(
        self, driver_id: int, vectors: Sequence[Vector], model_id: str | None = None
    ) -> Likeness:
        """The driver's template, and which of some faces come from a photo that the driver has.

        Args:
            driver_id: The driver.
            vectors: ``(D,)`` float32 of unit L2 norm each.
            model_id: Of the vectors, where there are any.

        Raises:
            Unavailable: The running model is another one.
        """
        if model_id is not None:
            self._store.require_model(model_id)
        with self._store.seeing_one_state() as connection:
            driver_rows.require(connection, driver_id)
            return look_alikes.likeness(connection, self._store.new_sums, driver_id, vectors)


def _missing(details: DriverDetails, other: DriverDetails) -> DetailChanges:
    return {
        "name": details.name or other.name,
        "external_id": details.external_id or other.external_id,
        "notes": details.notes or other.notes,
    }

"""The gallery's truth: drivers, faces and the change log in SQL."""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from uuid import uuid4

import numpy as np
from sqlalchemy import Connection, Engine, Select, delete, func, insert, select

from configs.settings import GallerySettings
from pipelines.errors import DriverNotFound, Unavailable
from pipelines.gallery import change_log
from pipelines.gallery.database import for_snapshots, for_writes, open_engine, reaching_store
from pipelines.gallery.migration import migrate
from pipelines.gallery.quality import quality_score
from pipelines.gallery.records import (
    Change,
    ChangeKind,
    EnrolledFace,
    GalleryUpdate,
    Head,
    StoredFace,
)
from pipelines.gallery.schema import changes, drivers, faces
from pipelines.gallery.templates import VECTOR_DTYPE, TemplateSums

FACE_MODEL_CHANGING = "the face model is being changed"

_NORM_TOLERANCE = 1e-3
_IDS_A_QUERY = 1000
_ROWS_A_FETCH = 5000
_END_OF_IDS = 2**63  # a larger number is no id, and no parameter that a database takes


class GalleryStore:
    """Drivers of one face model in one database. Thread-safe; any number of processes may share it.

    Args:
        engine: Of a migrated database.
        model_id: Only faces of this model are seen and written.
        dimension: Length of the model's vectors.
    """

    def __init__(self, engine: Engine, model_id: str, dimension: int) -> None:
        self.model_id = model_id
        self.dimension = dimension
        self._reads = engine
        self._writes = for_writes(engine)
        self._snapshots = for_snapshots(engine)

    @classmethod
    def open(cls, settings: GallerySettings, model_id: str, dimension: int) -> "GalleryStore":
        """Connect, and migrate the database where that is due.

        Raises:
            ConfigurationError: The URL cannot work, or a newer version made the database.
            GalleryUnavailable: The database cannot be reached or written.
        """
        store = cls(open_engine(settings), model_id, dimension)
        with ExitStack() as undo, reaching_store():
            undo.callback(store.close)
            migrate(store._reads)
            undo.pop_all()
        return store

    def close(self) -> None:
        """Give the connections back."""
        self._reads.dispose()

    def require_model(self, model_id: str) -> None:
        """Refuse vectors of another model.

        Raises:
            Unavailable: They are.
        """
        if model_id != self.model_id:
            raise Unavailable(FACE_MODEL_CHANGING)

    def register(
        self,
        enrolled: Sequence[EnrolledFace],
        driver_id: int | None = None,
        token: str | None = None,
    ) -> int:
        """Write the faces of a new driver, or add them to a known one: all or nothing, and once.

        When it returns, the faces are on disk.

        Args:
            enrolled: At least one face.
            driver_id: The known driver, or None for a new one.
            token: Names this registration, at most 32 characters: a second call with the same
                token writes nothing and returns what the first did. None is a token of its own.

        Returns:
            The driver's id, from 1; an id is never given out twice.

        Raises:
            DriverNotFound: There is no such driver.
            GalleryUnavailable: The database failed; nothing was acknowledged.
            Unavailable: The faces are of another model, or the registration was withdrawn.
            ValueError: No face, or a vector of another shape or length.
        """
        vectors = [self._encoded(face) for face in enrolled]
        if not vectors:
            raise ValueError("a registration needs at least one face")
        now = datetime.now(UTC)
        token = token or uuid4().hex
        with reaching_store(), self._writes.begin() as connection:
            known = change_log.alone_with(connection, token)
            if known == change_log.NO_DRIVER:
                raise Unavailable("the registration was withdrawn")
            if known is not None:
                return known
            change = change_log.advance(connection, token)
            kind = ChangeKind.FACES_ADDED
            if driver_id is None:
                kind = ChangeKind.DRIVER_REGISTERED
                created = insert(drivers).values(created_at=now).returning(drivers.c.driver_id)
                driver_id = int(connection.execute(created).scalar_one())
            else:
                self._require(connection, driver_id)
            connection.execute(
                insert(faces),
                [
                    {
                        "driver_id": driver_id,
                        "model_id": self.model_id,
                        "vector": vector,
                        "score": face.score,
                        "size_px": face.quality.size_px,
                        "sharpness": face.quality.sharpness,
                        "brightness": face.quality.brightness,
                        "yaw": face.quality.yaw,
                        "pitch": face.quality.pitch,
                        "roll": face.quality.roll,
                        "quality_score": quality_score(face.score, face.quality),
                        "crop_key": face.crop_key,
                        "created_at": now,
                        "aligned_png": face.aligned_png,
                    }
                    for face, vector in zip(enrolled, vectors, strict=True)
                ],
            )
            change_log.append(connection, change, kind, driver_id)
        return driver_id

    def withdraw(self, token: str) -> int | None:
        """Say what became of a registration; one that is not committed never will be.

        Returns:
            The registration's driver, or None where it was not committed.

        Raises:
            GalleryUnavailable: The database failed; nothing was acknowledged.
        """
        with reaching_store(), self._writes.begin() as connection:
            known = change_log.alone_with(connection, token)
            if known is None:
                change = change_log.advance(connection, token)
                kind = ChangeKind.REGISTRATION_WITHDRAWN
                change_log.append(connection, change, kind, change_log.NO_DRIVER)
        return known or None

    def erase(self, driver_id: int) -> tuple[str, ...]:
        """Delete a driver with every face of every model.

        Returns:
            Keys of the display crops that are left for the caller to remove.

        Raises:
            DriverNotFound: There is no such driver.
            GalleryUnavailable: The database failed; nothing was acknowledged.
        """
        with reaching_store(), self._writes.begin() as connection:
            change = change_log.advance(connection, uuid4().hex)
            self._require(connection, driver_id)
            of_driver = select(faces.c.crop_key).where(faces.c.driver_id == driver_id)
            crop_keys = tuple(connection.execute(of_driver.order_by(faces.c.face_id)).scalars())
            connection.execute(delete(drivers).where(drivers.c.driver_id == driver_id))
            change_log.append(connection, change, ChangeKind.DRIVER_ERASED, driver_id)
        return crop_keys

    def faces_of(self, driver_id: int) -> tuple[StoredFace, ...]:
        """The driver's faces of this model, the best to look at first.

        Raises:
            DriverNotFound: There is no such driver.
            GalleryUnavailable: The database cannot be read.
        """
        query = (
            select(
                faces.c.face_id,
                faces.c.driver_id,
                faces.c.model_id,
                faces.c.crop_key,
                faces.c.score,
                faces.c.quality_score,
                faces.c.created_at,
            )
            .where(faces.c.driver_id == driver_id, faces.c.model_id == self.model_id)
            .order_by(faces.c.quality_score.desc(), faces.c.face_id)
        )
        with reaching_store(), self._snapshots.connect() as connection:
            self._require(connection, driver_id)
            return tuple(StoredFace(*row) for row in connection.execute(query))

    def driver_count(self) -> int:
        """Drivers in the store, of whatever model.

        Raises:
            GalleryUnavailable: The database cannot be read.
        """
        with reaching_store(), self._reads.connect() as connection:
            return connection.execute(select(func.count()).select_from(drivers)).scalar_one()

    def head_sequence(self) -> int:
        """Number of the last committed change; 0 before the first.

        Raises:
            GalleryUnavailable: The database cannot be read.
        """
        return self.head().sequence

    def head(self) -> Head:
        """The last committed change.

        Raises:
            GalleryUnavailable: The database cannot be read.
        """
        with reaching_store(), self._reads.connect() as connection:
            return change_log.head(connection)

    def changes_since(self, sequence: int) -> tuple[Change, ...]:
        """The log after a sequence number, in order.

        Raises:
            GalleryUnavailable: The database cannot be read.
        """
        with reaching_store(), self._reads.connect() as connection:
            return change_log.after(connection, sequence)

    def update_since(self, known: Head | None) -> GalleryUpdate:
        """What changed after a change, read from one state of the database.

        Args:
            known: Last change known to the caller; None, or one that is not in this database's
                log, gives the whole gallery.

        Raises:
            GalleryUnavailable: The database cannot be read.
        """
        with reaching_store(), self._snapshots.connect() as connection:
            head = change_log.head(connection)
            sums = TemplateSums(self.model_id, self.dimension)
            if known is None or not change_log.holds(connection, known):
                streamed = connection.execution_options(yield_per=_ROWS_A_FETCH)
                for chunk in streamed.execute(self._vectors()).partitions():
                    sums.add(chunk)
                touched = sums.driver_ids()
                return GalleryUpdate(head, True, touched, touched, sums.templates())
            after = changes.c.sequence > known.sequence
            named = connection.execute(select(changes.c.driver_id).where(after).distinct())
            ids = sorted(named.scalars())
            for start in range(0, len(ids), _IDS_A_QUERY):
                some = faces.c.driver_id.in_(ids[start : start + _IDS_A_QUERY])
                sums.add(connection.execute(self._vectors().where(some)).all())
            touched = np.array(ids, dtype=np.int64)
            return GalleryUpdate(head, False, touched, sums.driver_ids(), sums.templates())

    def _vectors(self) -> Select[int, bytes]:
        return (
            select(faces.c.driver_id, faces.c.vector)
            .where(faces.c.model_id == self.model_id)
            .order_by(faces.c.face_id)
        )

    def _encoded(self, face: EnrolledFace) -> bytes:
        self.require_model(face.model_id)
        vector = face.embedding
        if vector.shape != (self.dimension,):
            raise ValueError(f"a vector of shape {vector.shape}, not ({self.dimension},)")
        norm = float(np.linalg.norm(vector))
        if not abs(norm - 1.0) <= _NORM_TOLERANCE:  # also true for NaN
            raise ValueError(f"a vector of norm {norm}, not 1")
        return vector.astype(VECTOR_DTYPE).tobytes()

    @staticmethod
    def _require(connection: Connection, driver_id: int) -> None:
        found = select(drivers.c.driver_id).where(drivers.c.driver_id == driver_id)
        if not 0 < driver_id < _END_OF_IDS or connection.execute(found).first() is None:
            raise DriverNotFound("user not found")

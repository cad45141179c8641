"""The gallery's truth: drivers, faces and the change log in SQL."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from sqlalchemy import Connection, Engine, Select, delete, func, insert, select, update

from configs.settings import GallerySettings
from pipelines.errors import DriverNotFound
from pipelines.gallery.database import for_snapshots, for_writes, open_engine, reaching_store
from pipelines.gallery.migration import migrate
from pipelines.gallery.quality import quality_score
from pipelines.gallery.records import Change, ChangeKind, EnrolledFace, GalleryUpdate, StoredFace
from pipelines.gallery.schema import changes, drivers, faces, gallery_head
from pipelines.gallery.templates import VECTOR_DTYPE, TemplateSums

_NORM_TOLERANCE = 1e-3
_IDS_A_QUERY = 1000
_ROWS_A_FETCH = 5000
_END_OF_IDS = 2**63  # a larger number is no id, and no parameter that a database takes


class GalleryStore:
    """Drivers of one face model in one database. Thread-safe; any number of processes may share it.

    Every write takes the next sequence number by updating the one row of ``gallery_head`` before
    anything else. Writers therefore follow one another, and the numbers have no gaps and rise in
    the order of commits, on PostgreSQL as on SQLite.

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
        engine = open_engine(settings)
        with reaching_store():
            migrate(engine)
        return cls(engine, model_id, dimension)

    def close(self) -> None:
        """Give the connections back."""
        self._reads.dispose()

    def register(self, enrolled: Sequence[EnrolledFace], driver_id: int | None = None) -> int:
        """Write the faces of a new driver, or add them to a known one: all or nothing.

        When it returns, the faces are on disk.

        Args:
            enrolled: At least one face.
            driver_id: The known driver, or None for a new one.

        Returns:
            The driver's id, from 1; an id is never given out twice.

        Raises:
            DriverNotFound: There is no such driver.
            GalleryUnavailable: The database failed; nothing was acknowledged.
            ValueError: No face, or a vector that is not of this gallery's model.
        """
        vectors = [self._encoded(face) for face in enrolled]
        if not vectors:
            raise ValueError("a registration needs at least one face")
        now = datetime.now(UTC)
        with reaching_store(), self._writes.begin() as connection:
            sequence = self._next_sequence(connection)
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
            self._log(connection, sequence, kind, driver_id)
        return driver_id

    def erase(self, driver_id: int) -> tuple[str, ...]:
        """Delete a driver with every face of every model.

        Returns:
            Keys of the display crops that are left for the caller to remove.

        Raises:
            DriverNotFound: There is no such driver.
            GalleryUnavailable: The database failed; nothing was acknowledged.
        """
        with reaching_store(), self._writes.begin() as connection:
            sequence = self._next_sequence(connection)
            self._require(connection, driver_id)
            of_driver = select(faces.c.crop_key).where(faces.c.driver_id == driver_id)
            crop_keys = tuple(connection.execute(of_driver.order_by(faces.c.face_id)).scalars())
            connection.execute(delete(drivers).where(drivers.c.driver_id == driver_id))
            self._log(connection, sequence, ChangeKind.DRIVER_ERASED, driver_id)
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
        with reaching_store(), self._reads.connect() as connection:
            return self._head(connection)

    def changes_since(self, sequence: int) -> tuple[Change, ...]:
        """The log after a sequence number, in order.

        Raises:
            GalleryUnavailable: The database cannot be read.
        """
        query = select(changes).where(changes.c.sequence > sequence).order_by(changes.c.sequence)
        with reaching_store(), self._reads.connect() as connection:
            return tuple(
                Change(row.sequence, ChangeKind(row.kind), row.driver_id, row.at)
                for row in connection.execute(query)
            )

    def update_since(self, sequence: int | None) -> GalleryUpdate:
        """What changed after a sequence number, read from one state of the database.

        Args:
            sequence: Last change known to the caller; None, or a number that this database has
                not reached, gives the whole gallery.

        Raises:
            GalleryUnavailable: The database cannot be read.
        """
        with reaching_store(), self._snapshots.connect() as connection:
            head = self._head(connection)
            sums = TemplateSums(self.model_id, self.dimension)
            if sequence is None or sequence > head:
                streamed = connection.execution_options(yield_per=_ROWS_A_FETCH)
                for chunk in streamed.execute(self._vectors()).partitions():
                    sums.add(chunk)
                touched = sums.driver_ids()
                return GalleryUpdate(head, True, touched, touched, sums.templates())
            after = changes.c.sequence > sequence
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
        vector = face.embedding
        if vector.shape != (self.dimension,):
            raise ValueError(f"a vector of shape {vector.shape}, not ({self.dimension},)")
        norm = float(np.linalg.norm(vector))
        if not abs(norm - 1.0) <= _NORM_TOLERANCE:  # also true for NaN
            raise ValueError(f"a vector of norm {norm}, not 1")
        return vector.astype(VECTOR_DTYPE).tobytes()

    @staticmethod
    def _head(connection: Connection) -> int:
        return int(connection.execute(select(gallery_head.c.sequence)).scalar_one())

    @staticmethod
    def _next_sequence(connection: Connection) -> int:
        step = update(gallery_head).values(sequence=gallery_head.c.sequence + 1)
        return int(connection.execute(step.returning(gallery_head.c.sequence)).scalar_one())

    @staticmethod
    def _require(connection: Connection, driver_id: int) -> None:
        found = select(drivers.c.driver_id).where(drivers.c.driver_id == driver_id)
        if not 0 < driver_id < _END_OF_IDS or connection.execute(found).first() is None:
            raise DriverNotFound("user not found")

    @staticmethod
    def _log(connection: Connection, sequence: int, kind: ChangeKind, driver_id: int) -> None:
        line = {
            "sequence": sequence,
            "kind": kind.value,
            "driver_id": driver_id,
            "at": datetime.now(UTC),
        }
        connection.execute(insert(changes).values(line))

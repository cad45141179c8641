"""The gallery's truth: drivers, faces and the change log in SQL."""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Engine

from configs.settings import GallerySettings
from pipelines.errors import Unavailable
from pipelines.gallery import change_log, driver_rows, face_rows, following, look_alikes
from pipelines.gallery.change_log import Line, Token
from pipelines.gallery.database import open_engine, reaching_store
from pipelines.gallery.directory import DriverDirectory
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.judged import Judged
from pipelines.gallery.migration import migrate
from pipelines.gallery.records import (
    FACE_MODEL_CHANGING,
    Change,
    ChangeKind,
    EnrolledFace,
    GalleryUpdate,
    Head,
    StoredFace,
)
from pipelines.gallery.templates import TemplateSums
from pipelines.gallery.transactions import Transactions
from pipelines.gallery.vectors import encoded

_NO_DETAILS = DriverDetails()


class GalleryStore(Transactions):
    """Drivers in one database, seen through one face model.

    Thread-safe; any number of processes may share the database.

    Args:
        engine: Of a migrated database.
        model_id: Only vectors of this model are searched and enrolled.
        dimension: Length of the model's vectors.
    """

    def __init__(self, engine: Engine, model_id: str, dimension: int) -> None:
        super().__init__(engine)
        self.model_id = model_id
        self.dimension = dimension
        self.directory = DriverDirectory(self)

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
        details: DriverDetails = _NO_DETAILS,
        fingerprint: str | None = None,
        judged: Judged | None = None,
    ) -> int:
        """Write the faces of a new driver, or add them to a known one: all or nothing, and once.

        When it returns, the faces are on disk.

        Args:
            enrolled: At least one face.
            driver_id: The known driver, or None for a new one.
            token: Names this registration, at most 32 characters: a second call with the same
                token writes nothing and returns what the first did. None is a token of its own.
            details: What is said of a new driver.
            fingerprint: Digest of the request, at most 64 characters: a token that came with
                another one is refused.
            judged: How the faces were judged, to be judged again by what was committed since;
                None takes them as they are.

        Returns:
            The driver's id, from 1; an id is never given out twice.

        Raises:
            AlreadyEnrolled: A face is another driver's, or the driver has its photo already.
            DriverNotFound: There is no such driver.
            ExternalIdTaken: Another driver has this external id.
            GalleryUnavailable: The database failed; nothing was acknowledged.
            IdempotencyKeyReused: The token came with another fingerprint.
            InvalidRequest: The details cannot be stored.
            Unavailable: The faces are of another model, or the registration was withdrawn.
            ValueError: No face, a vector of another shape or length, or details of a known driver.
        """
        faces = [(face, self._encoded(face)) for face in enrolled]
        if not faces:
            raise ValueError("a registration needs at least one face")
        if driver_id is not None and details != _NO_DETAILS:
            raise ValueError("a known driver's details are not set by a registration")
        once = Token(token or uuid4().hex, fingerprint)
        with self.writing() as connection:
            before = change_log.made_with(connection, once)
            if before is not None:
                return before.driver_id
            if driver_id is not None:
                driver_rows.require(connection, driver_id)
            if judged is not None:
                vectors = [face.embedding for face in enrolled]
                look_alikes.refuse(connection, self.new_sums, vectors, driver_id, judged)
            now = datetime.now(UTC)
            kind = ChangeKind.FACES_ADDED
            if driver_id is None:
                kind = ChangeKind.DRIVER_REGISTERED
                driver_id = driver_rows.create(connection, details, now, now)
            else:
                driver_rows.touch(connection, driver_id, now)
            face_rows.enrol(connection, driver_id, faces, now)
            change_log.log(connection, [Line(kind, driver_id)], once)
        return driver_id

    def withdraw(self, token: str) -> int | None:
        """Say what became of a registration; one that is not committed never will be.

        Returns:
            The registration's driver, or whom that one was merged into; None where it was not
            committed.

        Raises:
            GalleryUnavailable: The database failed; nothing was acknowledged.
        """
        with self.writing() as connection:
            known = change_log.driver_of(connection, token)
            if known is None:
                withdrawn = [Line(ChangeKind.REGISTRATION_WITHDRAWN)]
                change_log.log(connection, withdrawn, Token(token))
        return known or None

    def erase(self, driver_id: int) -> tuple[str, ...]:
        """Delete a driver; see ``DriverDirectory.erase``."""
        return self.directory.erase(driver_id)

    def faces_of(self, driver_id: int) -> tuple[StoredFace, ...]:
        """The driver's faces that this model can search, the best to look at first.

        Raises:
            DriverNotFound: There is no such driver.
            GalleryUnavailable: The database cannot be read.
        """
        return tuple(face for face in self.directory.faces(driver_id) if face.searchable)

    def driver_count(self) -> int:
        """Drivers in the store, of whatever model.

        Raises:
            GalleryUnavailable: The database cannot be read.
        """
        with self.reading() as connection:
            return driver_rows.count(connection)

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
        with self.reading() as connection:
            return change_log.head(connection)

    def changes_since(self, sequence: int) -> tuple[Change, ...]:
        """The log after a sequence number, in order.

        Raises:
            GalleryUnavailable: The database cannot be read.
        """
        with self.reading() as connection:
            return change_log.after(connection, sequence)

    def update_since(self, known: Head | None, shard: int = 0, shards: int = 1) -> GalleryUpdate:
        """What changed after a change, read from one state of the database.

        Args:
            known: Last change known to the caller; None, or one that is not in this database's
                log, gives the whole shard.
            shard: Only drivers whose id leaves this rest...
            shards: ...when it is divided by this.

        Raises:
            ConfigurationError: Vectors of this model have another length.
            GalleryUnavailable: The database cannot be read.
            ValueError: There is no such shard.
        """
        if not 0 <= shard < shards:
            raise ValueError(f"shard {shard} of {shards}")
        with self.seeing_one_state() as connection:
            return following.update_since(connection, self.new_sums(), known, shard, shards)

    def new_sums(self) -> TemplateSums:
        """Empty sums of this model's vectors."""
        return TemplateSums(self.model_id, self.dimension)

    def _encoded(self, face: EnrolledFace) -> bytes:
        self.require_model(face.model_id)
        return encoded(face.embedding, self.dimension)

"""Transactions of one database, for every book that is kept in it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock

from sqlalchemy import Connection, Engine

from pipelines.errors import GalleryUnavailable
from pipelines.gallery import change_log
from pipelines.gallery.database import fold_log, for_snapshots, for_writes, reaching_store


class Transactions:
    """Ways to read and write one database.

    Thread-safe; any number of processes may share the database.

    Args:
        engine: Of a migrated database.
    """

    def __init__(self, engine: Engine) -> None:
        self._reads = engine
        self._writes = for_writes(engine)
        self._snapshots = for_snapshots(engine)
        self._scrubbing = Lock()
        self._scrubbed = False

    def close(self) -> None:
        """Give the connections back."""
        self._reads.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """For single statements; each may see another state.

        Raises:
            GalleryUnavailable: The database cannot be read.
        """
        with reaching_store(), self._reads.connect() as connection:
            yield connection

    @contextmanager
    def seeing_one_state(self) -> Iterator[Connection]:
        """For several statements that must see the same state.

        Raises:
            GalleryUnavailable: The database cannot be read.
        """
        with reaching_store(), self._snapshots.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction with no other writer beside it; committed at the end, or undone whole.

        Raises:
            GalleryUnavailable: The database failed; nothing was acknowledged.
        """
        with reaching_store(), self._writes.begin() as connection:
            change_log.shut_others_out(connection)
            yield connection

    def scrub(self) -> None:
        """Leave no erased row in SQLite's write-ahead log, where no reader is in the way.

        It is no failure when one is: ``scrub_what_is_left`` does it.
        """
        with self._scrubbing, suppress(GalleryUnavailable), reaching_store():
            self._scrubbed = False
            self._scrubbed = fold_log(self._reads)

    def scrub_what_is_left(self) -> None:
        """Scrub again where a reader was in the way, and once for a process that was killed."""
        if not self._scrubbed:
            self.scrub()

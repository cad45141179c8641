"""When a snapshot is written: after many changes, and soon after an erasure."""

import logging
import threading
import time
from collections.abc import Callable

from pipelines.gallery.records import GalleryUpdate, Head
from pipelines.gallery.snapshot import Snapshot
from pipelines.gallery.snapshot_folder import SnapshotFolder

logger = logging.getLogger(__name__)

Clock = Callable[[], float]

WAIT_SHARE = 0.25
"""Share of the time allowed for an erasure that goes by until a snapshot is written, so that one
writing serves several erasures. Noticing it and writing have the rest."""


class SnapshotKeeper:
    """Keeps one index's snapshots useful and free of erased drivers. Thread-safe.

    Args:
        folder: Of the snapshots.
        every: Changes after which a new snapshot is due.
        erases_within_s: Longest time that an erased driver may stay in a snapshot.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        folder: SnapshotFolder,
        every: int,
        erases_within_s: float,
        clock: Clock = time.monotonic,
    ) -> None:
        self._folder = folder
        self._every = every
        self._wait_s = WAIT_SHARE * erases_within_s
        self._clock = clock
        self._lock = threading.Lock()
        self._erased: int | None = None  # a snapshot from this change on holds none of the erased
        self._erased_at = 0.0

    def newest_sequence(self) -> int | None:
        """The last change in the newest snapshot; None without one."""
        return self._folder.newest_sequence()

    def load(self) -> Snapshot | None:
        """The newest whole snapshot."""
        return self._folder.newest()

    def note(self, known: Head | None, update: GalleryUpdate) -> None:
        """Take in what an index has just applied.

        Args:
            known: What the index was at before.
            update: What brought it further.
        """
        if update.complete and known is not None:
            removed = self._folder.remove_all()
            if removed:
                logger.warning(
                    "%d index snapshots were removed: this database does not lead on from "
                    "change %d, which the index had come to",
                    removed,
                    known.sequence,
                )
        if update.erased:
            with self._lock:
                if self._erased is None:
                    self._erased_at = self._clock()
                self._erased = update.head.sequence

    def keep(self, sequence: int, copy: Callable[[], Snapshot]) -> None:
        """Write a snapshot if one is due, and remove those that hold erased drivers.

        Args:
            sequence: The change that the index is at.
            copy: Copies the index.
        """
        with self._lock:
            erased, since = self._erased, self._erased_at
        newest = self.newest_sequence()
        if erased is not None and (newest is None or newest >= erased):
            self._folder.remove_before(erased)
            self._settle(erased)
            erased = None
        many = sequence - (newest or 0) >= self._every
        if many or (erased is not None and self._clock() - since >= self._wait_s):
            self._write(copy(), erased)

    def _write(self, snapshot: Snapshot, erased: int | None) -> None:
        try:
            if self._folder.write(snapshot):
                self._settle(snapshot.head.sequence)
        except OSError as error:
            logger.warning("no index snapshot could be written: %s", error)
            if erased is not None:
                self._folder.remove_before(erased)  # rather a slow start than an erased driver

    def _settle(self, sequence: int) -> None:
        with self._lock:
            if self._erased is not None and self._erased <= sequence:
                self._erased = None

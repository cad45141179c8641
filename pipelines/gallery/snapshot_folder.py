"""The folder of index snapshots: any number of replicas read it, one at a time writes."""

import fcntl
import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.gallery.snapshot import (
    DamagedSnapshot,
    Snapshot,
    SnapshotKey,
    read_snapshot,
    write_snapshot,
)
from pipelines.storage.private_files import ensure_private_file, make_private_folder

logger = logging.getLogger(__name__)

_ENDING = ".snapshot"
_UNFINISHED = ".unfinished"
_LOCK = "lock"


class SnapshotFolder:
    """Snapshots of one index among those of others.

    A snapshot is written beside the others, forced to the disk and then renamed, so that whatever
    is killed, a name stands for a whole file. The folder belongs to one gallery: what is written
    removes whatever is older or of another model or number of shards, since nobody else would
    take erased drivers out of it.

    Args:
        folder: Made when the first snapshot is written.
        key: Which index.
    """

    def __init__(self, folder: Path, key: SnapshotKey) -> None:
        self._folder = folder
        self._key = key
        model = hashlib.sha256(f"{key.model_id}\n{key.dimension}".encode()).hexdigest()[:16]
        self._family = f"{model}-of{key.shards}-"
        self._prefix = f"{self._family}shard{key.shard}-"

    def newest(self) -> Snapshot | None:
        """The newest whole snapshot of this index; broken ones are removed."""
        for sequence in sorted(self._sequences(), reverse=True):
            path = self._path(sequence)
            try:
                snapshot = read_snapshot(path, self._key)
            except FileNotFoundError:
                continue  # another replica has just replaced it
            except OSError as error:
                logger.warning("index snapshot %s cannot be read: %s", path.name, error)
            except DamagedSnapshot as error:
                logger.warning("index snapshot %s is not used: %s", path.name, error)
                _remove(path)
            else:
                return snapshot
        return None

    def newest_sequence(self) -> int | None:
        """The last change in the newest snapshot, by its name; None without one."""
        return max(self._sequences(), default=None)

    def write(self, snapshot: Snapshot) -> bool:
        """Write a snapshot and remove what it replaces.

        Returns:
            False when another replica is writing, so that nothing was done.

        Raises:
            OSError: It cannot be written; what was there is still there.
        """
        make_private_folder(self._folder)
        with self._alone() as alone:
            if not alone:
                return False
            path = self._path(snapshot.head.sequence)
            unfinished = path.with_suffix(_UNFINISHED)
            try:
                write_snapshot(unfinished, snapshot)
                unfinished.replace(path)
                self._sync()
            finally:
                unfinished.unlink(missing_ok=True)
            self.remove_before(snapshot.head.sequence)
            for left in self._folder.glob(f"*{_UNFINISHED}"):
                # Of a replica that was killed: whoever else writes this index would hold the lock.
                if left.name.startswith(self._prefix) or self._is_foreign(left):
                    _remove(left)
        return True

    def remove_before(self, sequence: int) -> None:
        """Remove what holds drivers as they were before a change, and what is of other indexes.

        A file that cannot be removed is named in the log.
        """
        for one in self._sequences():
            if one < sequence:
                _remove(self._path(one))
        for path in self._folder.glob(f"*{_ENDING}"):
            if self._is_foreign(path):
                _remove(path)

    def remove_all(self) -> int:
        """Remove the snapshots of this index, and say how many there were."""
        sequences = self._sequences()
        for one in sequences:
            _remove(self._path(one))
        return len(sequences)

    def _path(self, sequence: int) -> Path:
        return self._folder / f"{self._prefix}{sequence:020d}{_ENDING}"

    def _sequences(self) -> list[int]:
        names = (path.name for path in self._folder.glob(f"{self._prefix}*{_ENDING}"))
        numbers = (name.removeprefix(self._prefix).removesuffix(_ENDING) for name in names)
        return [int(number) for number in numbers if number.isdecimal()]

    def _is_foreign(self, path: Path) -> bool:
        return not path.name.startswith(self._family)

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        path = self._folder / f"{self._prefix}{_LOCK}"
        ensure_private_file(path)
        with path.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def _sync(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        logger.warning("index snapshot %s cannot be removed: %s", path.name, error)

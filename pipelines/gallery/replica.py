"""One replica of an index: as new as the store at every search."""

import os
import threading

import numpy as np
from numpy.typing import NDArray

from configs.settings import ROOT, GallerySettings
from pipelines.errors import GatehouseError
from pipelines.gallery.background import Upkeep
from pipelines.gallery.index import NOBODY
from pipelines.gallery.index_status import IndexStatus
from pipelines.gallery.records import Head
from pipelines.gallery.snapshot import Snapshot, SnapshotKey
from pipelines.gallery.snapshot_folder import SnapshotFolder
from pipelines.gallery.snapshot_keeper import WAIT_SHARE, SnapshotKeeper
from pipelines.gallery.store import GalleryStore
from pipelines.gallery.template_index import Copy, TemplateIndex, build
from pipelines.types import DriverMatch, GallerySearch

_LONGEST_PERIOD_S = 5.0
_LEAST_PRIORITY = 19


class IndexReplica:
    """The index of one shard, and the log that it follows. Thread-safe.

    **What a search sees.** Whoever was told that a write succeeded was told so after its commit,
    and with it the head of the change log was committed. A search reads that head after it was
    asked, and applies everything up to it before it answers. So it includes every write that was
    acknowledged before it began, by whatever replica; and since the log has one order, searches
    that follow one another never see changes in different orders. While the store cannot be read
    there is no answer. An answer says for which stretch of the log it holds, so that answers of
    several shards can be joined into one of a single moment (``pipelines.gallery.sharding``).

    A thread of its own follows the log also while nobody searches, so that erased drivers leave
    memory, snapshots and SQLite's log, and sees to the approximate index.

    Args:
        store: The truth.
        settings: Most drivers named by a search, snapshots and kinds of index.
        shard: Only drivers whose id leaves this rest when divided by ``settings.shards``.
    """

    def __init__(self, store: GalleryStore, settings: GallerySettings, shard: int) -> None:
        self._store = store
        self._settings = settings
        self._shard = shard
        self._index = TemplateIndex(store.dimension, settings)
        self._head: Head | None = None
        self._unchanged_since = 0
        self._lock = threading.Lock()
        self._key = SnapshotKey(store.model_id, store.dimension, shard, settings.shards)
        self._snapshots: SnapshotKeeper | None = None
        if settings.snapshots is not None:
            self._snapshots = SnapshotKeeper(
                SnapshotFolder(ROOT / settings.snapshots, self._key),
                settings.snapshot_every,
                settings.snapshot_erases_within_s,
            )
        period_s = min(_LONGEST_PERIOD_S, WAIT_SHARE * settings.snapshot_erases_within_s)
        self._upkeep = Upkeep(self.keep_up, period_s)

    def start(self) -> None:
        """Load the newest snapshot that can be used, then what it lacks, and begin the upkeep.

        Raises:
            GalleryUnavailable: The store cannot be read.
        """
        with self._lock:
            self._load_snapshot()
            self._follow()
        self._upkeep.start()

    def stop(self) -> None:
        """End the upkeep."""
        self._upkeep.stop()

    @property
    def failed(self) -> bool:
        """Whether the upkeep has ended by an error, so that a new replica is needed."""
        return self._upkeep.failed

    @property
    def size(self) -> int:
        """Drivers in the index as of the last search."""
        return len(self._index)

    @property
    def sequence(self) -> int:
        """Last change that the index includes."""
        return self._head.sequence if self._head else 0

    def search(self, probes: NDArray[np.float32]) -> list[GallerySearch]:
        """Find the nearest drivers of each ``(N, D)`` probe; see ``Gallery.search``."""
        with self._lock:
            sequence = self._follow()
            size, unchanged_since = len(self._index), self._unchanged_since
            ids, cosines = self._index.search(probes, self._settings.top_k)
        return [
            GallerySearch(
                matches=tuple(
                    DriverMatch(driver_id, cosine)
                    for driver_id, cosine in zip(row_ids, row_cosines, strict=True)
                    if driver_id != NOBODY
                ),
                gallery_size=size,
                sequence=sequence,
                unchanged_since=unchanged_since,
            )
            for row_ids, row_cosines in zip(ids.tolist(), cosines.tolist(), strict=True)
        ]

    def status(self) -> IndexStatus:
        """What the index says of itself, as of everything committed before the call.

        Raises:
            GalleryUnavailable: The store cannot be read.
        """
        newest = self._snapshots.newest_sequence() if self._snapshots else None
        with self._lock:
            self._follow()
            built = self._index.build
            return IndexStatus(
                shard=self._shard,
                shards=self._settings.shards,
                model_id=self._store.model_id,
                drivers=len(self._index),
                sequence=self.sequence,
                kind="approximate" if built else "exact",
                recall=built.recall if built else None,
                bytes_per_driver=self._index.bytes_per_driver,
                snapshot_sequence=newest,
                build_s=built.seconds if built else None,
            )

    def keep_up(self) -> None:
        """Follow the log, and see to snapshots and the approximate index.

        Searches wait for it no longer than a copy of the index in memory takes.
        """
        try:
            with self._lock:
                sequence = self._follow()
                self._index.purge()
                copy = self._index.begin_building() if self._index.wants_building else None
        except GatehouseError:
            return  # the store has logged it; searches raise it
        self._store.scrub_what_is_left()
        if copy is not None:
            builder = threading.Thread(target=self._build, args=(copy,), name="gallery-builder")
            builder.daemon = True
            builder.start()
        if self._snapshots is not None:
            self._snapshots.keep(sequence, self._copy)

    def _load_snapshot(self) -> None:
        """Start from a snapshot; the lock is held. What it lacks comes by following the log."""
        snapshot = self._snapshots.load() if self._snapshots else None
        if snapshot is not None:
            self._index.put(snapshot.driver_ids, snapshot.templates)
            self._head = snapshot.head
            self._unchanged_since = snapshot.head.sequence

    def _follow(self) -> int:
        """Apply what was committed since the last look; the lock is held."""
        if self._head is not None and self._store.head() == self._head:
            return self._head.sequence
        known = self._head
        update = self._store.update_since(known, self._shard, self._settings.shards)
        if update.complete:
            self._index.clear()
        else:
            self._index.remove(np.setdiff1d(update.touched, update.driver_ids))
        self._index.put(update.driver_ids, update.templates)
        self._head = update.head
        if update.complete or len(update.touched):
            self._unchanged_since = update.head.sequence
        if self._snapshots is not None:
            self._snapshots.note(known, update)
        return update.head.sequence

    def _copy(self) -> Snapshot:
        with self._lock:
            head = self._head
            ids, templates = self._index.contents()
        if head is None:
            raise RuntimeError("an index that follows no store has no snapshot")
        return Snapshot(self._key, head, ids, templates)

    def _build(self, copy: Copy) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LEAST_PRIORITY)
        built = build(copy, self._settings)
        with self._lock:
            self._index.finish_building(copy, built)

"""Our gallery over SQLite, as the bench drives it: filled, searched, started again, written to."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from sqlalchemy import Connection, insert
from tqdm import tqdm

from configs.settings import GallerySettings
from pipelines.gallery import change_log, face_rows
from pipelines.gallery.change_log import Line
from pipelines.gallery.gallery import Gallery
from pipelines.gallery.records import ChangeKind, EnrolledFace
from pipelines.gallery.schema import drivers
from pipelines.gallery.schema import faces as stored_faces
from pipelines.gallery.store import GalleryStore
from pipelines.gallery.vectors import encoded
from pipelines.types import FaceQuality
from tests.bench.contender import ContenderFailed
from tests.bench.face_cloud import DIMENSION, FACES, FaceCloud, Floats

MODEL = "invented"

_LOOK_EVERY_S = 0.1
_QUALITY = FaceQuality(120.0, 200.0, 128.0, 0.0, 0.0, 0.0)
_SCORE = 0.95
_REGISTERED = datetime(2026, 1, 1, tzinfo=UTC)


def settings_in(folder: Path, size: int) -> GallerySettings:
    """A gallery in a folder with the default settings, but that small ones get a snapshot too."""
    default = GallerySettings()
    return GallerySettings(
        database_url=f"sqlite:///{folder}/gallery.db",
        snapshots=str(folder / "snapshots"),
        snapshot_every=min(size, default.snapshot_every),
    )


class GalleryFiller:
    """Writes invented drivers into a new gallery: its rows and its log, thousands at a time.

    Args:
        settings: Of the gallery.
        seed: Of the people.
    """

    def __init__(self, settings: GallerySettings, seed: int) -> None:
        self._settings = settings
        self._cloud = FaceCloud(seed)

    def fill(self, size: int, limit_s: float) -> float:
        """Enrol this many drivers, ids from 1 in order; seconds that it took.

        Raises:
            ContenderFailed: It takes longer than it may.
        """
        began = time.monotonic()
        store = GalleryStore.open(self._settings, MODEL, DIMENSION)
        done = 0
        with tqdm(total=size, desc="ours: writing drivers", leave=False) as bar:
            for faces in self._cloud.faces(size):
                if time.monotonic() - began > limit_s:
                    raise ContenderFailed(f"not filled in time: {done:,} drivers are in")
                with store.writing() as connection:
                    _write(connection, done + 1, faces)
                done += len(faces)
                bar.update(len(faces))
        store.close()
        return time.monotonic() - began


@dataclass(frozen=True, slots=True)
class Start:
    """A start of a replica.

    Attributes:
        seconds: Until its first answer.
        drivers: In it.
        from_snapshot: Last change in the snapshot that was there; None without one.
    """

    seconds: float
    drivers: int
    from_snapshot: int | None


class OwnGallery:
    """One replica; a ``VectorIndex`` whose row is a driver's id less one.

    Args:
        settings: Of a filled gallery.
    """

    def __init__(self, settings: GallerySettings) -> None:
        faiss.omp_set_num_threads(1)  # of this thread, which searches; builders have their own
        self._settings = settings
        self._gallery: Gallery | None = None

    def build(self, templates: Path, until: float) -> None:  # noqa: ARG002 - it has its store
        """Start from the store, and wait for the approximate index and the snapshot."""
        self._open()
        self.settle(until)

    def start(self) -> Start:
        """Start and answer once."""
        began = time.monotonic()
        gallery = self._open()
        gallery.search(np.eye(1, DIMENSION, dtype=np.float32))
        seconds = time.monotonic() - began
        status = gallery.status()
        return Start(seconds, status.drivers, status.snapshot_sequence)

    def settle(self, until: float) -> None:
        """Wait until the upkeep has nothing left to do.

        Raises:
            ContenderFailed: It has at that moment.
        """
        while not self._is_settled():
            if time.monotonic() > until:
                raise ContenderFailed("its index or its snapshot was not ready in time")
            time.sleep(_LOOK_EVERY_S)

    def efforts(self) -> tuple[int, ...]:
        """None: it measures by itself how thorough it has to be."""
        return ()

    def set_effort(self, effort: int) -> None:
        """Never called."""

    def nearest(self, probe: Floats) -> int:
        """The nearest driver, with a look at the store first, as every search."""
        matches = self._opened().search(probe)[0].matches
        return matches[0].driver_id - 1 if matches else -1

    def setting(self) -> str:
        """How it searches now."""
        status = self._opened().status()
        if status.recall is None:
            return "exact"
        return f"IVF of 8-bit copies, ranked exactly; states recall {status.recall:.4f}"

    def stored_bytes(self) -> None:
        """All its memory is the process's."""

    def index_seconds(self) -> float | None:
        """Time that the approximate index took; None where search is exact."""
        return self._opened().status().build_s

    def register(self, faces: Floats) -> tuple[int, float, float]:
        """Enrol a driver by ``(F, D)`` faces; its id, and when it was begun and acknowledged."""
        enrolled = [EnrolledFace(face, MODEL, _SCORE, _QUALITY, "", None) for face in faces]
        began = time.monotonic()
        driver_id = self._opened().store.register(enrolled)
        return driver_id, began, time.monotonic()

    def find(self, probe: Floats, driver_id: int) -> tuple[bool, float]:
        """Search once for a ``(1, D)`` probe: whether the driver came first, and when."""
        found = self.nearest(probe) == driver_id - 1
        return found, time.monotonic()

    def close(self) -> None:
        """End the upkeep."""
        if self._gallery is not None:
            self._gallery.close()

    def _open(self) -> Gallery:
        self._gallery = Gallery.open(self._settings, MODEL, DIMENSION)
        return self._gallery

    def _opened(self) -> Gallery:
        if self._gallery is None:
            raise RuntimeError("the gallery is not open")
        return self._gallery

    def _is_settled(self) -> bool:
        status = self._opened().status()
        approximate = status.drivers > self._settings.exact_up_to
        built = status.kind == "approximate" or not approximate
        return built and status.snapshot_sequence is not None


def _write(connection: Connection, first_id: int, people: Floats) -> None:
    """What registrations of all these people would have written."""
    ids = range(first_id, first_id + len(people))
    written: dict[str, Any] = {"created_at": _REGISTERED}
    connection.execute(
        insert(drivers),
        [{"driver_id": one, "updated_at": _REGISTERED, "version": 1, **written} for one in ids],
    )
    face_ids = range((first_id - 1) * FACES + 1, (ids.stop - 1) * FACES + 1)
    owners = np.repeat(ids, FACES).tolist()
    measures = face_rows.quality_columns(_SCORE, _QUALITY) | written | {"crop_key": ""}
    connection.execute(
        insert(stored_faces),
        [
            {"face_id": face_id, "driver_id": driver_id, **measures}
            for face_id, driver_id in zip(face_ids, owners, strict=True)
        ],
    )
    vectors = people.reshape(-1, DIMENSION)
    face_rows.write_vectors(
        connection,
        [
            (face_id, MODEL, encoded(vector, DIMENSION))
            for face_id, vector in zip(face_ids, vectors, strict=True)
        ],
    )
    change_log.log(connection, [Line(ChangeKind.DRIVER_REGISTERED, one) for one in ids])


def size_of(files: Sequence[Path]) -> int:
    """Bytes of some files together."""
    return sum(file.stat().st_size for file in files)

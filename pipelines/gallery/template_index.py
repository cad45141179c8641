"""The index of one replica: exact, and above a bound approximate with measured recall."""

import logging
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from configs.settings import GallerySettings
from pipelines.gallery.approximate import ApproximateIndex, Build, build_approximate
from pipelines.gallery.index import ExactIndex

logger = logging.getLogger(__name__)

_RETRY_AFTER_S = 600.0
_ENTRY_BYTES = 115  # of the table that finds a driver's row, measured with a million drivers
_FLOAT_BYTES = 4
_ID_BYTES = 8


@dataclass(frozen=True, slots=True, eq=False)
class Copy:
    """What an approximate index is built from.

    Attributes:
        ids: ``(N,)`` int64 drivers.
        templates: ``(N, D)`` float32 of unit L2 norm.
        changed: Drivers that were put or removed since the copy was made.
    """

    ids: NDArray[np.int64]
    templates: NDArray[np.float32]
    changed: set[int] = field(default_factory=set)


class TemplateIndex:
    """All templates of a replica, searched exactly or by way of likely candidates.

    Every answer comes from the exact vectors: an approximate index only names the drivers that are
    compared. One that is gone from the exact vectors can therefore never be answered, and the
    cosines of both ways are the same. Not thread-safe: the gallery guards it.

    Args:
        dimension: Length of a vector.
        settings: From how many drivers on search is approximate, and how good it must be.
    """

    def __init__(self, dimension: int, settings: GallerySettings) -> None:
        self._settings = settings
        self._exact = ExactIndex(dimension)
        self._approximate: ApproximateIndex | None = None
        self._building: Copy | None = None
        self._not_before = 0.0

    def __len__(self) -> int:
        return len(self._exact)

    @property
    def build(self) -> Build | None:
        """How the approximate index in use came out; None while search is exact."""
        return self._approximate.build if self._approximate and self._is_large() else None

    @property
    def bytes_per_driver(self) -> float:
        """Memory that one driver takes, without what is shared by all."""
        exact = self._exact.dimension * _FLOAT_BYTES + _ID_BYTES + _ENTRY_BYTES
        return exact + (self._approximate.build.bytes_per_driver if self._approximate else 0.0)

    def clear(self) -> None:
        """Forget everything, also what is being built."""
        self._exact.clear()
        self._approximate = None
        self._building = None

    def put(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Add or replace drivers; as ``ExactIndex.put``."""
        self._exact.put(ids, vectors)
        if self._approximate is not None:
            self._approximate.put(ids, vectors)
        if self._building is not None:
            self._building.changed.update(ids.tolist())

    def remove(self, ids: NDArray[np.int64]) -> None:
        """Drop drivers; as ``ExactIndex.remove``."""
        self._exact.remove(ids)
        if self._approximate is not None:
            self._approximate.remove(ids)
        if self._building is not None:
            self._building.changed.update(ids.tolist())

    def search(
        self, probes: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the nearest drivers; as ``ExactIndex.search``.

        Above the bound a driver may be missed, and a line ends in ``NOBODY`` where too few drivers
        were compared.
        """
        if self._approximate is None or not self._is_large():
            return self._exact.search(probes, k)
        return self._exact.rank(probes, self._approximate.candidates(probes, k), k)

    def contents(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Copies of the ``(N,)`` ids and the ``(N, D)`` vectors, in the same order."""
        return self._exact.contents()

    def purge(self) -> None:
        """Take the approximate copies of changed and removed drivers out of memory."""
        if self._approximate is not None:
            self._approximate.purge()

    @property
    def wants_building(self) -> bool:
        """Whether an approximate index is due and none is being built."""
        due = self._approximate is None or self._approximate.worn
        rested = time.monotonic() >= self._not_before
        return self._is_large() and due and rested and self._building is None

    def begin_building(self) -> Copy:
        """What ``build`` needs; from now on changes are noted in it."""
        self._building = Copy(*self.contents())
        return self._building

    def finish_building(self, copy: Copy, built: ApproximateIndex | None) -> None:
        """Take a new index into use, with what has changed since its copy was made.

        Args:
            copy: What it was built from.
            built: None when nothing could be built: search stays as it was, and nothing is tried
                for ten minutes.
        """
        if self._building is not copy:
            return  # cleared meanwhile: what was built is of other drivers
        self._building = None
        if built is None:
            self._not_before = time.monotonic() + _RETRY_AFTER_S
            return
        changed = np.array(sorted(copy.changed), dtype=np.int64)
        built.remove(changed)
        built.put(*self._exact.of(changed))
        self._approximate = built

    def _is_large(self) -> bool:
        return len(self._exact) > self._settings.exact_up_to


def build(copy: Copy, settings: GallerySettings) -> ApproximateIndex | None:
    """Build an approximate index over a copy that ``begin_building`` made; takes minutes.

    Returns:
        The index; None, with a line in the log, where memory or recall do not suffice.
    """
    count = len(copy.ids)
    try:
        built = build_approximate(copy.ids, copy.templates, settings.recall, settings.index_device)
    except (MemoryError, RuntimeError) as error:  # FAISS raises the latter
        logger.error("no approximate index of %d drivers could be built: %s", count, error)
        return None
    if built is None:
        logger.warning(
            "an approximate index of %d drivers does not reach a recall of %g: search stays exact",
            count,
            settings.recall,
        )
        return None
    logger.info("approximate index of %d drivers: %s", count, built.build)
    return built

"""Exact search by inner product over driver templates."""

import faiss
import numpy as np
from numpy.typing import NDArray

from pipelines.gallery.templates import cosines

NOBODY = -1
"""Fills an answer where fewer drivers are known than were asked for."""

_SPARE_ROWS = 1024
_RUNNERS_UP = 8  # looked at beyond k, so that rounding does not decide who is among the best k


class ExactIndex:
    """Templates in one contiguous block, each under its driver's id.

    A removed row is filled by the last one, so that memory holds no gaps, and an update costs the
    rows that it names. About 640 bytes a driver of 128 dimensions: the vector, its id, and the
    entry that finds its row. Not thread-safe: the gallery guards it.

    Args:
        dimension: Length of a vector.
    """

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.clear()

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, driver_id: int) -> bool:
        return driver_id in self._rows

    def clear(self) -> None:
        """Forget everything."""
        self._vectors = np.zeros((0, self.dimension), dtype=np.float32)
        self._ids = np.zeros(0, dtype=np.int64)
        self._rows: dict[int, int] = {}

    def put(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Add vectors, or replace those whose id is there.

        Args:
            ids: ``(N,)`` int64, no id twice.
            vectors: ``(N, D)`` float32 of unit L2 norm.
        """
        listed = ids.tolist()
        known = np.fromiter((one in self._rows for one in listed), dtype=bool, count=len(listed))
        if known.any():
            self._vectors[[self._rows[one] for one in ids[known].tolist()]] = vectors[known]
            ids, vectors = ids[~known], vectors[~known]
        first, end = len(self), len(self) + len(ids)
        if end > len(self._ids):
            self._resize(end + end // 4 + _SPARE_ROWS)
        self._vectors[first:end] = vectors
        self._ids[first:end] = ids
        self._rows.update(zip(ids.tolist(), range(first, end), strict=True))

    def remove(self, ids: NDArray[np.int64]) -> None:
        """Drop vectors; ids that are not there are passed over.

        Args:
            ids: ``(N,)`` int64.
        """
        end = len(self)
        rows = {self._rows.pop(one) for one in ids.tolist() if one in self._rows}
        kept = end - len(rows)
        holes = sorted(row for row in rows if row < kept)
        movers = [row for row in range(kept, end) if row not in rows]
        self._vectors[holes] = self._vectors[movers]
        self._ids[holes] = self._ids[movers]
        self._rows.update(zip(self._ids[holes].tolist(), holes, strict=True))
        self._vectors[kept:end] = 0.0  # nothing of an erased driver stays in memory
        if len(self._ids) > 4 * (kept + _SPARE_ROWS):
            self._resize(kept + _SPARE_ROWS)

    def search(
        self, probes: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the nearest templates of each probe.

        Args:
            probes: ``(N, D)`` float32 of unit L2 norm.
            k: Most results for one probe.

        Returns:
            ``(N, K)`` int64 ids and ``(N, K)`` float32 cosines, [-1, 1], best first, the smaller
            id first where two are equal; K is ``k`` or the index's size, whichever is less.
        """
        k = min(k, len(self))
        if k == 0 or len(probes) == 0:
            empty = (len(probes), 0)
            return np.empty(empty, dtype=np.int64), np.empty(empty, dtype=np.float32)
        _, rows = faiss.knn(
            probes,
            self._vectors[: len(self)],
            min(k + _RUNNERS_UP, len(self)),
            metric=faiss.METRIC_INNER_PRODUCT,
        )
        return self._ranked(probes, rows, k)

    def rank(
        self, probes: NDArray[np.float32], candidates: NDArray[np.int64], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Order some drivers by their similarity to each probe.

        Args:
            probes: ``(N, D)`` float32 of unit L2 norm.
            candidates: ``(N, C)`` int64 ids, none twice in a line; those that are not there are
                passed over.
            k: Most results for one probe, at most C.

        Returns:
            As ``search``, ``(N, k)``; ``NOBODY`` where a line has fewer candidates.
        """
        listed = candidates.ravel().tolist()
        rows = np.fromiter((self._rows.get(one, -1) for one in listed), np.int64, len(listed))
        return self._ranked(probes, rows.reshape(candidates.shape), k)

    def of(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Those of the ``(M,)`` ids that are there, and copies of their ``(N, D)`` vectors."""
        there = [one for one in ids.tolist() if one in self._rows]
        rows = np.array([self._rows[one] for one in there], dtype=np.int64)
        return np.array(there, dtype=np.int64), self._vectors[rows]

    def contents(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Copies of the ``(N,)`` ids and the ``(N, D)`` vectors, in the same order."""
        return self._ids[: len(self)].copy(), self._vectors[: len(self)].copy()

    def _ranked(
        self, probes: NDArray[np.float32], rows: NDArray[np.int64], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Compares anew in float64: FAISS's sums depend on the size of the batch."""
        compared = cosines(probes, self._vectors[rows])
        compared[rows < 0] = -np.inf
        ids = np.where(rows < 0, NOBODY, self._ids[rows])
        order = np.lexsort((ids, -compared), axis=1)[:, :k]
        return np.take_along_axis(ids, order, axis=1), np.take_along_axis(compared, order, axis=1)

    def _resize(self, capacity: int) -> None:
        vectors = np.zeros((capacity, self.dimension), dtype=np.float32)
        ids = np.zeros(capacity, dtype=np.int64)
        vectors[: len(self)] = self._vectors[: len(self)]
        ids[: len(self)] = self._ids[: len(self)]
        self._vectors, self._ids = vectors, ids

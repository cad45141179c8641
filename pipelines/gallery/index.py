"""Exact search by inner product over driver templates."""

import faiss
import numpy as np
from numpy.typing import NDArray


class ExactIndex:
    """Templates in one contiguous FAISS block, each under its driver's id.

    A removed row is filled by the last one, so that memory holds no gaps and an update costs the
    rows it names. Not thread-safe: the gallery guards it.

    Args:
        dimension: Length of a vector.
    """

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._flat = faiss.IndexFlatIP(dimension)
        self._ids = np.empty(0, dtype=np.int64)
        self._rows: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def clear(self) -> None:
        """Forget everything."""
        self._flat.reset()
        self._ids = np.empty(0, dtype=np.int64)
        self._rows = {}

    def put(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Add vectors, or replace those whose id is there.

        Args:
            ids: ``(N,)`` int64, no id twice.
            vectors: ``(N, D)`` float32 of unit L2 norm.
        """
        known = np.fromiter((int(i) in self._rows for i in ids), dtype=bool, count=len(ids))
        if known.any():
            rows = [self._rows[int(i)] for i in ids[known]]
            self._block()[rows] = vectors[known]
        new_ids = ids[~known]
        if len(new_ids):
            first = len(self)
            self._flat.add(np.ascontiguousarray(vectors[~known], dtype=np.float32))
            self._ids = np.concatenate([self._ids, new_ids])
            self._rows.update(
                zip(new_ids.tolist(), range(first, first + len(new_ids)), strict=True)
            )

    def remove(self, ids: NDArray[np.int64]) -> None:
        """Drop vectors; ids that are not there are passed over.

        Args:
            ids: ``(N,)`` int64.
        """
        rows = {self._rows.pop(int(i)) for i in ids if int(i) in self._rows}
        if not rows:
            return
        end = self._flat.ntotal
        kept = end - len(rows)
        holes = sorted(row for row in rows if row < kept)
        movers = [row for row in range(kept, end) if row not in rows]
        if holes:
            block = self._block()
            block[holes] = block[movers]
            self._ids[holes] = self._ids[movers]
            self._rows.update(zip(self._ids[holes].tolist(), holes, strict=True))
        self._flat.remove_ids(faiss.IDSelectorRange(kept, end))
        self._ids = self._ids[:kept].copy()

    def search(
        self, vectors: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Find the nearest templates of each vector.

        Args:
            vectors: ``(N, D)`` float32 of unit L2 norm.
            k: Most results for one vector.

        Returns:
            ``(N, K)`` int64 ids and ``(N, K)`` float32 cosines, [-1, 1], best first, the smaller
            id first where two are equal; K is ``k`` or the index's size, whichever is less.
        """
        k = min(k, len(self))
        if k == 0 or len(vectors) == 0:
            empty = (len(vectors), 0)
            return np.empty(empty, dtype=np.int64), np.empty(empty, dtype=np.float32)
        cosines, rows = self._flat.search(np.ascontiguousarray(vectors, dtype=np.float32), k)
        cosines = np.clip(cosines, -1.0, 1.0)
        ids = self._ids[rows]
        order = np.lexsort((ids, -cosines), axis=1)
        return np.take_along_axis(ids, order, axis=1), np.take_along_axis(cosines, order, axis=1)

    def _block(self) -> NDArray[np.float32]:
        """``(len, D)`` view of the vectors inside FAISS; valid until the next add or remove."""
        count = self._flat.ntotal
        view: NDArray[np.float32] = faiss.rev_swig_ptr(
            self._flat.get_xb(), count * self.dimension
        ).reshape(count, self.dimension)
        return view

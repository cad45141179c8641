"""A driver's template: the mean of the driver's face vectors, brought back to unit length.

Three photos averaged recognise better than the best of three (LFW, YuNet + SFace).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import ConfigurationError
from pipelines.gallery.vectors import VECTOR_DTYPE
from pipelines.types import Vector

if TYPE_CHECKING:  # whoever enrols has no database
    from sqlalchemy import Row

_FIRST_CAPACITY = 64
_ROWS_AT_ONCE = 10_000


def mean_direction(vectors: Sequence[Vector] | NDArray[np.float32]) -> Vector:
    """The mean of ``(D,)`` unit vectors, brought back to unit length."""
    total = np.sum(vectors, axis=0)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-12), np.float32)


def cosines(probes: NDArray[np.float32], templates: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compare each probe with templates of its own, alike whatever else is compared with it.

    In float64 and without BLAS, which gives equal templates different last bits by their place.

    Args:
        probes: ``(N, D)`` float32 of unit L2 norm.
        templates: ``(N, C, D)`` float32 of unit L2 norm.

    Returns:
        ``(N, C)`` float32, [-1, 1].
    """
    near = templates.astype(np.float64, order="C")  # the order of the sum follows the layout
    exact = np.einsum("nd,ncd->nc", probes.astype(np.float64), near)
    return np.asarray(np.clip(exact, -1.0, 1.0), np.float32)


class TemplateSums:
    """Adds up stored vectors driver by driver.

    Args:
        model_id: Named when a stored vector does not fit.
        dimension: Length of the model's vectors.
    """

    def __init__(self, model_id: str, dimension: int) -> None:
        self.model_id = model_id
        self._dimension = dimension
        self._rows: dict[int, int] = {}
        self._sums = np.zeros((_FIRST_CAPACITY, dimension), dtype=np.float32)

    def add(self, stored: "Sequence[Row[int, bytes]] | Sequence[tuple[int, bytes]]") -> None:
        """Take in ``(driver_id, vector bytes)`` rows.

        Raises:
            ConfigurationError: A vector's length is not that of the model.
        """
        if not stored:
            return
        size = self._dimension * VECTOR_DTYPE.itemsize
        if any(len(vector) != size for _, vector in stored):
            raise ConfigurationError(
                f"the gallery holds vectors of model {self.model_id} that are not of length "
                f"{self._dimension}; give a changed model another model_id"
            )
        rows = [self._rows.setdefault(driver_id, len(self._rows)) for driver_id, _ in stored]
        if len(self._rows) > len(self._sums):
            capacity = max(2 * len(self._sums), len(self._rows))
            self._sums.resize((capacity, self._dimension), refcheck=False)  # in place where it can
        vectors = np.frombuffer(b"".join(vector for _, vector in stored), dtype=VECTOR_DTYPE)
        np.add.at(self._sums, rows, vectors.reshape(-1, self._dimension))

    def finish(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """End the adding.

        Returns:
            ``(N,)`` int64 drivers, rising, and ``(N, D)`` float32 templates of unit L2 norm in the
            same order. They take over the memory of the sums, 4 D bytes a driver.
        """
        ids = np.fromiter(self._rows, dtype=np.int64, count=len(self._rows))
        self._rows.clear()
        templates = self._sums[: len(ids)]
        for start in range(0, len(ids), _ROWS_AT_ONCE):
            some = templates[start : start + _ROWS_AT_ONCE]
            norms = np.linalg.norm(some, axis=1, keepdims=True)
            some /= np.maximum(norms, np.finfo(np.float32).tiny)
        order = np.argsort(ids, kind="stable")
        if (order[1:] < order[:-1]).any():
            return ids[order], templates[order]
        return ids, templates

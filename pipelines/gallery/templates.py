"""A driver's template: the mean of the driver's face vectors, brought back to unit length.

Three photos averaged recognise better than the best of three (LFW, YuNet + SFace).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row

from pipelines.errors import ConfigurationError
from pipelines.gallery.vectors import VECTOR_DTYPE

_FIRST_CAPACITY = 64


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

    def add(self, stored: Sequence[Row[int, bytes]]) -> None:
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
        while len(self._rows) > len(self._sums):
            self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)])
        vectors = np.frombuffer(b"".join(vector for _, vector in stored), dtype=VECTOR_DTYPE)
        np.add.at(self._sums, rows, vectors.reshape(-1, self._dimension))

    def driver_ids(self) -> NDArray[np.int64]:
        """``(N,)`` int64 drivers in the order of their first rows."""
        return np.fromiter(self._rows, dtype=np.int64, count=len(self._rows))

    def templates(self) -> NDArray[np.float32]:
        """``(N, D)`` float32 of unit L2 norm, in the order of ``driver_ids``."""
        sums = self._sums[: len(self._rows)]
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        templates: NDArray[np.float32] = sums / np.maximum(norms, np.finfo(np.float32).tiny)
        return templates

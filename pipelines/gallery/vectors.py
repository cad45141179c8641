"""How a face's vector is stored: float32, little-endian, of unit length."""

import numpy as np

from pipelines.types import Vector

VECTOR_DTYPE = np.dtype("<f4")

_NORM_TOLERANCE = 1e-3


def encoded(vector: Vector, dimension: int) -> bytes:
    """The stored form.

    Args:
        vector: ``(dimension,)`` float32 of unit L2 norm.
        dimension: Length of the model's vectors.

    Raises:
        ValueError: Another shape or length.
    """
    if vector.shape != (dimension,):
        raise ValueError(f"a vector of shape {vector.shape}, not ({dimension},)")
    norm = float(np.linalg.norm(vector))
    if not abs(norm - 1.0) <= _NORM_TOLERANCE:  # also true for NaN
        raise ValueError(f"a vector of norm {norm}, not 1")
    return vector.astype(VECTOR_DTYPE).tobytes()


def decoded(stored: bytes) -> Vector:
    """``(D,)`` float32; a copy that may be written to."""
    return np.frombuffer(stored, dtype=VECTOR_DTYPE).astype(np.float32)

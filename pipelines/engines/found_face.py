"""A face as a detector finds it, and what finds faces."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipelines.types import Box, Picture


@dataclass(frozen=True, slots=True, eq=False)
class FoundFace:
    """A face before it is embedded.

    Attributes:
        box: In pixels of the picture; may reach over its border.
        score: Detector confidence, [0, 1].
        landmarks: ``(5, 2)`` float32, ordered as in ``Face``.
    """

    box: Box
    score: float
    landmarks: NDArray[np.float32]

    def moved(self, scale: float, x: float, y: float) -> "FoundFace":
        """The face with all coordinates multiplied by ``scale``, then shifted."""
        box = Box(
            self.box.x1 * scale + x,
            self.box.y1 * scale + y,
            self.box.x2 * scale + x,
            self.box.y2 * scale + y,
        )
        shift = np.array([x, y], np.float32)
        return FoundFace(box, self.score, self.landmarks * np.float32(scale) + shift)


class FaceDetector(Protocol):
    """Finds faces at the size of the picture it is given. Thread-safe.

    Attributes:
        sees_turns: Whether the landmarks of a face that leans to a side lean with it.
    """

    sees_turns: bool

    def find(self, picture: Picture, min_score: float, /) -> list[FoundFace]: ...

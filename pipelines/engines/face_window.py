"""A square look at a face, brought to one size and turned."""

from dataclasses import dataclass
from math import cos, radians, sin
from typing import Final

import cv2
import numpy as np

from pipelines.engines.face_alignment import Matrix, warped
from pipelines.engines.found_face import FaceDetector, FoundFace
from pipelines.types import Box, Picture

REFINED_PX: Final = 128
CONTEXT: Final = 2.0
"""Side of the window over the longer side of the face's box."""


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Which part of a picture is looked at.

    Attributes:
        matrix: ``(2, 3)``, from pixels of the picture to those of the window.
    """

    matrix: Matrix

    def faces(self, picture: Picture, detector: FaceDetector, min_score: float) -> list[FoundFace]:
        """The faces seen through it, in pixels of the picture.

        Boxes stand upright in the window, so those of a turned one are only about as large and in
        about the place of the face.
        """
        found = detector.find(warped(picture, self.matrix, REFINED_PX), min_score)
        back = cv2.invertAffineTransform(self.matrix)
        scale = float(np.hypot(back[0, 0], back[1, 0]))
        return [_placed(one, back, scale) for one in found]


def window_around(box: Box, turned_deg: float = 0.0) -> Window:
    """The window with a face in its middle.

    Args:
        box: Of the face.
        turned_deg: What is seen is turned by so much, clockwise.
    """
    scale = REFINED_PX / (CONTEXT * max(box.width, box.height))
    across, down = cos(radians(turned_deg)) * scale, sin(radians(turned_deg)) * scale
    turn = np.array([[across, -down], [down, across]])
    middle = np.array([(box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2])
    shift = REFINED_PX / 2 - turn @ middle
    return Window(np.column_stack([turn, shift]))


def _placed(face: FoundFace, back: Matrix, scale: float) -> FoundFace:
    middle = np.array([(face.box.x1 + face.box.x2) / 2, (face.box.y1 + face.box.y2) / 2, 1.0])
    x, y = (float(value) for value in back @ middle)
    half_width, half_height = face.box.width * scale / 2, face.box.height * scale / 2
    box = Box(x - half_width, y - half_height, x + half_width, y + half_height)
    landmarks = face.landmarks @ back[:, :2].T + back[:, 2]
    return FoundFace(box, face.score, landmarks.astype(np.float32))

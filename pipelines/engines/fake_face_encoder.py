"""A face encoder without weights, for tests: it recognises drawn squares."""

from collections.abc import Iterator, Sequence
from typing import Final
from zlib import crc32

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.settings import FaceEncoderSettings
from pipelines.engines.face_alignment import ALIGNED_PX, ARCFACE_LANDMARKS, aligned
from pipelines.engines.face_quality import measure_quality
from pipelines.engines.simulated_time import pass_time
from pipelines.types import Box, Face, Picture, Vector

FACE_PX: Final = 80
IDENTITIES: Final = 65536

_MAGENTA: Final = (255, 0, 255)
_CELLS: Final = 4
_BORDER: Final = 1 / 8
_DEVIATION: Final = 0.2


def draw_fake_face(picture: Picture, x: int, y: int, identity: int) -> tuple[Picture, Box]:
    """Draw a face that ``FakeFaceEncoder`` recognises.

    A magenta square of 80 px; its inner 4 x 4 cells, black or white, spell the identity. It
    survives JPEG of quality 80 and scaling by 0.5 to 1.5.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR; left as it is.
        x: Left edge, pixels.
        y: Upper edge, pixels.
        identity: 0 to 65535.

    Returns:
        A new picture, and where the face is.

    Raises:
        ValueError: The square does not fit, or there is no such identity.
    """
    height, width = picture.shape[:2]
    if not (0 <= x <= width - FACE_PX and 0 <= y <= height - FACE_PX):
        raise ValueError(f"a face of {FACE_PX} px at ({x}, {y}) does not fit {width} x {height}")
    if not 0 <= identity < IDENTITIES:
        raise ValueError(f"identity {identity} is not in 0..{IDENTITIES - 1}")
    border = int(FACE_PX * _BORDER)
    cell = (FACE_PX - 2 * border) // _CELLS
    bits = (identity >> np.arange(_CELLS * _CELLS)) & 1
    cells = np.kron(bits.reshape(_CELLS, _CELLS), np.ones((cell, cell))) * 255
    drawn = picture.copy()
    drawn[y : y + FACE_PX, x : x + FACE_PX] = _MAGENTA
    inner = slice(y + border, y + FACE_PX - border), slice(x + border, x + FACE_PX - border)
    drawn[inner] = cells[..., None]
    return drawn, Box(x, y, x + FACE_PX, y + FACE_PX)


class FakeFaceEncoder:
    """Recognises what ``draw_fake_face`` draws; deterministic, no weights.

    Two pictures of one identity are alike with cosine 0.9 to 0.99, two identities hardly at all.

    Args:
        settings: ``min_face_px`` and ``max_faces`` count. A ``model`` other than the default has
            an id, a dimension and vectors of its own, as another real model would.
    """

    def __init__(self, settings: FaceEncoderSettings) -> None:
        is_default = settings.model == FaceEncoderSettings.model_fields["model"].default
        self.model_id = "fake-face/1" if is_default else f"fake-face-{settings.model}/1"
        self.dimension = 128 if is_default else 96
        self._settings = settings
        self._seed = 0 if is_default else crc32(settings.model.encode()) << 32

    def encode(self, pictures: Sequence[Picture]) -> list[tuple[Face, ...]]:
        """Find the drawn faces of each picture, largest first."""
        pass_time(self._settings.simulated_ms)
        return [self._faces(picture) for picture in pictures]

    def embed(self, aligned: Sequence[Picture]) -> NDArray[np.float32]:
        """Embed aligned faces, each ``(112, 112, 3)`` uint8 BGR; ``(N, D)`` float32, unit norm."""
        whole = Box(0, 0, ALIGNED_PX, ALIGNED_PX)
        vectors = [self._embedding(_identity(face, whole), face) for face in aligned]
        return np.array(vectors, np.float32).reshape(-1, self.dimension)

    def _faces(self, picture: Picture) -> tuple[Face, ...]:
        boxes = sorted(_squares(picture), key=lambda box: box.area, reverse=True)
        boxes = [box for box in boxes if box.width >= self._settings.min_face_px]
        return tuple(self._face(picture, box) for box in boxes[: self._settings.max_faces])

    def _face(self, picture: Picture, box: Box) -> Face:
        landmarks = ARCFACE_LANDMARKS * np.float32(box.width / ALIGNED_PX)
        landmarks += np.array([box.x1, box.y1], np.float32)
        crop = aligned(picture, landmarks)
        return Face(
            box=box,
            score=0.99,
            landmarks=landmarks,
            quality=measure_quality(box, landmarks, crop),
            embedding=self._embedding(_identity(picture, box), picture),
            model_id=self.model_id,
            aligned=crop,
            crop=crop.copy(),
        )

    def _embedding(self, identity: int, picture: Picture) -> Vector:
        own = _direction(self._seed + identity, self.dimension)
        look = IDENTITIES + crc32(picture.tobytes())
        deviation = _direction(self._seed + look, self.dimension)
        vector = own + np.float32(_DEVIATION) * deviation
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


def _squares(picture: Picture) -> Iterator[Box]:
    if picture.size == 0:
        return
    blue, green, red = (picture[..., channel] for channel in range(3))
    mask = ((blue > 150) & (red > 150) & (green < 110)).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    for left, top, width, height, area in stats[1:].tolist():
        # The border alone covers 44 % of the square.
        if 0.85 < width / height < 1.18 and 0.25 < area / (width * height) < 0.65:
            yield Box(left, top, left + width, top + height)


def _identity(picture: Picture, box: Box) -> int:
    region = picture[int(box.y1) : int(box.y2), int(box.x1) : int(box.x2)]
    grey = cv2.cvtColor(region, cv2.COLOR_BGR2GRAY)
    square = cv2.resize(grey, (FACE_PX, FACE_PX), interpolation=cv2.INTER_LINEAR)
    border = int(FACE_PX * _BORDER)
    cell = (FACE_PX - 2 * border) // _CELLS
    inner = square[border : FACE_PX - border, border : FACE_PX - border]
    cells = inner.reshape(_CELLS, cell, _CELLS, cell)[:, 4:-4, :, 4:-4].mean(axis=(1, 3))
    return int(((cells.ravel() > 127).astype(np.int64) << np.arange(_CELLS * _CELLS)).sum())


def _direction(seed: int, dimension: int) -> Vector:
    vector = np.random.default_rng(seed).standard_normal(dimension).astype(np.float32)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)

"""Plates with their surroundings: what views for training are cut from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Quad = npt.NDArray[np.float32]

LONGEST_SIDE: Final = 240
"""Of a plate in a context, pixels; larger ones are scaled down."""

AROUND: Final = 0.6
"""Of the plate's size that a context shows on every side, where its photo reaches so far."""

_QUALITY: Final = 92


class Kind(IntEnum):
    """What is known of a context."""

    CORNERS = 0
    """Its four corners."""
    BOX = 1
    """The bounding box of its plate; the corners are the box's."""
    NOTHING = 2
    """It shows no plate; the corners are those of any rectangle."""


@dataclass(frozen=True, eq=False)
class Context:
    """A plate, or nothing, with what lies around it.

    Attributes:
        jpeg: The encoded picture.
        corners: ``(4, 2)`` float32 pixels: top left, top right, bottom right, bottom left.
        kind: What the corners are.
    """

    jpeg: bytes
    corners: Quad
    kind: Kind

    def decode(self) -> Pixels:
        """``(H, W, 3)`` uint8 BGR."""
        picture = cv2.imdecode(np.frombuffer(self.jpeg, np.uint8), cv2.IMREAD_COLOR)
        return np.asarray(picture, np.uint8)


def encode(picture: Pixels, corners: Quad, kind: Kind) -> Context:
    """Makes a context of ``(H, W, 3)`` uint8 BGR pixels and ``(4, 2)`` corners in them."""
    data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
    return Context(data.tobytes(), corners.astype(np.float32), kind)


def cut_context(picture: Pixels, box: Sequence[float]) -> tuple[Pixels, Quad]:
    """Cuts a box with its surroundings out of a photo.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
        box: xyxy pixels.

    Returns:
        The cut, scaled so that the box's longer side has at most 240 px, and the box's corners.
    """
    height, width = picture.shape[:2]
    x1, y1, x2, y2 = box
    dx, dy = AROUND * (x2 - x1), AROUND * (y2 - y1)
    # A flat plate turned in a view needs more above and below than its height.
    dy = max(dy, 0.25 * (x2 - x1))
    left, top = max(0, int(x1 - dx)), max(0, int(y1 - dy))
    cut = picture[top : min(height, int(y2 + dy) + 1), left : min(width, int(x2 + dx) + 1)]
    scale = min(1.0, LONGEST_SIDE / max(x2 - x1, y2 - y1))
    size = (max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale)))
    factors = np.array([size[0] / cut.shape[1], size[1] / cut.shape[0]], np.float32)
    corners = np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)], np.float32)
    small = cut if scale == 1.0 else cv2.resize(cut, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), (corners - np.array([left, top], np.float32)) * factors


def save(contexts: Sequence[Context], path: Path) -> None:
    """Writes contexts as one .npz shard, in the format of the synthetic plates."""
    lengths = [len(context.jpeg) for context in contexts]
    np.savez(
        path,
        jpeg=np.frombuffer(b"".join(context.jpeg for context in contexts), np.uint8),
        offsets=np.cumsum([0, *lengths], dtype=np.int64),
        corners=np.stack([context.corners for context in contexts]),
        kinds=np.array([context.kind for context in contexts], np.uint8),
    )


def load(paths: Iterable[Path]) -> list[Context]:
    """Reads shards; those without kinds are of synthetic plates, whose corners are known."""
    contexts = []
    for path in paths:
        with np.load(path) as shard:
            data, offsets, corners = shard["jpeg"].tobytes(), shard["offsets"], shard["corners"]
            kinds = shard["kinds"] if "kinds" in shard else np.zeros(len(corners), np.uint8)
        ends = [*offsets.tolist(), len(data)][1 : len(corners) + 1]
        contexts += [
            Context(data[start:end], quad.astype(np.float32), Kind(kind))
            for start, end, quad, kind in zip(
                offsets.tolist(), ends, corners, kinds.tolist(), strict=False
            )
        ]
    return contexts

"""What surrounds synthetic plates: real surroundings of real plates, other photos, car bodies."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.training.plate_split import Split
from pipelines.training.synthesis.surface import clouds

Picture = npt.NDArray[np.uint8]
Canvas = npt.NDArray[np.float32]
Corners = npt.NDArray[np.float32]

_REACH: Final = 1.4
"""How far a cut reaches beyond the real plate, in sizes of the plate."""

_LARGEST_SIDE: Final = 420
_SMALLEST_PLATE_PX: Final = 36
_COVER: Final = 1.0


@dataclass(frozen=True)
class Backdrop:
    """A cut of a photograph.

    Attributes:
        picture: ``(H, W, 3)`` uint8 BGR.
        box: The real plate's x1, y1, x2, y2 in px, which the synthetic one must cover; None where
            the photograph shows none.
    """

    picture: Picture
    box: tuple[float, float, float, float] | None

    @property
    def proportions(self) -> float:
        """Width over height of the real plate; 0 without one."""
        if self.box is None:
            return 0.0
        return (self.box[2] - self.box[0]) / (self.box[3] - self.box[1])

    def around(self, corners: Corners, shape: tuple[int, int], rng: np.random.Generator) -> Canvas:
        """The backdrop scaled and placed so that the plate at ``corners`` hides the real one.

        Args:
            corners: ``(4, 2)`` float32 px of the synthetic plate.
            shape: Height and width of the result.
            rng: Draws the place where there is nothing to hide.

        Returns:
            ``(H, W, 3)`` float32 BGR.
        """
        height, width = shape
        source_h, source_w = self.picture.shape[:2]
        if self.box is None:
            scale = max(width / source_w, height / source_h) * rng.uniform(1.0, 1.6)
            shift = rng.uniform(0, 1, 2) * (width - source_w * scale, height - source_h * scale)
            matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float32)
        else:
            x1, y1, x2, y2 = self.box
            inner = _inside(corners)
            scale = min((inner[2] - inner[0]) / (x2 - x1), (inner[3] - inner[1]) / (y2 - y1))
            middle = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
            matrix = np.array(
                [
                    [scale, 0, middle[0] - scale * (x1 + x2) / 2],
                    [0, scale, middle[1] - scale * (y1 + y2) / 2],
                ],
                np.float32,
            )
        return np.asarray(
            cv2.warpAffine(
                self.picture, matrix, (width, height), flags=cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REFLECT_101,
            ),
            np.float32,
        )  # fmt: skip


@dataclass(frozen=True)
class Backdrops:
    """Backdrops to draw from.

    Attributes:
        cuts: The backdrops; those around plates sorted by the plates' proportions.
    """

    cuts: tuple[Backdrop, ...]

    @cached_property
    def _shapes(self) -> npt.NDArray[np.float64]:
        return np.array([cut.proportions for cut in self.cuts])

    def fitting(self, proportions: float, rng: np.random.Generator) -> Backdrop | None:
        """Draws a backdrop whose real plate is about as oblong as a synthetic one.

        Args:
            proportions: Width over height of the synthetic plate's bounding box.
            rng: Draws it.

        Returns:
            A backdrop, or None where there is none.
        """
        if not self.cuts:
            return None
        shapes = self._shapes
        low, high = np.searchsorted(shapes, (proportions / 1.2, proportions * 1.2))
        if high - low < 12 or rng.random() < 0.1:
            low, high = 0, len(shapes)
        return self.cuts[int(rng.integers(low, high))]


def _inside(corners: Corners) -> tuple[float, float, float, float]:
    """The upright rectangle between the corners that every one of them leaves free."""
    left, right = max(corners[0, 0], corners[3, 0]), min(corners[1, 0], corners[2, 0])
    top, bottom = max(corners[0, 1], corners[1, 1]), min(corners[2, 1], corners[3, 1])
    centre = corners.mean(axis=0)
    least = 0.35 * (corners.max(axis=0) - corners.min(axis=0))
    return (
        float(min(left, centre[0] - least[0] / 2)),
        float(min(top, centre[1] - least[1] / 2)),
        float(max(right, centre[0] + least[0] / 2)),
        float(max(bottom, centre[1] + least[1] / 2)),
    )


def body(shape: tuple[int, int], rng: np.random.Generator) -> Canvas:
    """A car's body without a photograph: paint, edges, a recess, reflections.

    Args:
        shape: Height and width.
        rng: Draws it.

    Returns:
        ``(H, W, 3)`` float32 BGR.
    """
    height, width = shape
    tone = rng.uniform(15, 230)
    colour = np.clip(tone + rng.normal(0, 1, 3) * rng.choice([4, 30]), 5, 245).astype(np.float32)
    ramp = np.linspace(rng.uniform(-0.4, 0.4), rng.uniform(-0.4, 0.4), height, dtype=np.float32)
    canvas = colour * (1 + ramp[:, None, None]) * np.ones((1, width, 1), np.float32)
    canvas += (clouds(shape, rng)[..., None] - 0.5) * np.float32(rng.uniform(0, 60))
    for _ in range(int(rng.integers(1, 6))):
        y = rng.uniform(0, height)
        ends = [(0, int(y)), (width, int(y + rng.normal(0, 0.08) * height))]
        grey = float(rng.uniform(10, 240))
        cv2.line(canvas, ends[0], ends[1], (grey,) * 3, int(rng.integers(1, max(2, height // 8))))
    if rng.random() < 0.5:
        low = (int(rng.uniform(0, 0.2) * width), int(rng.uniform(0, 0.2) * height))
        high = (int(rng.uniform(0.8, 1) * width), int(rng.uniform(0.8, 1) * height))
        cv2.rectangle(canvas, low, high, (colour * rng.uniform(0.3, 1.2)).tolist(), -1)
    return np.asarray(canvas, np.float32)


def load_backdrops(data: Path, split: Split) -> Backdrops:
    """Cuts backdrops out of the training part of the development photographs.

    Args:
        data: The folder ``data/plates``.
        split: Only photographs of its training part are used.

    Returns:
        A cut around every plate that is large enough, and the whole of
        photographs without plates.
    """
    found: list[Backdrop] = []
    for name in sorted(name for name, part in split.photos.items() if part == "training"):
        picture = cv2.imread(str(data / "detect" / "images" / name))
        if picture is None:
            continue
        label = data / "detect" / "labels" / f"{Path(name).stem}.txt"
        rows = label.read_text(encoding="utf-8").split("\n") if label.exists() else []
        boxes = [tuple(map(float, row.split()[1:5])) for row in rows if row.strip()]
        height, width = picture.shape[:2]
        if not boxes:
            found.append(_limited(picture, None))
        for x, y, w, h in boxes if len(boxes) < 3 else []:
            if w * width < _SMALLEST_PLATE_PX:
                continue
            cut = _around(picture, (x * width, y * height, w * width, h * height))
            if cut is not None:
                found.append(cut)
    return Backdrops(tuple(sorted(found, key=lambda cut: cut.proportions)))


def _around(picture: Picture, plate: tuple[float, float, float, float]) -> Backdrop | None:
    """A cut with room around a plate (centre x, y, width, height in px), None where it lacks."""
    x, y, w, h = plate
    height, width = picture.shape[:2]
    far = _REACH * max(w, 1.2 * h)
    x1, y1 = max(0, int(x - w / 2 - far)), max(0, int(y - h / 2 - far))
    x2, y2 = min(width, int(x + w / 2 + far)), min(height, int(y + h / 2 + far))
    least = 0.3 * h
    if min(x - w / 2 - x1, x2 - x - w / 2, y - h / 2 - y1, y2 - y - h / 2) < least:
        return None
    half_w, half_h = w / 2 * _COVER, h / 2 * _COVER
    box = (x - half_w - x1, y - half_h - y1, x + half_w - x1, y + half_h - y1)
    return _limited(picture[y1:y2, x1:x2], box)


def _limited(picture: Picture, box: tuple[float, float, float, float] | None) -> Backdrop:
    scale = min(1.0, _LARGEST_SIDE / max(picture.shape[:2]))
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if box is not None:
            box = (box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale)
    return Backdrop(np.ascontiguousarray(picture), box)

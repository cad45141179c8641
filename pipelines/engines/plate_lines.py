"""Finding the lines of text in a plate crop and cutting them out level."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.settings import Runtime
from pipelines.engines import paddle_models
from pipelines.engines.paddle_runner import PLATE_LINES, replace_runner
from pipelines.errors import ConfigurationError
from pipelines.types import Picture

_CANVAS_PX: Final = 48_000
"""Area at which a crop is searched: a plate of 4:1 in 440 x 110."""

_BORDER: Final = 0.15
"""Added around the crop for the search, as a share of its height: text at the edge is missed."""

_LEAST_ROW_PX: Final = 1.0
_LEAST_HEIGHT: Final = 0.65
"""Rows lower than this share of the main row are dates, states and dealers, not the number."""

_SHORT_PRINT: Final = (0.85, 0.45)
"""Nor are rows lower and shorter than these shares of it: the month under Indonesian numbers."""

_SAME_ROW: Final = 0.4
"""Pieces belong to one row when their centres lie within this share of its height."""

_LEAST_PIECE: Final = 0.45
"""A lower piece than this share of a row's height does not belong to it."""

MOST_ROWS: Final = 3
"""No plate has more; a picture full of text does, and each row multiplies the ways to read it."""

_Points = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A line of text, turned or not, in pixels of the picture that it was found in.

    Attributes:
        corners: ``(4, 2)`` float32: upper left, upper right, lower right, lower left.
        height: Of its tallest piece, pixels.
    """

    corners: _Points
    height: float

    @property
    def width(self) -> float:
        return float(np.linalg.norm(self.corners[1] - self.corners[0]))

    @property
    def middle(self) -> float:
        """The row's centre, pixels from the top."""
        return float(self.corners[:, 1].mean())

    def cut(self, picture: Picture) -> Picture:
        """Return the row as a level picture of its own."""
        width = max(1, round(self.width))
        height = max(1, round(float(np.linalg.norm(self.corners[3] - self.corners[0]))))
        target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        turn = cv2.getPerspectiveTransform(self.corners.astype(np.float32), target)
        level: Picture = cv2.warpPerspective(
            picture, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        return level


class LineFinder:
    """PaddleOCR's TextDetection with the PP-OCRv6 weights of the rapidocr wheel.

    Not thread-safe; the plate reader guards it.

    Args:
        device: ``cpu``, ``gpu:0``, ...
        runtime: What computes it, on the CPU.

    Raises:
        ConfigurationError: The weights cannot be loaded, or the runtime is not for the device.
    """

    def __init__(self, device: str, runtime: Runtime = "auto") -> None:
        if runtime == "openvino" and device != "cpu":
            raise ConfigurationError(
                f"runtime openvino computes on the cpu only; on {device!r} set auto or onnxruntime"
            )
        model = paddle_models.LINE_FINDER
        folder = paddle_models.prepare(model)
        self._model: Any = paddle_models.load(
            "TextDetection", model.name, folder, device, limit_side_len=960, limit_type="max"
        )
        if device == "cpu":
            replace_runner(self._model, folder, PLATE_LINES, runtime)

    def lines(self, crop: Picture) -> tuple[Picture, ...]:
        """Return the lines of a plate's number, level, top to bottom; small print is left out.

        Args:
            crop: ``(h, w, 3)`` uint8 BGR; not changed.
        """
        border = max(4, round(_BORDER * crop.shape[0]))
        framed = cv2.copyMakeBorder(crop, border, border, border, border, cv2.BORDER_REPLICATE)
        scale = (_CANVAS_PX / (framed.shape[0] * framed.shape[1])) ** 0.5
        canvas = cv2.resize(
            framed,
            None,
            fx=scale,
            fy=scale,
            interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
        )
        found = self._model.predict(canvas)[0]["dt_polys"]
        rows = number_rows([np.asarray(polygon, np.float32) / scale for polygon in found])
        return tuple(row.cut(framed) for row in rows)


def number_rows(polygons: Sequence[_Points]) -> list[Row]:
    """Join ``(4, 2)`` pieces of text into rows; return those of the number, top to bottom.

    They are at most three, the largest.
    """
    found = [_row(pieces) for pieces in _grouped([_ordered(polygon) for polygon in polygons])]
    # The text detector now and then answers a polygon without an area.
    rows = [row for row in found if min(row.width, row.height) >= _LEAST_ROW_PX]
    if not rows:
        return []
    rows.sort(key=lambda row: row.width * row.height, reverse=True)
    kept = [row for row in rows if _beside(rows[0], row)][:MOST_ROWS]
    return sorted(kept, key=lambda row: row.middle)


def _beside(main: Row, row: Row) -> bool:
    """Whether a row is part of the number that the main row belongs to."""
    height, width = row.height / main.height, row.width / main.width
    small = height < _SHORT_PRINT[0] and width < _SHORT_PRINT[1]
    return height >= _LEAST_HEIGHT and not small


def _ordered(polygon: _Points) -> _Points:
    """Return the corners from the upper left one clockwise."""
    sums, differences = polygon.sum(axis=1), polygon[:, 0] - polygon[:, 1]
    order = [sums.argmin(), differences.argmax(), sums.argmax(), differences.argmin()]
    corners: _Points = polygon[order]
    return corners


def _height(corners: _Points) -> float:
    return float(np.linalg.norm((corners[3] + corners[2] - corners[0] - corners[1]) / 2))


def _axes(corners: _Points) -> tuple[_Points, _Points]:
    """Return the unit vectors along the text and down from it."""
    along = corners[1] + corners[2] - corners[0] - corners[3]
    along = along / max(float(np.linalg.norm(along)), 1e-6)
    return along, np.array([-along[1], along[0]], np.float32)


def _grouped(pieces: Sequence[_Points]) -> list[list[_Points]]:
    """Group pieces by row, the largest piece of a row first."""
    groups: list[list[_Points]] = []
    for piece in sorted(pieces, key=lambda corners: -float(cv2.contourArea(corners))):
        for group in groups:
            first = group[0]
            _, down = _axes(first)
            height = _height(first)
            apart = abs(float((piece.mean(axis=0) - first.mean(axis=0)) @ down))
            if apart < _SAME_ROW * height and _height(piece) > _LEAST_PIECE * height:
                group.append(piece)
                break
        else:
            groups.append([piece])
    return groups


def _row(pieces: Sequence[_Points]) -> Row:
    """Return the tightest rectangle around all pieces that lies along the first."""
    first = pieces[0]
    along, down = _axes(first)
    centre = first.mean(axis=0)
    points = np.concatenate(pieces) - centre
    left, right = (points @ along).min(), (points @ along).max()
    top, bottom = ((first - centre) @ down).min(), ((first - centre) @ down).max()
    corners = np.array(
        [
            centre + along * x + down * y
            for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))
        ],
        np.float32,
    )
    return Row(corners, max(_height(piece) for piece in pieces))

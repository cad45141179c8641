"""A sheet of the worst failures: what stands there, what was read, how surely."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from pipelines.types import Picture
from tests.bench.figures import PlateResult

MOST = 60
_COLUMNS = 6
_CELL = (230, 178)
_PICTURE_HEIGHT = 120
_MARGIN = 0.15
_LINES = (135, 152, 169)


def draw_failures(plates: Sequence[PlateResult], title: str, target: Path) -> int:
    """Draws wrong readings, the surest first, then plates that were not read.

    Returns:
        Number of failures, also those for which there was no place.
    """
    wrong = sorted(
        (one for one in plates if not one.is_right),
        key=lambda one: (not one.read, -one.confidence, one.truth),
    )
    cells = [_cell(one) for one in wrong[:MOST]]
    width, height = _CELL
    blank = np.full((height, width, 3), 255, np.uint8)
    cells += [blank] * (-len(cells) % _COLUMNS if cells else _COLUMNS)
    rows = [np.hstack(cells[at : at + _COLUMNS]) for at in range(0, len(cells), _COLUMNS)]
    head = np.full((34, _COLUMNS * width, 3), 255, np.uint8)
    _write(head, f"{title}: {len(wrong)} of {len(plates)} wrong", 22, 0.6, (0, 0, 0))
    cv2.imwrite(str(target), np.vstack([head, *rows]))
    return len(wrong)


def _cell(failure: PlateResult) -> Picture:
    width, height = _CELL
    cell = np.full((height, width, 3), 255, np.uint8)
    crop = _crop(failure)
    scale = min((width - 6) / crop.shape[1], (_PICTURE_HEIGHT - 4) / crop.shape[0])
    size = (max(1, int(scale * crop.shape[1])), max(1, int(scale * crop.shape[0])))
    crop = cv2.resize(crop, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    cell[2 : 2 + size[1], 3 : 3 + size[0]] = crop
    origin = " (model's label)" if failure.plate.from_model else ""
    lines = (
        (f"true {failure.truth}", (0, 110, 0)),
        (f"read {failure.read or '-'}  {failure.confidence:.2f}", (0, 0, 200)),
        (f"{failure.source}{origin}", (120, 120, 120)),
    )
    for (text, colour), y in zip(lines, _LINES, strict=True):
        _write(cell, text, y, 0.45, colour)
    return cell


def _crop(failure: PlateResult) -> Picture:
    picture = np.asarray(cv2.imread(str(failure.path)), np.uint8)
    box = failure.plate.box
    if box is None:
        return picture
    x, y = _MARGIN * box.width, _MARGIN * box.height
    left, top = max(0, int(box.x1 - x)), max(0, int(box.y1 - y))
    return picture[top : max(top + 1, int(box.y2 + y)), left : max(left + 1, int(box.x2 + x))]


def _write(cell: Picture, text: str, y: int, size: float, colour: tuple[int, int, int]) -> None:
    cv2.putText(cell, text, (4, y), cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)

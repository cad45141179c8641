"""A plate reader without a model: it reads plates that ``draw_fake_plate`` drew.

A fake plate is a yellow rectangle around a grid of black and white cells, one column a character
between two marker columns, that survives JPEG and rescaling by 0.5 to 1.5.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from configs.settings import PlateReaderSettings
from pipelines.engines.simulated_time import pass_time
from pipelines.plate_alphabet import ALPHABET
from pipelines.types import Box, Picture, PlateCandidate, PlateReading

YELLOW: Final = (0, 255, 255)
"""BGR of a fake plate's ground."""

CELL_PX: Final = 12
BORDER_PX: Final = 12
ROWS: Final = 7
"""Six bits of the character's place in the alphabet and one of odd parity."""

MOST_CHARACTERS: Final = 12
CONFIDENCE: Final = 0.99

_MARKER: Final = np.arange(ROWS) % 2 == 0
_UNREAD: Final = PlateReading(text="", confidence=0.0, char_confidences=(), candidates=(), lines=())


class FakePlateReader:
    """Reads fake plates; every other crop reads as an empty text."""

    model_id = "fake-plate-reader"

    def __init__(self, settings: PlateReaderSettings) -> None:
        self.settings = settings

    def read(self, crops: Sequence[Picture]) -> list[PlateReading]:
        """Read each crop, ``(h, w, 3)`` uint8 BGR with some background around the yellow."""
        pass_time(self.settings.simulated_ms)
        return [_reading(_decode(crop)) for crop in crops]


def draw_fake_plate(picture: Picture, x: int, y: int, text: str) -> tuple[Picture, Box]:
    """Return a copy of the picture with a fake plate on it, and where the plate lies.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR; not changed.
        x: Left edge of the plate, pixels.
        y: Upper edge of the plate, pixels.
        text: 1 to 12 characters of ``ALPHABET``.

    Raises:
        ValueError: The text cannot be drawn, or the plate does not fit the picture.
    """
    if not 1 <= len(text) <= MOST_CHARACTERS or not set(text) <= set(ALPHABET):
        raise ValueError(f"a fake plate shows 1 to {MOST_CHARACTERS} letters and digits: {text!r}")
    columns = [_MARKER, *(_column(character) for character in text), ~_MARKER]
    cells = np.stack(columns, axis=1)
    grid = np.where(cells, 0, 255).astype(np.uint8).repeat(CELL_PX, 0).repeat(CELL_PX, 1)
    height, width = (side + 2 * BORDER_PX for side in grid.shape)
    if x < 0 or y < 0 or y + height > picture.shape[0] or x + width > picture.shape[1]:
        raise ValueError(f"a fake plate of {width}x{height} px at ({x}, {y}) leaves the picture")
    drawn = picture.copy()
    plate = drawn[y : y + height, x : x + width]
    plate[:] = YELLOW
    plate[BORDER_PX:-BORDER_PX, BORDER_PX:-BORDER_PX] = grid[..., None]
    return drawn, Box(x, y, x + width, y + height)


def _column(character: str) -> NDArray[np.bool_]:
    bits = [bool(ALPHABET.index(character) >> bit & 1) for bit in range(ROWS - 1)]
    return np.array([*bits, sum(bits) % 2 == 0])


def _decode(crop: Picture) -> str:
    """Return the text of a fake plate, or ``""``."""
    blue, green, red = (crop[..., channel].astype(int) for channel in range(3))
    yellow = (blue < 110) & (green > 145) & (red > 145)
    plate = _bounds(yellow)
    if plate is None:
        return ""
    grid = _bounds(~yellow[plate])
    if grid is None:
        return ""
    bright = green[plate][grid] > 127
    height, width = bright.shape
    columns = round(width * ROWS / height)
    if not 3 <= columns <= MOST_CHARACTERS + 2 or height < 2 * ROWS:
        return ""
    rows_at = ((np.arange(ROWS) + 0.5) * height / ROWS).astype(int)
    columns_at = ((np.arange(columns) + 0.5) * width / columns).astype(int)
    cells = ~bright[np.ix_(rows_at, columns_at)]
    if (cells[:, 0] != _MARKER).any() or (cells[:, -1] != ~_MARKER).any():
        return ""
    return _text(cells[:, 1:-1])


def _text(cells: NDArray[np.bool_]) -> str:
    places = (cells[:-1] * (1 << np.arange(ROWS - 1))[:, None]).sum(axis=0)
    if (cells.sum(axis=0) % 2 == 0).any() or (places >= len(ALPHABET)).any():
        return ""
    return "".join(ALPHABET[place] for place in places)


def _bounds(mask: NDArray[np.bool_]) -> tuple[slice, slice] | None:
    """Return the rows and columns between the outermost that are mostly set, or None."""
    sides = []
    for axis in (1, 0):
        filled = np.flatnonzero(mask.mean(axis=axis) > 0.5)
        if not len(filled):
            return None
        sides.append(slice(int(filled[0]), int(filled[-1]) + 1))
    return sides[0], sides[1]


def _reading(text: str) -> PlateReading:
    if not text:
        return _UNREAD
    return PlateReading(
        text=text,
        confidence=CONFIDENCE,
        char_confidences=(CONFIDENCE,) * len(text),
        candidates=(PlateCandidate(text, CONFIDENCE),),
        lines=(text,),
    )

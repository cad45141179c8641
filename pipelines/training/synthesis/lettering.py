"""Where each character of a plate's number stands."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.training.synthesis.dies import HEIGHT, STYLES
from pipelines.training.synthesis.glyphs import Glyphs
from pipelines.training.synthesis.layouts import Layout
from pipelines.training.synthesis.texts import SEPARATORS

Mask = npt.NDArray[np.uint8]

_WIDTHS: Final = {" ": 0.0, "_": 0.4, "-": 0.3, ".": 0.12, ":": 0.12, "*": 0.5, "~": 0.45}
_NARROWEST: Final = 0.58
"""Characters are squeezed to this share of their width before they are made smaller."""


@dataclass(frozen=True)
class Mark:
    """Place of a separator that is no paint of the number's die.

    Attributes:
        kind: ``*`` or ``~``.
        x, y: Its middle, px of the plate.
        size: Its width, px.
    """

    kind: str
    x: float
    y: float
    size: float


@dataclass(frozen=True)
class Lettering:
    """A number set on a plate.

    Attributes:
        ink: ``(H, W)`` uint8, how much of each pixel is painted.
        marks: Separators to be drawn in other colours.
        left, right: First and last column with paint.
        top, bottom: First and last row with paint.
    """

    ink: Mask
    marks: tuple[Mark, ...]
    left: int
    right: int
    top: int
    bottom: int


@dataclass(frozen=True)
class _Setting:
    """Measures shared by a plate's rows; those without a unit are shares of the height."""

    stretch: float
    mono: bool
    gap: float
    space: float
    uneven: float


def _setting(layout: Layout, style: str, glyphs: Glyphs, rng: np.random.Generator) -> _Setting:
    if style in STYLES:
        stretch = float(rng.uniform(0.9, 1.12))
    else:
        wanted = rng.uniform(*layout.width)
        stretch = float(np.clip(wanted * HEIGHT / glyphs["H"].shape[1], 0.62, 1.4))
    return _Setting(
        stretch,
        bool(rng.random() < 0.45),
        float(rng.uniform(*layout.gap)),
        float(rng.uniform(*layout.space)),
        float(rng.uniform(0.005, 0.03)) if rng.random() < 0.12 else 0.0,
    )


def _advances(row: str, glyphs: Glyphs, setting: _Setting) -> list[tuple[float, float]]:
    """Widths of glyph and cell of each character, over the height."""
    cell = glyphs["H"].shape[1] / HEIGHT * setting.stretch
    result = []
    for character in row:
        if character in SEPARATORS:
            width = _WIDTHS[character]
            around = setting.space * (0.25 if character in "-.:" else 0.6)
            if character in " _":
                around = setting.space / 2
            result.append((width, width + 2 * around))
            continue
        width = glyphs[character].shape[1] / HEIGHT * setting.stretch
        if setting.mono and cell > 0.3:
            width = min(width, cell * 1.06)
            result.append((width, max(width, cell)))
        else:
            result.append((width, width))
    return result


def set_number(
    rows: tuple[str, ...],
    layout: Layout,
    box: tuple[float, float, float, float],
    glyphs: tuple[str, Glyphs],
    rng: np.random.Generator,
) -> Lettering:
    """Sets a number into a box.

    Args:
        rows: Its rows with separators.
        layout: For the measures of its characters.
        box: x1, y1, x2, y2 in px; the ink is as large as ``x2 + x1`` would make it, see ``paint``.
        glyphs: Style and characters of the typeface.
        rng: Draws what the layout leaves open.
    """
    style, masks = glyphs
    x1, y1, x2, y2 = box
    setting = _setting(layout, style, masks, rng)
    pitch = (y2 - y1) / len(rows)
    tallest = pitch * min(0.94, layout.height * rng.uniform(0.94, 1.06))
    ink = np.zeros((int(np.ceil(y2)) + 4, int(np.ceil(x2)) + 4), np.uint8)
    marks: list[Mark] = []
    edges = [ink.shape[1], 0, ink.shape[0], 0]
    room = (x2 - x1) * rng.uniform(0.9, 0.97)
    spread = rng.uniform(0.5, 0.95) if rng.random() < 0.4 else 0.0
    common = min(_fitted(row, masks, setting, tallest, room)[0] for row in rows)
    heights, shifts = [common] * len(rows), [0.0] * len(rows)
    if len(rows) > 1 and rng.random() < layout.small_first:
        small = rng.uniform(0.45, 0.75)
        heights[0] = common * small
        shifts[0] = -0.5 * (1 - small) * common
        heights[-1] = min(common * 1.15, _fitted(rows[-1], masks, setting, tallest * 1.15, room)[0])
        shifts[-1] = 0.4 * shifts[0]
    for index, row in enumerate(rows):
        high = heights[index]
        squeeze = _fitted(row, masks, setting, high, room)[1]
        advances = _advances(row, masks, setting)
        gap = setting.gap
        width = (sum(cell for _, cell in advances) + gap * (len(row) - 1)) * high * squeeze
        if spread and len(row) > 1 and width < room * spread:
            extra = (room * spread - width) / (len(row) - 1) / (high * squeeze)
            gap += min(extra, 0.22)
            width = (sum(cell for _, cell in advances) + gap * (len(row) - 1)) * high * squeeze
        x = (x1 + x2 - width) / 2 + rng.uniform(-0.15, 0.15) * max(0.0, room - width)
        middle = y1 + pitch * (index + 0.5) + shifts[index]
        edges[2] = min(edges[2], int(middle - high / 2))
        edges[3] = max(edges[3], int(middle + high / 2))
        for character, (glyph, cell) in zip(row, advances, strict=True):
            unit = high * squeeze
            centre = x + cell * unit / 2
            x += (cell + gap) * unit
            if character in "*~":
                marks.append(Mark(character, centre, middle, glyph * unit))
                continue
            edges[0], edges[1] = (
                min(edges[0], int(centre - glyph * unit / 2)),
                max(edges[1], int(centre + glyph * unit / 2)),
            )
            shift = rng.normal(0, setting.uneven * high) if setting.uneven else 0.0
            if character in "-.:":
                _separate(ink, character, (centre, middle), high, glyph * unit)
            elif character not in " _":
                _stamp(ink, masks[character], (centre, middle + shift), (glyph * unit, high))
    return Lettering(ink, tuple(marks), edges[0], edges[1], edges[2], edges[3])


def _fitted(
    row: str, masks: Glyphs, setting: _Setting, tallest: float, room: float
) -> tuple[float, float]:
    """Height in px and horizontal squeeze at which a row fits its room."""
    natural = sum(cell for _, cell in _advances(row, masks, setting)) + setting.gap * (len(row) - 1)
    squeeze = min(1.0, room / (natural * tallest))
    if squeeze >= _NARROWEST:
        return tallest, squeeze
    return room / (natural * _NARROWEST), _NARROWEST


def _stamp(ink: Mask, mask: Mask, middle: tuple[float, float], size: tuple[float, float]) -> None:
    """Paints a character in place."""
    width, height = max(2, round(size[0])), max(4, round(size[1]))
    left, top = round(middle[0] - width / 2), round(middle[1] - height / 2)
    small = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)
    x, y = max(left, 0), max(top, 0)
    part = ink[y : top + height, x : left + width]
    small = small[y - top : y - top + part.shape[0], x - left : x - left + part.shape[1]]
    np.maximum(part, small, out=part)


def _separate(
    ink: Mask, character: str, middle: tuple[float, float], height: float, width: float
) -> None:
    x, y = middle
    if character == "-":
        half = max(1.0, height * 0.055)
        corners = [(x - width / 2, y - half), (x + width / 2, y + half)]
        low, high = (tuple(round(value * 16) for value in corner) for corner in corners)
        cv2.rectangle(ink, low, high, 255, -1, cv2.LINE_AA, 4)
        return
    where = y if character == ":" else y + height * 0.42
    radius = max(1.2, height * 0.065)
    cv2.circle(ink, (round(x * 16), round(where * 16)), round(radius * 16), 255, -1, cv2.LINE_AA, 4)

"""Paints whole plates, flat and worn."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.training.synthesis import bands as banding
from pipelines.training.synthesis import furniture, surface, texts, wear
from pipelines.training.synthesis.colours import COLOURS, paint_of
from pipelines.training.synthesis.glyphs import Typefaces
from pipelines.training.synthesis.layouts import Band, Layout, Layouts
from pipelines.training.synthesis.lettering import set_number

Picture = npt.NDArray[np.uint8]
Canvas = npt.NDArray[np.float32]

RANDOM_SHARE: Final = 0.2
"""Plates whose characters follow no rule, so that a reader learns none."""

_BENT_SHARE: Final = 0.12
"""Long plates that follow a bumper's curve."""

_LEAST_CONTRAST: Final = 70.0
"""Grey levels between ink and ground; less is a mistake of the draw, not a plate."""


@dataclass(frozen=True)
class SyntheticPlate:
    """A plate seen from the front.

    Attributes:
        picture: ``(H, W, 3)`` uint8 BGR, with its holder if it has one.
        mask: ``(H, W)`` uint8, 255 where ``picture`` shows plate or holder.
        corners: ``(4, 2)`` float32 px: the plate's top left, top right, bottom right, bottom left
            in ``picture``, where its edges would meet if they were not round.
        lines: The number's rows, ``A`` to ``Z`` and ``0`` to ``9`` only.
        region: ISO code of country or state.
    """

    picture: Picture
    mask: Picture
    corners: npt.NDArray[np.float32]
    lines: tuple[str, ...]
    region: str

    @property
    def text(self) -> str:
        """The rows in reading order, nothing between them."""
        return "".join(self.lines)


@dataclass(frozen=True)
class Painter:
    """Paints plates of the layouts.

    Attributes:
        layouts: What is painted.
        faces: Typefaces of numbers and words.
    """

    layouts: Layouts
    faces: Typefaces

    def paint(self, rng: np.random.Generator, region: str | None = None) -> SyntheticPlate:
        """Paints one plate.

        Args:
            rng: Draws everything; the same state gives the same plate.
            region: Region of the plate; None draws one by the layouts' weights.

        Raises:
            ValueError: If no layout has the region.
        """
        return self.paint_layout(self.layouts.draw(rng, region), rng)

    def paint_layout(self, layout: Layout, rng: np.random.Generator) -> SyntheticPlate:
        """Paints one plate of a layout."""
        number = _number(layout, rng)
        canvas, ink_colour = self._grounded(layout, rng)
        bands = [band for band in layout.bands if rng.random() < band.share]
        code = "".join(banding.draw_band(canvas, band, self.faces, rng) for band in bands)
        for line in layout.lines:
            if rng.random() < line.share:
                furniture.draw_line(canvas, line, ink_colour, self.faces, rng)
        style = layout.styles[int(rng.integers(len(layout.styles)))]
        if rng.random() < 0.12:
            style = "any"
        lettering = set_number(
            tuple(number.split("/")),
            layout,
            _box(layout, (canvas.shape[0], canvas.shape[1]), bands),
            (style, self.faces.number(style, rng)),
            rng,
        )
        for mark in lettering.marks:
            furniture.draw_mark(canvas, mark, layout.emblem, rng)
        edges = (lettering.left, lettering.right, lettering.top, lettering.bottom)
        if rng.random() < layout.sideways:
            furniture.draw_sideways(canvas, edges, ink_colour, self.faces, rng)
        height, width = canvas.shape[:2]
        ink = np.zeros((height, width), np.float32)
        part = lettering.ink[:height, :width]
        ink[: part.shape[0], : part.shape[1]] = part / np.float32(255)
        ink = wear.pressed(ink, rng)
        relief = rng.uniform(*layout.emboss)
        painted = wear.faded(ink, rng) if rng.random() < 0.12 else ink
        canvas += (ink_colour - canvas) * painted[..., None]
        if relief > 0.05:
            wear.emboss(canvas, ink, relief, rng)
        if rng.random() < layout.stickers:
            furniture.draw_stickers(canvas, self.faces, rng)
        return self._worn(canvas, number + code, layout, edges, rng)

    def _grounded(self, layout: Layout, rng: np.random.Generator) -> tuple[Canvas, Canvas]:
        """Ground with its print and border, and the ink's colour."""
        scale = (195 + 0.27 * layout.size[0]) / layout.size[0]
        shape = (round(layout.size[1] * scale), round(layout.size[0] * scale))
        index = int(rng.integers(len(layout.ground)))
        paired = len(layout.ink) == len(layout.ground) > 1
        ink_name = layout.ink[index if paired else int(rng.integers(len(layout.ink)))]
        canvas = surface.ground(layout.ground[index], shape, rng)
        surface.scenery(layout.scenery[int(rng.integers(len(layout.scenery)))], canvas, rng)
        ink = paint_of(ink_name, rng)
        middle = float(canvas[shape[0] // 3 : 2 * shape[0] // 3].mean())
        if abs(float(ink.mean()) - middle) < _LEAST_CONTRAST:
            ink = paint_of("white" if middle < 110 else "black", rng)
        if layout.border:
            colour = ink if layout.border not in COLOURS else paint_of(layout.border, rng)
            inset = max(0, round(rng.uniform(0, 5) * scale))
            thick = max(1, round(rng.uniform(1.5, 4.5) * scale))
            corner = (shape[1] - 1 - inset, shape[0] - 1 - inset)
            if rng.random() < 0.85:
                cv2.rectangle(canvas, (inset, inset), corner, colour.tolist(), thick)
        return canvas, ink

    def _worn(
        self,
        canvas: Canvas,
        number: str,
        layout: Layout,
        edges: tuple[int, int, int, int],
        rng: np.random.Generator,
    ) -> SyntheticPlate:
        """Ages a plate, maybe puts it into a holder, and lights it."""
        if rng.random() < 0.6:
            wear.screws(canvas, rng)
        if rng.random() < 0.3:
            wear.dirt(canvas, rng)
        if rng.random() < 0.15:
            wear.scratches(canvas, rng)
        height, width = canvas.shape[:2]
        reach = (0, 0, 0, 0)
        radius = layout.corner / layout.size[0] * width * rng.uniform(0.4, 1.2)
        if rng.random() < (0.5 if width < 2.6 * height else 0.35):
            canvas, reach = wear.framed(canvas, edges, self.faces, rng)
            mask = wear.outline(canvas.shape[:2], radius)
        else:
            mask = wear.outline((height, width), radius)
        if rng.random() < 0.22:
            wear.shadow(canvas, rng)
        if rng.random() < 0.15:
            wear.glare(canvas, rng)
        left, top = reach[:2]
        corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
        picture = np.clip(canvas, 0, 255).astype(np.uint8)
        if width > 2.6 * height and rng.random() < _BENT_SHARE:
            picture, mask = wear.bent(picture, mask, rng)
        return SyntheticPlate(
            picture,
            mask,
            corners + np.array([left, top], np.float32),
            texts.rows_of(number),
            layout.region,
        )


def _number(layout: Layout, rng: np.random.Generator) -> str:
    if rng.random() < layout.vanity:
        return texts.chosen(rng)
    template = layout.texts[int(rng.integers(len(layout.texts)))]
    number = texts.written(template, rng)
    if rng.random() < RANDOM_SHARE:
        number = texts.at_random(rng) if "/" not in number else texts.shuffled(number, rng)
    return number


def _box(
    layout: Layout, shape: tuple[int, int], bands: list[Band]
) -> tuple[float, float, float, float]:
    """Room of the number: x1, y1, x2, y2 px."""
    height, width = shape
    boxes = [banding.band_box(band, shape) for band in bands if band.side in {"left", "right"}]
    left = max((box[2] for box in boxes if box[0] <= 0), default=0.0)
    right = min((box[0] for box in boxes if box[0] > 0), default=float(width))
    half = min(layout.centre, 1 - layout.centre) * height
    middle = layout.centre * height
    if not any("/" in template for template in layout.texts):
        half = height / 2
    return left + 0.01 * width, middle - half, right - 0.01 * width, middle + half

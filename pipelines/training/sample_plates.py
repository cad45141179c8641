"""Number plates drawn flat, as their countries lay them out.

Letters are DejaVu Sans (from matplotlib's wheel), squeezed and thickened until they resemble plate
lettering; no country's official font is used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pipelines.training.sample_vehicles import Colour, f32

Drawing = NDArray[np.float32]
"""``(H, W, 3)`` float32, RGB, [0, 1], display-referred (sRGB)."""

PX_PER_MM = 2
BLACK: Colour = (0.05, 0.05, 0.06)
WHITE: Colour = (0.93, 0.93, 0.91)
YELLOW: Colour = (0.96, 0.78, 0.12)
EU_BLUE: Colour = (0.05, 0.18, 0.55)


@dataclass(frozen=True)
class PlateDesign:
    """A flat plate and its true width, metres; the height follows from the proportions."""

    drawing: Drawing
    width_m: float


@cache
def _font() -> ImageFont.FreeTypeFont:
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(str(path), 400)


@cache
def _glyph(char: str) -> NDArray[np.uint8]:
    """One character cropped to its ink, ``(h, w)`` uint8, ink 255."""
    image = Image.new("L", (800, 800))
    ImageDraw.Draw(image).text((200, 100), char, font=_font(), fill=255, stroke_width=9)
    box = image.getbbox()
    assert box is not None, f"no glyph for {char!r}"
    return np.asarray(image.crop(box), dtype=np.uint8)


class _Sheet:
    """A plate under construction; lengths are millimetres from the top left corner."""

    def __init__(self, width: float, height: float, colour: Colour) -> None:
        self.width, self.height = width, height
        shape = (round(height * PX_PER_MM), round(width * PX_PER_MM), 3)
        self.pixels: Drawing = f32(np.broadcast_to(f32(colour), shape)).copy()

    def rectangle(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        left, top, right, bottom = (
            round(value * PX_PER_MM) for value in (x, y, x + width, y + height)
        )
        self.pixels[top:bottom, left:right] = colour

    def border(self, colour: Colour, thickness: float = 3, inset: float = 3) -> None:
        low, high = round(inset * PX_PER_MM), round((inset + thickness) * PX_PER_MM)
        rows, columns = self.pixels.shape[:2]
        frame = _rounded(rows, columns, low, 16) & ~_rounded(rows, columns, high, 12)
        self.pixels[frame] = colour

    def dot(self, x: float, y: float, radius: float, colour: Colour) -> None:
        centre = (round(x * PX_PER_MM), round(y * PX_PER_MM))
        cv2.circle(self.pixels, centre, round(radius * PX_PER_MM), colour, -1, cv2.LINE_AA)

    def text(
        self, text: str, box: tuple[float, float, float, float], colour: Colour = BLACK
    ) -> None:
        """Fill ``box`` = (x, y, width, height) with characters; separators get half a cell."""
        x, y, width, height = box
        spans = [0.5 if char in " -." else 1.0 for char in text]
        cell = width / sum(spans)
        for index, char in enumerate(text):
            position = sum(spans[:index])
            if char == " ":
                continue
            if char in "-.":
                middle = y + height * (0.5 if char == "-" else 0.93)
                reach = cell * (0.2 if char == "-" else 0.1)
                centre = x + (position + 0.25) * cell
                self.rectangle(centre - reach, middle - 4, 2 * reach, 8, colour)
                continue
            glyph = _glyph(char)
            natural = glyph.shape[1] / _glyph("0").shape[1]
            glyph_width = cell * 0.84 * min(natural, 1.12)
            left = x + position * cell + (cell - glyph_width) / 2
            self._stamp(glyph, (left, y, glyph_width, height), colour)

    def _stamp(
        self, glyph: NDArray[np.uint8], box: tuple[float, float, float, float], colour: Colour
    ) -> None:
        left, top, width, height = (round(value * PX_PER_MM) for value in box)
        ink = cv2.resize(glyph, (width, height), interpolation=cv2.INTER_AREA) / f32(255)
        part = self.pixels[top : top + height, left : left + width]
        part += ink[: part.shape[0], : part.shape[1], None] * (f32(colour) - part)

    def euroband(self, letters: str, right: bool = False) -> None:
        """The blue band with the ring of stars and the country's letters."""
        x = self.width - 42 if right else 0.0
        self.rectangle(x, 0, 42, self.height, EU_BLUE)
        for star in range(12 if letters else 0):
            angle = star * np.pi / 6
            self.dot(x + 21 + 12 * np.sin(angle), 33 - 12 * np.cos(angle), 1.6, YELLOW)
        if letters:
            self.text(letters, (x + 21 - 7 * len(letters), 70, 14 * len(letters), 24), WHITE)

    def finish(self) -> PlateDesign:
        rows, columns = self.pixels.shape[:2]
        self.pixels[~_rounded(rows, columns, 0, 14)] = (0.2, 0.2, 0.2)
        return PlateDesign(self.pixels, self.width / 1000)


def _rounded(rows: int, columns: int, inset: int, radius: int) -> NDArray[np.bool_]:
    """Mask of a rounded rectangle inset from the sheet's edges, pixels."""
    y, x = np.mgrid[:rows, :columns] + 0.5
    dx = np.maximum(np.abs(x - columns / 2) - (columns / 2 - inset - radius), 0)
    dy = np.maximum(np.abs(y - rows / 2) - (rows / 2 - inset - radius), 0)
    return np.asarray(np.hypot(dx, dy) <= radius)


def russia(text: str) -> PlateDesign:
    """Six Cyrillic capitals and digits; the region and the flag in a box at the right."""
    series, region = text[:6], text[6:]
    sheet = _Sheet(520, 112, WHITE)
    sheet.border(BLACK)
    sheet.rectangle(386, 4, 4, 104, BLACK)
    sheet.text(series[0], (22, 33, 58, 60))
    sheet.text(series[1:4], (82, 19, 174, 75))
    sheet.text(series[4:], (258, 33, 118, 60))
    sheet.text(region, (398, 16, 104 if len(region) == 3 else 96, 52))
    sheet.text("RUS", (402, 80, 54, 17))
    for stripe, colour in enumerate((WHITE, (0.1, 0.25, 0.7), (0.8, 0.12, 0.12))):
        sheet.rectangle(464, 80 + stripe * 6, 30, 6, colour)
    return sheet.finish()


def vietnam_car(text: str) -> PlateDesign:
    """``30A-123.45`` in one line."""
    sheet = _Sheet(520, 110, WHITE)
    sheet.border(BLACK)
    sheet.text(text, (16, 20, 488, 70))
    return sheet.finish()


def vietnam_motorbike(text: str) -> PlateDesign:
    """``59-X1 234.56`` in two lines."""
    upper, lower = text.split(" ")
    sheet = _Sheet(190, 140, WHITE)
    sheet.border(BLACK, thickness=2)
    sheet.text(upper, (20, 13, 150, 52))
    sheet.text(lower, (10, 76, 170, 52))
    return sheet.finish()


def brazil(text: str) -> PlateDesign:
    """Mercosul ``ABC1D23``."""
    sheet = _Sheet(400, 130, WHITE)
    sheet.rectangle(0, 0, 400, 32, (0.06, 0.22, 0.6))
    sheet.text("BRASIL", (140, 7, 120, 18), WHITE)
    sheet.rectangle(360, 7, 26, 18, (0.1, 0.5, 0.2))
    sheet.dot(373, 16, 5, YELLOW)
    sheet.border(BLACK, thickness=2, inset=1)
    sheet.text(text, (14, 46, 372, 66))
    return sheet.finish()


def germany(text: str) -> PlateDesign:
    """``M AB1234``: seals between the town and the rest."""
    town, rest = text.split(" ")
    sheet = _Sheet(520, 110, WHITE)
    sheet.euroband("D")
    sheet.border(BLACK)
    town_width = 62 * len(town)
    sheet.text(town, (52, 18, town_width, 74))
    seal_x = 52 + town_width + 22
    sheet.dot(seal_x, 36, 16, (0.75, 0.65, 0.35))
    sheet.dot(seal_x, 78, 15, (0.55, 0.6, 0.62))
    sheet.text(rest, (seal_x + 22, 18, 500 - seal_x - 22, 74))
    return sheet.finish()


def united_kingdom(text: str) -> PlateDesign:
    """``AB12 CDE`` on the yellow of a rear plate."""
    sheet = _Sheet(520, 111, YELLOW)
    sheet.text(text, (24, 16, 472, 79))
    return sheet.finish()


def _one_euroband(letters: str) -> Callable[[str], PlateDesign]:
    def draw(text: str) -> PlateDesign:
        sheet = _Sheet(520, 110, WHITE)
        sheet.euroband(letters)
        sheet.border(BLACK, thickness=2)
        sheet.text(text, (54, 19, 454, 72))
        return sheet.finish()

    return draw


def _two_eurobands(letters: str) -> Callable[[str], PlateDesign]:
    def draw(text: str) -> PlateDesign:
        sheet = _Sheet(520, 110, WHITE)
        sheet.euroband(letters)
        sheet.euroband("", right=True)
        sheet.text(text, (50, 19, 420, 72))
        return sheet.finish()

    return draw


DESIGNS: dict[str, Callable[[str], PlateDesign]] = {
    "RU": russia,
    "VN": vietnam_car,
    "VN motorbike": vietnam_motorbike,
    "BR": brazil,
    "DE": germany,
    "GB": united_kingdom,
    "ES": _one_euroband("E"),
    "PL": _one_euroband("PL"),
    "FR": _two_eurobands("F"),
    "IT": _two_eurobands("I"),
}

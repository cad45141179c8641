"""Masks of characters and words, drawn once and kept."""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from pipelines.training.synthesis.dies import ALPHABET, HEIGHT, STYLES, cut, strike

Mask = npt.NDArray[np.uint8]
Glyphs = dict[str, Mask]

CUTS: Final = 40
"""Dies of each style; more would only cost memory."""

WORD_FONTS: Final = 8
"""Fonts of each use for words: many more would draw nearly every word anew."""

WORD_HEIGHT: Final = 40


@dataclass(frozen=True)
class Typefaces:
    """Where lettering comes from.

    Attributes:
        fonts: Use -> font files; the uses are those of ``fonts.FAMILIES``.
    """

    fonts: dict[str, tuple[Path, ...]]

    def number(self, style: str, rng: np.random.Generator) -> Glyphs:
        """Draws the typeface of a plate's number.

        Args:
            style: Key of ``dies.STYLES`` or a use of fonts.
            rng: Draws one of the style's typefaces.

        Returns:
            Character -> ``(96, W)`` uint8 mask that its character fills.
        """
        if style in STYLES:
            return _struck(style, int(rng.integers(CUTS)))
        paths = self.fonts[style]
        return _set(paths[int(rng.integers(len(paths)))])

    def word(self, text: str, use: str, rng: np.random.Generator) -> Mask:
        """Draws a word or a line in one of the fonts of ``use``.

        Returns:
            ``(H, W)`` uint8 mask that the word fills; capitals are about 40 px high.
        """
        paths = self.fonts[use]
        step = max(1, len(paths) // WORD_FONTS)
        return _word(text, paths[int(rng.integers(len(paths) // step)) * step])


@cache
def _struck(style: str, index: int) -> Glyphs:
    die = cut(style, index)
    return {character: strike(die, character) for character in ALPHABET}


@cache
def _set(path: Path) -> Glyphs:
    font = _font(path, HEIGHT)
    return {character: _fit(_filled(_drawn(character, font))) for character in ALPHABET}


@lru_cache(maxsize=20_000)
def _word(text: str, path: Path) -> Mask:
    return _filled(_drawn(text, _font(path, WORD_HEIGHT)))


@cache
def _font(path: Path, height: int) -> ImageFont.FreeTypeFont:
    """The font at the size where ``H`` is ``height`` px high."""
    _, top, _, bottom = ImageFont.truetype(str(path), 100).getbbox("H")
    return ImageFont.truetype(str(path), round(100 * height / (bottom - top)))


def _drawn(text: str, font: ImageFont.FreeTypeFont) -> Mask:
    left, top, right, bottom = font.getbbox(text)
    picture = Image.new("L", (int(right - left) + 8, int(bottom - top) + 8))
    ImageDraw.Draw(picture).text((4 - left, 4 - top), text, font=font, fill=255)
    return np.asarray(picture, np.uint8)


def _filled(mask: Mask) -> Mask:
    """The part of a mask between its first and last rows and columns with paint."""
    rows, columns = np.flatnonzero(mask.max(axis=1) > 64), np.flatnonzero(mask.max(axis=0) > 64)
    if not len(rows):
        return mask
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _fit(mask: Mask) -> Mask:
    """Scales a character to the common height: tails of Q and overshoots are pressed in."""
    height, width = mask.shape
    size = (max(3, round(width * min(1.0, HEIGHT / height))), HEIGHT)
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.uint8)

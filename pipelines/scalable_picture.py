"""A picture that is decoded only as finely as it is looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from pipelines.types import Box, Picture

FACTORS: Final = (8, 4, 2, 1)
"""What a decoder may divide both sides by, coarsest first."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A picture at one of its scales.

    Attributes:
        pixels: ``(h, w, 3)`` uint8 BGR, upright.
        factor: Source pixels a pixel of the view.
        left: Source pixels by which the view begins before the picture, below ``factor``: JPEG
            fills its last block, which lies first where the picture is turned.
        top: The same above the picture.
    """

    pixels: Picture
    factor: int = 1
    left: int = 0
    top: int = 0

    def to_source(self, point: Point) -> Point:
        """Takes a point of the view to pixels of the source picture."""
        return point[0] * self.factor - self.left, point[1] * self.factor - self.top

    def from_source(self, point: Point) -> Point:
        """Takes a point of the source picture to pixels of the view."""
        return (point[0] + self.left) / self.factor, (point[1] + self.top) / self.factor

    def box_to_source(self, box: Box) -> Box:
        """Takes a box of the view to pixels of the source picture."""
        return Box(*self.to_source((box.x1, box.y1)), *self.to_source((box.x2, box.y2)))

    def box_from_source(self, box: Box) -> Box:
        """Takes a box of the source picture to pixels of the view."""
        return Box(*self.from_source((box.x1, box.y1)), *self.from_source((box.x2, box.y2)))


class ScalablePicture:
    """A picture with a coarse view at hand and finer ones to be had. Not thread-safe.

    Args:
        width: Of the upright picture, pixels.
        height: Of the upright picture, pixels.
        first: The view at hand.
        decode: Makes the view of a factor.
    """

    def __init__(
        self, width: int, height: int, first: View, decode: Callable[[int], View] | None = None
    ) -> None:
        self.width = width
        self.height = height
        self._finest = first
        self._decode = decode

    @classmethod
    def of(cls, picture: Picture) -> Self:
        """A picture that is decoded already, ``(H, W, 3)`` uint8 BGR."""
        height, width = picture.shape[:2]
        return cls(width, height, View(picture))

    @property
    def longer_side(self) -> int:
        return max(self.width, self.height)

    @property
    def finest(self) -> View:
        """The finest view that is decoded."""
        return self._finest

    def view(self, most: float) -> View:
        """A view of at most so many source pixels a pixel, decoded now where none is at hand.

        Raises:
            UnreadablePicture: The picture is damaged.
            Unavailable: There is not enough memory for it now.
        """
        if self._decode is not None and self._finest.factor > max(1.0, most):
            self._finest = self._decode(factor_for(most))
        return self._finest

    def full(self) -> Picture:
        """The whole picture, ``(H, W, 3)`` uint8 BGR; raises what ``view`` does."""
        return self.view(1.0).pixels


def factor_for(most: float) -> int:
    """The coarsest factor that is not above ``most``; 1 where there is none."""
    return next((factor for factor in FACTORS if factor <= most), 1)

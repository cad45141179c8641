"""Cutting a large picture into overlapping tiles of one size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from configs.tile_settings import TileSettings
from pipelines.geometry import intersection
from pipelines.types import Box, Picture

_STRIDE: Final = 32

_WITHIN: Final = 0.6
"""Share of a hint's area that lies on a tile to count for it."""

_AT_BORDER: Final = 2.0
"""Pixels of the scaled picture within which a box reaches a tile's border."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """A grid of tiles, in pixels of the picture that is cut.

    Attributes:
        scale: Scaled pixels a pixel: what a tile is shrunk by before it is looked at.
        width: Of each tile.
        height: Of each tile.
        places: Left and upper edge of each tile, row by row.
        overlap: Least number of pixels that neighbours share.
        picture: Width and height of the picture.
        longest: Longest side that a scaled tile may have, a multiple of 32 px.
    """

    scale: float
    width: int
    height: int
    places: tuple[tuple[int, int], ...]
    overlap: float
    picture: tuple[int, int]
    longest: int

    @property
    def side(self) -> int:
        """Longer side of a tile once it is scaled, a multiple of 32 px."""
        side = math.ceil(max(self.width, self.height) * self.scale / _STRIDE) * _STRIDE
        return min(side, self.longest)

    def cut(self, picture: Picture, place: tuple[int, int]) -> Picture:
        """A view of one tile's pixels."""
        left, top = place
        return picture[top : top + self.height, left : left + self.width]

    def likeliest(self, hints: Sequence[tuple[float, Box]]) -> list[tuple[int, int]]:
        """All places, those first on which something was seen before.

        Args:
            hints: Score and box of whatever resembled a plate, in pixels of the picture.
        """

        def promise(place: tuple[int, int]) -> float:
            left, top = place
            tile = Box(left, top, left + self.width, top + self.height)
            within = (score for score, box in hints if intersection(box, tile) > _WITHIN * box.area)
            return max(within, default=0.0)

        return sorted(self.places, key=promise, reverse=True)

    def is_cut(self, place: tuple[int, int], box: Box) -> bool:
        """Whether a box on a tile ends at a border behind which a neighbour shows it whole.

        Args:
            place: Of the tile.
            box: In pixels of the tile.
        """
        near = _AT_BORDER / self.scale
        left, top = place
        beside = (left > 0 and box.x1 < near) or (
            left + self.width < self.picture[0] and box.x2 > self.width - near
        )
        above = (top > 0 and box.y1 < near) or (
            top + self.height < self.picture[1] and box.y2 > self.height - near
        )
        return (beside and box.width < self.overlap) or (above and box.height < self.overlap)


def tiles_of(width: int, height: int, settings: TileSettings) -> Tiles:
    """Lays tiles over a picture of ``width`` x ``height`` pixels, all of one size."""
    scale = min(1.0, settings.image_size / max(width, height))
    columns, rows = _count(width * scale, settings), _count(height * scale, settings)
    overlap = settings.overlap / scale
    tile_width = _side(width, columns, overlap)
    tile_height = _side(height, rows, overlap)
    places = tuple(
        (left, top)
        for top in _starts(height, tile_height, rows)
        for left in _starts(width, tile_width, columns)
    )
    longest = settings.tile_size
    return Tiles(scale, tile_width, tile_height, places, overlap, (width, height), longest)


def _count(length: float, settings: TileSettings) -> int:
    advance = settings.tile_size - settings.overlap
    return max(1, math.ceil((length - settings.overlap) / advance))


def _side(length: int, count: int, overlap: float) -> int:
    return min(length, math.ceil((length + (count - 1) * overlap) / count))


def _starts(length: int, side: int, count: int) -> list[int]:
    if count == 1:
        return [0]
    return [(length - side) * number // (count - 1) for number in range(count)]

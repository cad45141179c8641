from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from configs.settings import PlateDetectorSettings, TileSettings
from pipelines.engines.plate_tiles import tiles_of
from pipelines.types import Box


def test_a_picture_of_twelve_megapixels_at_half_size_has_twelve_tiles() -> None:
    tiles = tiles_of(2000, 1500, TileSettings(image_size=1920, tile_size=640, overlap=96))

    assert len(tiles.places) == 12
    assert (tiles.width, tiles.height) == (575, 567)
    assert tiles.side == 576
    assert tiles.places[0] == (0, 0)
    assert tiles.places[-1] == (2000 - 575, 1500 - 567)


def test_a_picture_is_never_scaled_up() -> None:
    tiles = tiles_of(700, 500, TileSettings(image_size=1920))
    assert tiles.scale == 1.0
    assert tiles.places == ((0, 0), (302, 0))


@given(
    width=st.integers(1, 9000),
    height=st.integers(1, 9000),
    tile_size=st.sampled_from([320, 640, 960]),
    overlap=st.integers(0, 160),
    max_tiles=st.integers(1, 64),
)
@settings(max_examples=200)
def test_tiles_cover_the_picture_and_share_the_overlap(
    width: int, height: int, tile_size: int, overlap: int, max_tiles: int
) -> None:
    chosen = TileSettings(tile_size=tile_size, overlap=overlap, max_tiles=max_tiles)

    tiles = tiles_of(width, height, chosen)

    assert 1 <= len(tiles.places) <= max_tiles
    assert max(tiles.width, tiles.height) * tiles.scale <= tile_size + 1
    assert len(set(tiles.places)) == len(tiles.places)
    for axis, (length, side) in enumerate([(width, tiles.width), (height, tiles.height)]):
        starts = sorted({place[axis] for place in tiles.places})
        assert starts[0] == 0
        assert starts[-1] + side == length
        for one, following in pairwise(starts):
            assert one + side - following >= overlap / tiles.scale - 1


def test_more_tiles_than_allowed_make_the_picture_smaller() -> None:
    many = tiles_of(4000, 4000, TileSettings(max_tiles=16))
    few = tiles_of(4000, 4000, TileSettings(max_tiles=4))

    assert len(many.places) == 16
    assert len(few.places) == 4
    assert few.scale < many.scale


def test_a_plate_that_a_border_cuts_is_left_to_the_neighbour() -> None:
    tiles = tiles_of(2000, 1500, TileSettings(overlap=96))
    first, last = tiles.places[0], tiles.places[-1]
    right, bottom = float(tiles.width), float(tiles.height)

    assert tiles.is_cut(first, Box(right - 60, 100, right, 120))
    assert tiles.is_cut(first, Box(200, bottom - 30, 260, bottom - 1))
    assert tiles.is_cut(last, Box(0, 100, 60, 120))
    assert tiles.is_cut(last, Box(100, 0, 160, 20))


def test_a_plate_at_the_border_of_the_picture_or_wider_than_the_overlap_is_kept() -> None:
    tiles = tiles_of(2000, 1500, TileSettings(overlap=96))
    first, last = tiles.places[0], tiles.places[-1]
    right, bottom = float(tiles.width), float(tiles.height)

    assert not tiles.is_cut(first, Box(0, 0, 60, 20))
    assert not tiles.is_cut(last, Box(right - 60, bottom - 20, right, bottom))
    assert not tiles.is_cut(first, Box(right - 150, 100, right, 140))
    assert not tiles.is_cut(first, Box(right - 70, 100, right - 10, 120))


def test_a_tile_is_a_view_of_its_pixels() -> None:
    picture = np.zeros((1500, 2000, 3), np.uint8)
    tiles = tiles_of(2000, 1500, TileSettings())

    tile = tiles.cut(picture, tiles.places[-1])

    assert tile.shape == (tiles.height, tiles.width, 3)
    assert np.shares_memory(tile, picture)


def test_tiles_that_hardly_advance_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"tiles\.overlap must be at most half of"):
        PlateDetectorSettings.model_validate({"tiles": {"tile_size": 320, "overlap": 161}})

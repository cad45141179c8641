from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from configs.settings import PlateDetectorSettings, TileSettings
from pipelines.engines.plate_tiles import tiles_of
from pipelines.types import Box


def test_a_picture_of_twelve_megapixels_has_nine_tiles() -> None:
    tiles = tiles_of(2000, 1500, TileSettings(image_size=1600, tile_size=640, overlap=96))

    assert tiles.scale == 0.8
    assert (tiles.width, tiles.height) == (747, 580)
    assert tiles.side == 608
    assert len(tiles.places) == TileSettings().max_tiles == 9
    assert tiles.places[0] == (0, 0)
    assert tiles.places[-1] == (2000 - 747, 1500 - 580)


def test_a_picture_is_never_scaled_up() -> None:
    tiles = tiles_of(700, 500, TileSettings(image_size=1600))
    assert tiles.scale == 1.0
    assert tiles.places == ((0, 0), (302, 0))


@given(
    width=st.integers(1, 9000),
    height=st.integers(1, 9000),
    tile_size=st.sampled_from([320, 640, 960]),
    overlap=st.integers(0, 160),
)
@settings(max_examples=200)
def test_tiles_cover_the_picture_and_share_the_overlap(
    width: int, height: int, tile_size: int, overlap: int
) -> None:
    chosen = TileSettings(tile_size=tile_size, overlap=overlap)

    tiles = tiles_of(width, height, chosen)

    assert max(tiles.width, tiles.height) * tiles.scale <= tile_size + 1
    assert tiles.side <= tile_size
    assert len(set(tiles.places)) == len(tiles.places)
    for axis, (length, side) in enumerate([(width, tiles.width), (height, tiles.height)]):
        starts = sorted({place[axis] for place in tiles.places})
        assert starts[0] == 0
        assert starts[-1] + side == length
        for one, following in pairwise(starts):
            assert one + side - following >= overlap / tiles.scale - 1


def test_tiles_with_a_hint_come_first_the_best_before_the_others() -> None:
    tiles = tiles_of(2000, 1500, TileSettings())
    middle, last = tiles.places[4], tiles.places[-1]
    hints = [(0.03, Box(1000, 750, 1040, 760)), (0.2, Box(1900, 1400, 1960, 1420))]

    places = tiles.likeliest(hints)

    assert places[:2] == [last, middle]
    assert places[2:] == [place for place in tiles.places if place not in (last, middle)]


def test_a_hint_on_the_edge_of_a_tile_does_not_count_for_it() -> None:
    tiles = tiles_of(2000, 1500, TileSettings())
    left = float(tiles.places[1][0])

    places = tiles.likeliest([(0.1, Box(left - 60, 100, left + 20, 120))])

    assert places[:2] == [tiles.places[0], tiles.places[1]]
    assert tiles.likeliest([(0.1, Box(left - 20, 100, left + 60, 120))])[0] == tiles.places[0]
    assert tiles.likeliest([(0.1, Box(900, 100, 960, 120))])[0] == tiles.places[1]


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

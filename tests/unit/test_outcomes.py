"""Batches of encoded pictures."""

from collections.abc import Sequence

import numpy as np

from pipelines.errors import GatehouseError, TooLarge, UnreadablePicture, UnsupportedPicture
from pipelines.imaging import encode_jpeg
from pipelines.outcomes import decode_and_run, open_and_run
from pipelines.scalable_picture import ScalablePicture
from pipelines.types import Picture


def grey(height: int, width: int) -> bytes:
    return encode_jpeg(np.full((height, width, 3), 128, np.uint8))


class Engine:
    """Answers each picture's size and remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def run(self, pictures: Sequence[Picture]) -> list[tuple[int, int]]:
        self.batches.append(len(pictures))
        return [(picture.shape[0], picture.shape[1]) for picture in pictures]


def kinds(outcomes: list[tuple[int, int] | GatehouseError]) -> list[object]:
    return [type(one) if isinstance(one, GatehouseError) else one for one in outcomes]


def test_bad_pictures_keep_their_places_and_fail_alone() -> None:
    engine = Engine()
    pictures = [b"\xff\xd8\xff\xe0 broken", grey(8, 16), b"GIF89a", grey(200, 200), grey(4, 4)]
    assert kinds(decode_and_run(pictures, 1000, engine.run)) == [
        UnreadablePicture,
        (8, 16),
        UnsupportedPicture,
        TooLarge,
        (4, 4),
    ]
    assert engine.batches == [2]


def test_no_more_is_held_decoded_than_one_picture_may_have() -> None:
    engine = Engine()
    pictures = [grey(10, 40), grey(10, 40), grey(10, 40), grey(10, 90), grey(10, 10)]
    outcomes = decode_and_run(pictures, 1000, engine.run)
    assert kinds(outcomes) == [(10, 40), (10, 40), (10, 40), (10, 90), (10, 10)]
    assert engine.batches == [2, 1, 2]


def test_an_engine_is_not_called_for_nothing() -> None:
    engine = Engine()
    assert decode_and_run([], 1000, engine.run) == []
    assert kinds(decode_and_run([b""], 1000, engine.run)) == [UnsupportedPicture]
    assert engine.batches == []


class ScalingEngine:
    """Answers the size of each picture and of what is decoded of it; remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def run(self, pictures: Sequence[ScalablePicture]) -> list[tuple[int, int]]:
        self.batches.append(len(pictures))
        return [(picture.width, picture.finest.pixels.shape[1]) for picture in pictures]


def test_large_pictures_are_opened_at_the_smallest_scale_that_is_asked_for() -> None:
    engine = ScalingEngine()
    pictures = [grey(80, 160), b"GIF89a", grey(10, 39)]
    outcomes = open_and_run(pictures, 100_000, 40, engine.run)
    assert kinds(outcomes) == [(160, 40), UnsupportedPicture, (39, 39)]
    assert engine.batches == [2]


def test_opened_pictures_count_with_all_the_pixels_that_they_may_become() -> None:
    engine = ScalingEngine()
    pictures = [grey(50, 100), grey(50, 100), grey(50, 100)]
    outcomes = open_and_run(pictures, 10_000, 12, engine.run)
    assert kinds(outcomes) == [(100, 13), (100, 13), (100, 13)]
    assert engine.batches == [2, 1]

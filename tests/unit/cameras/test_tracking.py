"""Which boxes belong together."""

import pytest

from configs.camera_settings import TrackSettings
from pipelines.cameras.tracking import Tracks
from pipelines.types import Box


def nobody_knows(_number: int, _place: int) -> float | None:
    return None


def plate(x: float, y: float = 0.0) -> Box:
    return Box(x, y, x + 100, y + 25)


def test_what_moves_keeps_its_number() -> None:
    tracks = Tracks(TrackSettings())
    numbers = [tracks.assign([plate(60.0 * step)], 0.25 * step, nobody_knows) for step in range(6)]
    assert numbers == [[1]] * 6


def test_movement_so_far_foretells_where_something_is() -> None:
    tracks = Tracks(TrackSettings(reach=0.5))
    for step, x in enumerate((0.0, 90.0, 180.0)):
        assert tracks.assign([plate(x)], float(step), nobody_knows) == [1]
    # Two pictures later it is farther on than it reaches, but where it was to be expected.
    assert tracks.assign([plate(360.0)], 4.0, nobody_knows) == [1]


def test_two_at_once_are_kept_apart() -> None:
    tracks = Tracks(TrackSettings())
    assert tracks.assign([plate(0.0), plate(300.0)], 0.0, nobody_knows) == [1, 2]
    assert tracks.assign([plate(310.0), plate(20.0)], 0.25, nobody_knows) == [2, 1]


def test_what_is_far_away_is_another_one() -> None:
    tracks = Tracks(TrackSettings(reach=1.0))
    tracks.assign([plate(0.0)], 0.0, nobody_knows)
    assert tracks.assign([plate(500.0)], 0.25, nobody_knows) == [2]


@pytest.mark.parametrize(("alike", "number"), [(1.0, 1), (0.6, 2), (None, 2)])
def test_what_looks_the_same_is_the_same_wherever_it_is(alike: float | None, number: int) -> None:
    tracks = Tracks(TrackSettings())
    tracks.assign([plate(0.0)], 0.0, nobody_knows)
    assert tracks.assign([plate(900.0)], 0.25, lambda *_: alike) == [number]


def test_what_looks_other_is_another_one_in_the_same_place() -> None:
    tracks = Tracks(TrackSettings())
    tracks.assign([plate(0.0)], 0.0, nobody_knows)
    assert tracks.assign([plate(0.0)], 0.25, lambda *_: 0.2) == [2]


def test_likeness_decides_between_two_in_reach() -> None:
    tracks = Tracks(TrackSettings())
    tracks.assign([plate(0.0), plate(60.0, 30.0)], 0.0, nobody_knows)
    # They have changed places.
    places = {(1, 1): 1.0, (2, 0): 1.0, (1, 0): 0.5, (2, 1): 0.5}
    boxes = [plate(0.0), plate(60.0, 30.0)]
    assert tracks.assign(boxes, 0.25, lambda *pair: places[pair]) == [2, 1]


def test_what_was_not_seen_for_a_while_has_passed_once() -> None:
    tracks = Tracks(TrackSettings(lost_after_s=1.0))
    tracks.assign([plate(0.0)], 0.0, nobody_knows)
    assert tracks.lost(1.0) == []
    assert tracks.lost(1.1) == [1]
    assert tracks.lost(9.0) == []
    assert tracks.assign([plate(0.0)], 9.0, nobody_knows) == [2]
    assert tracks.all_lost() == [2]

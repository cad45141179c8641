from pathlib import Path

import numpy as np
import pytest

from pipelines.training.corners.contexts import (
    LONGEST_SIDE,
    Context,
    Kind,
    cut_context,
    encode,
    load,
    save,
)
from tests.unit.plate_scenes import noise, scene


def _contexts() -> list[Context]:
    quad = np.array([(5, 5), (35, 6), (34, 20), (6, 18)], np.float32)
    return [encode(noise(30, 40, seed), quad + seed, Kind(seed % 3)) for seed in range(4)]


def test_contexts_come_back_as_they_were_saved(tmp_path: Path) -> None:
    contexts = _contexts()

    save(contexts, tmp_path / "shard.npz")
    again = load([tmp_path / "shard.npz"])

    assert [each.jpeg for each in again] == [each.jpeg for each in contexts]
    assert [each.kind for each in again] == [each.kind for each in contexts]
    for one, other in zip(again, contexts, strict=True):
        assert np.array_equal(one.corners, other.corners)


def test_shards_of_synthetic_plates_have_known_corners(tmp_path: Path) -> None:
    jpegs = [each.jpeg for each in _contexts()]
    np.savez(
        tmp_path / "shard.npz",
        jpeg=np.frombuffer(b"".join(jpegs), np.uint8),
        offsets=np.cumsum([0, *map(len, jpegs)], dtype=np.int64),
        corners=np.zeros((4, 4, 2), np.float32),
        texts=np.array(["A", "B", "C", "D"]),
    )

    again = load([tmp_path / "shard.npz"])

    assert [each.jpeg for each in again] == jpegs
    assert {each.kind for each in again} == {Kind.CORNERS}
    assert again[2].decode().shape == (30, 40, 3)


def test_a_context_shows_what_lies_around_the_box() -> None:
    picture, box = scene()

    cut, corners = cut_context(picture, (box.x1, box.y1, box.x2, box.y2))

    width, height = np.ptp(corners, axis=0)
    assert (width, height) == pytest.approx((box.width, box.height))
    assert corners.min(axis=0) == pytest.approx([0.6 * box.width, 0.25 * box.width], abs=1)
    assert cut.shape[1] == pytest.approx(2.2 * box.width, abs=3)


def test_a_large_plate_is_scaled_down_with_its_corners() -> None:
    picture, box = scene(0.0, 4.0)

    cut, corners = cut_context(picture, (box.x1, box.y1, box.x2, box.y2))

    assert np.ptp(corners[:, 0]) == pytest.approx(LONGEST_SIDE, rel=0.01)
    assert np.ptp(corners[:, 0]) / cut.shape[1] == pytest.approx(
        box.width / (2.2 * box.width), 0.02
    )

"""The clip that a camera is measured on."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.bench.camera_clip.scene import Passage, plan, seen
from tests.bench.camera_clip.sprites import Sprite, drawn_vehicles, street
from tests.bench.camera_clip.watching import sampled
from tests.bench.camera_clip.writing import write_clip, write_truth

STREET = np.full((96, 128, 3), 90, np.uint8)


def sprite(name: str, *, person: bool = False) -> Sprite:
    """A white square."""
    return Sprite(name, np.full((20, 20, 3), 255, np.uint8), np.ones((20, 20), np.float32), person)


def test_the_samples_vehicles_are_cut_out_with_their_texts() -> None:
    vehicles = {one.name: one for one in drawn_vehicles()}
    assert {"A123BC77", "AB12CDE"} <= set(vehicles)
    for one in vehicles.values():
        assert one.picture.shape[:2] == one.mask.shape
        assert one.mask.min() < 0.01
        assert one.mask.max() == pytest.approx(1.0)
    assert street().shape == (640, 960, 3)


def test_everybody_passes_some_together_and_the_first_once_more() -> None:
    vehicles = [sprite(name) for name in "ABCDE"]
    passages = plan(vehicles, [sprite("Ann", person=True)], seed=1)
    names = [one.sprite.name for one in passages]
    assert sorted(names) == sorted([*"ABCDE", "A", "Ann"])
    of = {one.sprite.name: one for one in passages}
    assert of["C"].begins_s < of["D"].begins_s < of["C"].ends_s  # two at once
    assert of["B"].begins_s < of["Ann"].begins_s < of["B"].ends_s
    assert passages[-1].sprite.name == "A"


def test_what_passes_is_where_its_way_says() -> None:
    passage = Passage(sprite("A"), 1.0, ((0.0, (0.0, 0.5, 1.0)), (2.0, (1.0, 0.5, 1.0))))
    assert passage.place(0.9) is None
    assert passage.place(2.0) == (0.5, 0.5, 1.0)
    assert passage.place(3.1) is None
    pictures = list(seen(STREET, [passage], rate=2.0, shutter_s=0.01))
    assert len(pictures) == 10
    brightest = [int(np.argmax(one[48].mean(axis=1) > 200)) for one in pictures]
    assert brightest[:2] == [0, 0]
    assert 40 < brightest[4] < 60


@pytest.mark.parametrize("suffix", [".mp4", ".avi"])
def test_a_clip_is_sampled_by_its_own_time(tmp_path: Path, suffix: str) -> None:
    clip = tmp_path / f"clip{suffix}"
    write_clip(clip, [np.full((96, 128, 3), shade, np.uint8) for shade in range(0, 200, 10)], 10.0)
    frames = list(sampled(clip, per_second=4.0))
    assert [round(one.at_s, 2) for one in frames] == [0.0, 0.3, 0.5, 0.8, 1.0, 1.3, 1.5, 1.8]
    assert frames[4].picture.mean() == pytest.approx(100, abs=6)


def test_the_truth_says_who_passes_when(tmp_path: Path) -> None:
    way = ((0.0, (0.0, 0.5, 1.0)), (2.0, (1.0, 0.5, 1.0)))
    write_truth(tmp_path / "truth.json", [Passage(sprite("Ann", person=True), 1.0, way)])
    assert json.loads((tmp_path / "truth.json").read_text()) == [
        {"kind": "person", "name": "Ann", "from_s": 1.0, "to_s": 3.0}
    ]

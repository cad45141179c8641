"""Shards of synthetic plates."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.training import plate_synthesis
from pipelines.training.plate_synthesis import Order, write_shards
from pipelines.training.synthesis.backdrops import Backdrops
from pipelines.training.synthesis.painting import Painter
from tests.unit.training.synthesis.conftest import faces, painter

__all__ = ["faces", "painter"]


@pytest.fixture
def workshop(painter: Painter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paints with matplotlib's fonts and without photographs, five plates a shard."""
    monkeypatch.setattr(plate_synthesis, "_workshop", lambda *_: (painter, Backdrops(())))
    monkeypatch.setattr(plate_synthesis, "SHARD", 5)


@pytest.mark.usefixtures("workshop")
def test_shards_hold_pictures_texts_and_corners(tmp_path: Path) -> None:
    paths = write_shards(Order(tmp_path, 8, 1), 0)
    assert [path.name for path in paths] == ["shard_0000.npz", "shard_0001.npz"]
    counts = []
    for path in paths:
        with np.load(path) as shard:
            count = len(shard["texts"])
            counts.append(count)
            assert shard["corners"].shape == (count, 4, 2)
            assert len(shard["offsets"]) == count + 1
            assert [rows.replace("/", "") for rows in shard["lines"]] == list(shard["texts"])
            for row in range(count):
                jpeg = shard["jpeg"][shard["offsets"][row] : shard["offsets"][row + 1]]
                picture = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
                assert (shard["corners"][row] < picture.shape[1::-1]).all()
    assert counts == [5, 3]


@pytest.mark.usefixtures("workshop")
def test_seeds_give_different_plates_and_repeat(tmp_path: Path) -> None:
    texts = []
    for folder, seed in (("a", 1), ("b", 1), ("c", 2)):
        (path,) = write_shards(Order(tmp_path / folder, 4, seed), 0)
        with np.load(path) as shard:
            texts.append(list(shard["texts"]))
    assert texts[0] == texts[1] != texts[2]

from pathlib import Path

import numpy as np
import pytest
import torch

from pipelines.training.corners.contexts import Kind, encode, save
from pipelines.training.corners.training import Plan, held_out_figures, train
from tests.unit.plate_scenes import scene


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    folder = tmp_path / "shards"
    folder.mkdir()
    picture, box = scene()
    corners = np.array(
        [(box.x1, box.y1), (box.x2, box.y1), (box.x2, box.y2), (box.x1, box.y2)], np.float32
    )
    contexts = [encode(picture, corners, kind) for kind in Kind]
    save(contexts, folder / "training.npz")
    save(contexts[:2], folder / "validation.npz")
    return folder


def test_a_stopped_training_goes_on_where_it_was(tmp_path: Path, shards: Path) -> None:
    train(tmp_path / "whole", [shards], Plan(steps=2, batch=6, threads=1))
    train(tmp_path / "parts", [shards], Plan(steps=1, batch=6, threads=1))
    first = torch.load(tmp_path / "parts" / "checkpoint.pt", weights_only=True)
    train(tmp_path / "parts", [shards], Plan(steps=2, batch=6, threads=1))
    second = torch.load(tmp_path / "parts" / "checkpoint.pt", weights_only=True)
    whole = torch.load(tmp_path / "whole" / "checkpoint.pt", weights_only=True)

    assert (first["step"], second["step"], whole["step"]) == (1, 2, 2)
    weight = "quarter.0.0.weight"
    assert not torch.equal(first["network"][weight], second["network"][weight])
    assert torch.allclose(second["network"][weight], whole["network"][weight], atol=1e-3)


def test_figures_come_from_the_validation_shards(tmp_path: Path, shards: Path) -> None:
    train(tmp_path / "run", [shards], Plan(steps=1, batch=6, threads=1))

    figures = held_out_figures(tmp_path / "run" / "checkpoint.pt", [shards])

    assert set(figures) == {"corners", "corner_error", "box_error"}
    assert 0 <= figures["corners"] <= 1
    assert figures["box_error"] > 0.05

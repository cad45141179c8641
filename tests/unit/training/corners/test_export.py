import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch.optim.swa_utils import AveragedModel

from pipelines.training.corners.export import export
from pipelines.training.corners.network import CornerNetwork


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    torch.manual_seed(3)
    network = AveragedModel(CornerNetwork())
    path = tmp_path / "checkpoint.pt"
    torch.save({"step": 7, "average": network.state_dict()}, path)
    return path


def test_the_exported_network_answers_as_the_trained_one(checkpoint: Path, tmp_path: Path) -> None:
    manifest = export(checkpoint, tmp_path / "corners.onnx", {"corners": 0.5})

    network = AveragedModel(CornerNetwork())
    network.load_state_dict(torch.load(checkpoint, weights_only=True)["average"])
    views = np.random.default_rng(0).integers(0, 256, (3, 64, 128, 3), dtype=np.uint8)
    with torch.inference_mode():
        corners, doubt = network.module.eval()(torch.from_numpy(views))
    session = onnxruntime.InferenceSession(str(tmp_path / "corners.onnx"))
    exported, error = session.run(["corners", "error"], {"views": views})
    assert exported == pytest.approx(corners.numpy(), abs=2e-3)
    assert error == pytest.approx(doubt.exp().numpy(), rel=2e-2)
    assert manifest["steps"] == 7
    assert json.loads((tmp_path / "corners.json").read_text()) == manifest
    assert manifest["figures"] == {"corners": 0.5}
    assert manifest["bytes"] == (tmp_path / "corners.onnx").stat().st_size < 2_000_000

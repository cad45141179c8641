"""The trained corner finder as an ONNX file with its manifest."""

import hashlib
import json
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from pipelines.training.corners.network import CornerNetwork

_HALVED_FROM: Final = 1024


class _Answer(nn.Module):  # type: ignore[misc]  # torch is not followed
    """Answers the expected error itself."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, views: Tensor) -> tuple[Tensor, Tensor]:
        corners, doubt = self.network(views)
        return corners, doubt.exp()


def export(checkpoint: Path, out: Path, figures: Mapping[str, float]) -> dict[str, Any]:
    """Writes the averaged network of a checkpoint.

    Args:
        checkpoint: What training saved.
        out: The ONNX file: input ``views`` ``(N, 64, 128, 3)`` uint8 RGB, outputs ``corners``
            ``(N, 4, 2)`` float32 shares of the view and ``error`` ``(N,)`` float32.
        figures: What was measured, for the manifest.

    Returns:
        The manifest, which is written beside it.
    """
    average = AveragedModel(CornerNetwork())
    state = torch.load(checkpoint, weights_only=True)
    average.load_state_dict(state["average"])
    model = _Answer(average.module).eval()
    views = torch.zeros(2, 64, 128, 3, dtype=torch.uint8)
    out.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # The newer exporter needs one more package and writes the same operators.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            model,
            (views,),
            str(out),
            input_names=["views"],
            output_names=["corners", "error"],
            dynamic_axes={"views": {0: "n"}, "corners": {0: "n"}, "error": {0: "n"}},
            opset_version=17,
            dynamo=False,
        )
    _halve(out)
    manifest = {
        "name": out.stem,
        "file": out.name,
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        "bytes": out.stat().st_size,
        "licence": "AGPL-3.0-only",
        "base": "none: trained from scratch by pipelines/training/plate_corners.py",
        "architecture": "residual network with four heat maps, centres of mass",
        "input": "views (batch, 64, 128, 3) uint8 RGB: the detector's box grown by 20 % of its "
        "width and 35 % of its height on each side, stretched",
        "output": "corners (batch, 4, 2) float32: top left, top right, bottom right, bottom left, "
        "shares of the view; error (batch) float32: expected error, share of the plate's size",
        "steps": state["step"],
        "figures": dict(figures),
        "trained": datetime.now(tz=UTC).date().isoformat(),
    }
    text = json.dumps(manifest, indent=2) + "\n"
    out.with_suffix(".json").write_text(text, encoding="utf-8")
    return manifest


def _halve(path: Path) -> None:
    """Stores large weights in half precision; they are widened once, when the model is opened."""
    model = onnx.load(path)
    casts = []
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < _HALVED_FROM:
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT))
    for place, cast in enumerate(casts):
        model.graph.node.insert(place, cast)
    onnx.checker.check_model(model)
    onnx.save(model, path)

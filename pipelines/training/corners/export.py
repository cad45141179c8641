"""The trained corner finder as an ONNX file with its manifest."""

import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from pipelines.training.corners.network import CornerNetwork
from pipelines.training.plate_export import store_half, write_manifest


class _Answer(nn.Module):
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
    graph = onnx.load(out)
    store_half(graph)
    onnx.checker.check_model(graph)
    onnx.save(graph, out)
    details = {
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
    return write_manifest(out, details)

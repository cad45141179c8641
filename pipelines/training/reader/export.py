"""From a trained network to the file that the service loads."""

import logging
import warnings
from pathlib import Path
from typing import Final

import onnx
import torch
from torch import Tensor, nn

from pipelines.training.plate_export import store_half
from pipelines.training.reader.network import (
    CHARACTERS,
    HEIGHT,
    ROWS,
    WIDTH,
    PlateReaderNetwork,
)

logger = logging.getLogger(__name__)

_OPSET: Final = 18


class _Served(nn.Module):  # type: ignore[misc] # torch is untyped here
    """The network on pictures as a reader has them, with probabilities of regions."""

    def __init__(self, network: PlateReaderNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        characters, regions = self.network(crops.permute(0, 3, 1, 2).float())
        return characters, torch.softmax(regions, dim=1)


def export_reader(network: PlateReaderNetwork, target: Path) -> None:
    """Writes the network as ONNX: input ``crops`` ``(N, 64, 160, 3)`` uint8 RGB.

    Args:
        network: In evaluation mode.
        target: File to write.
    """
    example = torch.zeros((2, HEIGHT, WIDTH, 3), dtype=torch.uint8)
    with warnings.catch_warnings():
        # The newer exporter needs onnxscript.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            _Served(network).eval(),
            (example,),
            str(target),
            input_names=["crops"],
            output_names=["characters", "regions"],
            dynamic_axes={"crops": {0: "n"}, "characters": {0: "n"}, "regions": {0: "n"}},
            opset_version=_OPSET,
            dynamo=False,
        )
    model = onnx.load(str(target))
    properties = {
        "alphabet": CHARACTERS,
        "regions": ",".join(network.regions),
        "rows": str(ROWS),
    }
    onnx.helper.set_model_props(model, properties)
    store_half(model)
    onnx.checker.check_model(model)
    onnx.save(model, str(target))
    logger.info("wrote %s, %.1f MB", target.name, target.stat().st_size / 1e6)

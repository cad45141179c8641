"""From a trained network to the file that the service loads."""

import hashlib
import json
import logging
import statistics
import time
import warnings
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from pipelines.training.plate_export import store_half, write_manifest
from pipelines.training.reader.network import (
    CHARACTERS,
    HEIGHT,
    ROWS,
    WIDTH,
    PlateReaderNetwork,
)

logger = logging.getLogger(__name__)

_OPSET: Final = 18


class _Served(nn.Module):
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


def milliseconds_of(weights: Path, rounds: int = 50) -> float:
    """Median time of one crop on one thread, milliseconds."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(weights), options)
    crop = np.zeros((1, HEIGHT, WIDTH, 3), np.uint8)
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        session.run(None, {"crops": crop})
        times.append(1e3 * (time.perf_counter() - started))
    return statistics.median(times)


def write_description(weights: Path, date: str) -> None:
    """Writes the JSON beside the weights; a calibration of these very weights stays.

    Args:
        weights: The exported file.
        date: Day the training ended, ISO 8601.
    """
    description = weights.with_suffix(".json")
    known = json.loads(description.read_text(encoding="utf-8")) if description.is_file() else {}
    same = known.get("sha256") == hashlib.sha256(weights.read_bytes()).hexdigest()
    kept = {"calibration": known["calibration"]} if same and "calibration" in known else {}
    write_manifest(
        weights,
        {
            "licence": "AGPL-3.0-only",
            "base": "none",
            "architecture": "convolutions, CTC over two rows of 40 columns",
            "input": "crops (n, 64, 160, 3) uint8 RGB, the crop stretched to 160 x 64",
            "output": "characters (n, 80, 37) log-probabilities; regions (n, r) probabilities",
            "trained": date,
            **kept,
        },
    )

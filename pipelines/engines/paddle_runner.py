"""Runs the networks of PaddleOCR's models as our other networks are run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from configs.settings import Runtime
from pipelines.engines.networks import Network, Traits, load_failures, open_network
from pipelines.errors import ConfigurationError

PLATE_LINES: Final = Traits("plate lines", openvino="always", bfloat16=True)
PLATE_TEXT: Final = Traits("plate text", openvino="in bfloat16", bfloat16=True)
"""Of PP-OCRv6 small. A plate's crop costs the line finder 53 ms on ONNX Runtime, on OpenVINO 11 in
float32 and 5 in bfloat16; a line costs the recogniser 18, 17 and 6 ms. Of 439 cuts of plates 438
read the same."""


def replace_runner(model: Any, folder: Path, traits: Traits, runtime: Runtime) -> None:
    """Put a network on the quickest runtime in the place of PaddleX's own ONNX Runtime session.

    Args:
        model: A ``TextDetection`` or ``TextRecognition``.
        folder: Where its ``inference.onnx`` lies.
        traits: What was measured of it.
        runtime: What computes it, on the CPU.

    Raises:
        ConfigurationError: The runtime is not there or does not load the network.
    """
    path = folder / "inference.onnx"
    try:
        network = open_network(path, traits, runtime)
    except load_failures(OSError) as error:
        raise ConfigurationError(f"{traits.name} network {path} does not load: {error}") from error
    model.paddlex_predictor.runner = _Runner(network)


class _Runner:
    """What PaddleX calls with its batches."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._input = network.inputs[0].name
        self._outputs = [port.name for port in network.outputs]

    def __call__(self, x: Sequence[NDArray[Any]] | NDArray[Any]) -> list[NDArray[Any]]:
        batch = x if isinstance(x, np.ndarray) else x[0]
        return self._network.run(self._outputs, {self._input: np.ascontiguousarray(batch)})

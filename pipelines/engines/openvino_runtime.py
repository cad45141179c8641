"""Networks on OpenVINO, for processors only."""

import importlib.util
from collections import deque
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pipelines.engines.late_import import hidden
from pipelines.engines.onnx_runtime import threads
from pipelines.engines.ports import Port
from pipelines.errors import ConfigurationError

LOAD_FAILURES: Final = (RuntimeError, ImportError)
"""What OpenVINO raises for models that it cannot load, and Python where it is damaged."""

_CONVERTER: Final = "openvino.tools.ovc"
_BFLOAT16: Final = "bf16"
_FLOAT32: Final = "f32"


class OpenVinoNetwork:
    """A network on OpenVINO; see ``networks.Network``.

    It computes the items of a batch one by one: on a processor a batch takes as long as its items
    do, while each size of a batch would be prepared, and kept, for itself.

    Args:
        model: An .onnx file, or the content of one.
        bfloat16: Whether to calculate in bfloat16 where the processor does.

    Raises:
        ConfigurationError: OpenVINO is not installed.
        Exception: One of ``LOAD_FAILURES``.
    """

    def __init__(self, model: Path | bytes, bfloat16: bool) -> None:
        if not is_installed():
            raise ConfigurationError("runtime openvino needs the package openvino")
        content = model if isinstance(model, bytes) else str(model)
        network = _core().read_model(content)
        self.inputs: Final = tuple(map(_port, network.inputs))
        self.outputs: Final = tuple(map(_port, network.outputs))
        self.metadata: Final[Mapping[str, str]] = _metadata(network)
        network.reshape({port.get_any_name(): _one_item(port) for port in network.inputs})
        self.prefers_few_sizes: Final = network.is_dynamic()
        precision = _BFLOAT16 if bfloat16 and calculates_in_bfloat16() else _FLOAT32
        options = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": threads(),
            "ENABLE_CPU_PINNING": False,  # replicas share cores
            "INFERENCE_PRECISION_HINT": precision,
        }
        self._compiled = _core().compile_model(network, "CPU", options)
        named = "bfloat16" if precision == _BFLOAT16 else "float32"
        self.computes: Final = f"OpenVINO, {named}, on cpu"
        self.threads: Final[int] = self._compiled.get_property("INFERENCE_NUM_THREADS")
        self._idle: deque[Any] = deque()

    def run(self, outputs: Sequence[str], inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Computes the named outputs."""
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._compiled.create_infer_request()
        count = len(next(iter(inputs.values())))
        items = []
        for place in range(count):
            item = {name: values[place : place + 1] for name, values in inputs.items()}
            # It copies the item: shared, the whole batch would stay alive with the idle request.
            answers = request.infer(item)
            items.append([answers[name] for name in outputs])
        self._idle.append(request)
        return [np.concatenate(parts) for parts in zip(*items, strict=True)]


def is_installed() -> bool:
    """Whether the package is there."""
    return importlib.util.find_spec("openvino") is not None


@lru_cache(maxsize=1)
def calculates_in_bfloat16() -> bool:
    """Whether the processor does so by itself: OpenVINO's own choice of precision says it."""
    return bool(_core().get_property("CPU", "INFERENCE_PRECISION_HINT").to_string() == _BFLOAT16)


@lru_cache(maxsize=1)
def _core() -> Any:
    # The converter, which OpenVINO imports where it can, brings a sender of usage statistics that
    # writes to the home folder at once. Nothing here converts.
    with hidden(_CONVERTER):
        import openvino  # noqa: PLC0415 - slow
    return openvino.Core()


def _metadata(network: Any) -> dict[str, str]:
    path = ["framework"]
    said = network.get_rt_info(path).value if network.has_rt_info(path) else {}
    return {key: str(value) for key, value in said.items()}


def _one_item(port: Any) -> Any:
    shape = port.get_partial_shape()
    shape[0] = 1
    return shape


def _port(described: Any) -> Port:
    shape = described.get_partial_shape()
    sides = tuple(None if side.is_dynamic else side.get_length() for side in shape)
    return Port(described.get_any_name(), sides, described.get_element_type().to_dtype().name)

"""Networks from ONNX files, each on the runtime that computes it quickest."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from numpy.typing import NDArray

from configs.settings import Runtime
from pipelines.engines import onnx_runtime, openvino_runtime
from pipelines.engines.ports import Port
from pipelines.errors import ConfigurationError

_log = logging.getLogger(__name__)


class Network(Protocol):
    """A loaded network. Thread-safe."""

    @property
    def inputs(self) -> tuple[Port, ...]:
        """What it takes."""
        ...

    @property
    def outputs(self) -> tuple[Port, ...]:
        """What it answers."""
        ...

    @property
    def metadata(self) -> Mapping[str, str]:
        """What its file says of it."""
        ...

    @property
    def computes(self) -> str:
        """Runtime and precision, for people."""
        ...

    @property
    def threads(self) -> int:
        """How many work on one call."""
        ...

    @property
    def prefers_few_sizes(self) -> bool:
        """Each new size of the input costs it time once, and memory for ever."""
        ...

    def run(self, outputs: Sequence[str], inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Computes the named outputs; the first axis of every array counts the items."""
        ...


@dataclass(frozen=True, slots=True)
class Traits:
    """What was measured of a network (``python -m tests.bench.engine_gate``).

    Attributes:
        name: For the log.
        openvino: When OpenVINO computes it quicker than ONNX Runtime: where the processor
            calculates in bfloat16, always, or never.
        bfloat16: It is as accurate in bfloat16 as in float32.

    It was measured on an Intel Xeon with AVX-512 and AMX, where float32 uses the former. ``always``
    is taken over to processors where nothing was measured, those with AVX2 alone and those of ARM.
    Where it is slower there, ``runtime: onnxruntime`` helps.
    """

    name: str
    openvino: Literal["in bfloat16", "always", "never"]
    bfloat16: bool


PLATE_DETECTOR: Final = Traits("plate detector", openvino="in bfloat16", bfloat16=True)
PLATE_CORNERS: Final = Traits("corner finder", openvino="in bfloat16", bfloat16=False)
"""Of 87 plates one fewer is read from crops by corners in bfloat16. In float32 both take as long:
it goes where the detector beside it does, so that one process needs one runtime."""

PLATE_READER: Final = Traits("plate reader", openvino="in bfloat16", bfloat16=True)
FACE_DETECTOR: Final = Traits("face detector", openvino="never", bfloat16=False)
FACE_ENCODER: Final = Traits("face encoder", openvino="always", bfloat16=True)


def open_network(
    model: Path | bytes, traits: Traits, runtime: Runtime = "auto", device: str = "cpu"
) -> Network:
    """Opens a network with the service's number of threads and says in the log how it runs.

    Args:
        model: An .onnx file, or the content of one.
        traits: What was measured of it.
        runtime: ``auto`` is OpenVINO where it is quicker and loads the network, else ONNX Runtime.
        device: ``cpu``, ``cuda`` or ``cuda:N``; not the CPU is ONNX Runtime's alone.

    Raises:
        ConfigurationError: The device or the runtime is not there.
        Exception: One of ``load_failures``.
    """
    network = _open(model, traits, runtime, device)
    _log.info("%s: %s, threads: %d", traits.name, network.computes, network.threads)
    return network


def load_failures(*others: type[Exception]) -> tuple[type[Exception], ...]:
    """What the runtimes raise for models that they cannot load, and others that go with it."""
    return onnx_runtime.load_failures(*openvino_runtime.LOAD_FAILURES, *others)


def _open(model: Path | bytes, traits: Traits, runtime: Runtime, device: str) -> Network:
    if runtime == "openvino":
        if device != "cpu":
            raise ConfigurationError(
                f"runtime openvino computes on the cpu only; on {device!r} set auto or onnxruntime"
            )
        return openvino_runtime.OpenVinoNetwork(model, traits.bfloat16)
    if runtime == "auto" and device == "cpu":
        try:
            if is_quicker_on_openvino(traits):
                return openvino_runtime.OpenVinoNetwork(model, traits.bfloat16)
        except openvino_runtime.LOAD_FAILURES as error:
            _log.warning("%s: OpenVINO does not load it: %s", traits.name, error)
    return onnx_runtime.OnnxRuntimeNetwork(model, device)


def is_quicker_on_openvino(traits: Traits) -> bool:
    """Whether ``auto`` is OpenVINO on this machine's processor.

    Raises:
        Exception: One of ``openvino_runtime.LOAD_FAILURES``, where the package is damaged.
    """
    if traits.openvino == "never" or not openvino_runtime.is_installed():
        return False
    return traits.openvino == "always" or openvino_runtime.calculates_in_bfloat16()

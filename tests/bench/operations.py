"""Counts what a network computes, from its ONNX graph."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, ValueInfoProto

_COUNTED: Final = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})
_OPERATIONS_A_PRODUCT: Final = 2  # a multiplication and an addition


def count_operations(model: ModelProto, inputs: Mapping[str, NDArray[Any]]) -> int:
    """Multiplications and additions of one forward pass.

    Counted are convolutions and products of matrices, which make up nearly all of it. Shapes that
    only a run shows are taken from a run.

    Args:
        model: Its graph has no counted node inside a branch or a loop.
        inputs: What it is fed, by name.
    """
    counted = [node for node in model.graph.node if node.op_type in _COUNTED]
    shapes = _shapes(model, inputs, {name for node in counted for name in _tensors(node)})
    return _OPERATIONS_A_PRODUCT * sum(_products(node, shapes) for node in counted)


def _tensors(node: NodeProto) -> tuple[str, ...]:
    return (*node.input[:2], node.output[0])


def _products(node: NodeProto, shapes: Mapping[str, tuple[int, ...]]) -> int:
    left, right, result = (shapes[name] for name in _tensors(node))
    if node.op_type == "Conv":
        return math.prod(result) * math.prod(right[1:])
    if node.op_type == "ConvTranspose":
        return math.prod(left) * math.prod(right[1:])
    if node.op_type == "Gemm":
        transposed = any(item.name == "transA" and item.i for item in node.attribute)
        return math.prod(result) * left[0 if transposed else 1]
    return math.prod(result) * left[-1]


def _shapes(
    model: ModelProto, inputs: Mapping[str, NDArray[Any]], wanted: set[str]
) -> dict[str, tuple[int, ...]]:
    known = {item.name: tuple(item.dims) for item in model.graph.initializer}
    known |= {name: array.shape for name, array in inputs.items()}
    asked = sorted(wanted - known.keys())
    if not asked:
        return known
    shown = ModelProto()
    shown.CopyFrom(model)
    del shown.graph.output[:]
    shown.graph.output.extend(ValueInfoProto(name=name) for name in asked)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Fused nodes would hide the tensors between them.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        shown.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    values: Sequence[NDArray[Any]] = session.run(asked, dict(inputs))
    return known | {name: np.shape(value) for name, value in zip(asked, values, strict=True)}

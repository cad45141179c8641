"""Multiplications and additions of small graphs, against sums done by hand."""

import numpy as np
import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from tests.bench.operations import count_operations


def _model(node: NodeProto, weight: tuple[int, ...], fed: tuple[int, ...]) -> ModelProto:
    graph = helper.make_graph(
        [node, helper.make_node("Relu", ["result"], ["y"])],
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, fed)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.ones(weight, np.float32), "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


@pytest.mark.parametrize(
    ("node", "weight", "fed", "products"),
    [
        (
            helper.make_node("Conv", ["x", "w"], ["result"], pads=[1, 1, 1, 1], strides=[2, 2]),
            (5, 3, 3, 3),
            (2, 3, 8, 6),
            2 * 5 * (4 * 3) * (3 * 3 * 3),
        ),
        (
            helper.make_node("Conv", ["x", "w"], ["result"], group=4),
            (4, 1, 3, 3),
            (1, 4, 5, 5),
            4 * (3 * 3) * (3 * 3),
        ),
        (
            helper.make_node("ConvTranspose", ["x", "w"], ["result"], strides=[2, 2]),
            (3, 5, 2, 2),
            (1, 3, 4, 4),
            (3 * 4 * 4) * (5 * 2 * 2),
        ),
        (
            helper.make_node("Gemm", ["x", "w"], ["result"], transB=1),
            (7, 4),
            (2, 4),
            2 * 7 * 4,
        ),
        (
            helper.make_node("Gemm", ["x", "w"], ["result"], transA=1),
            (4, 7),
            (4, 2),
            2 * 7 * 4,
        ),
        (helper.make_node("MatMul", ["x", "w"], ["result"]), (4, 6), (3, 2, 4), 3 * 2 * 6 * 4),
    ],
    ids=["Conv", "depthwise Conv", "ConvTranspose", "Gemm", "transposed Gemm", "MatMul"],
)
def test_counts_a_multiplication_and_an_addition_a_product(
    node: NodeProto, weight: tuple[int, ...], fed: tuple[int, ...], products: int
) -> None:
    model = _model(node, weight, fed)
    assert count_operations(model, {"x": np.zeros(fed, np.float32)}) == 2 * products


def test_counts_nothing_in_a_graph_without_products() -> None:
    model = _model(helper.make_node("Add", ["x", "w"], ["result"]), (4,), (2, 4))
    assert count_operations(model, {"x": np.zeros((2, 4), np.float32)}) == 0

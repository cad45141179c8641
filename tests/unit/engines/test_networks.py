"""Which runtime computes a network, and that each computes the same."""

import logging
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from configs.settings import Runtime
from pipelines.engines import openvino_runtime
from pipelines.engines.networks import Network, Traits, load_failures, open_network
from pipelines.engines.ports import Port
from pipelines.errors import ConfigurationError
from tests.unit.runtimes import EACH_RUNTIME, NEEDS_OPENVINO

EXACT = Traits("sum", openvino="always", bfloat16=False)


def _doubling(*, scale: float = 2.0) -> bytes:
    """x, any number of rows of any length -> y = scale * x, and each row's sum."""
    graph = helper.make_graph(
        [
            helper.make_node("Mul", ["x", "scale"], ["y"]),
            helper.make_node("ReduceSum", ["x", "axes"], ["sums"], keepdims=0),
        ],
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2, "length"])],
        [
            helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2, "length"]),
            helper.make_tensor_value_info("sums", TensorProto.FLOAT, ["n"]),
        ],
        [
            numpy_helper.from_array(np.array(scale, np.float32), "scale"),
            numpy_helper.from_array(np.array([1, 2]), "axes"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, {"colour": "blue", "end2end": "True"})
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


@pytest.fixture(params=EACH_RUNTIME)
def network(request: pytest.FixtureRequest) -> Network:
    return open_network(_doubling(), EXACT, request.param)


def _rows(count: int, length: int) -> NDArray[np.float32]:
    return np.random.default_rng(count).random((count, 2, length), dtype=np.float32)


def test_says_what_goes_in_and_comes_out(network: Network) -> None:
    assert network.inputs == (Port("x", (None, 2, None), "float32"),)
    assert network.outputs == (
        Port("y", (None, 2, None), "float32"),
        Port("sums", (None,), "float32"),
    )
    assert network.metadata == {"colour": "blue", "end2end": "True"}


@pytest.mark.parametrize("count", [1, 3])
def test_answers_what_was_asked_for_in_that_order(network: Network, count: int) -> None:
    for length in (4, 7, 4):
        rows = _rows(count, length)
        sums, doubled = network.run(["sums", "y"], {"x": rows})
        np.testing.assert_allclose(doubled, 2 * rows, rtol=1e-6)
        np.testing.assert_allclose(sums, rows.sum(axis=(1, 2)), rtol=1e-5)


def test_an_answer_is_not_changed_by_the_next(network: Network) -> None:
    (first,) = network.run(["y"], {"x": _rows(1, 5)})
    kept = first.copy()
    network.run(["y"], {"x": _rows(1, 5) + 1})
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize("count", [1, 3])
def test_keeps_nothing_of_a_batch(network: Network, count: int) -> None:
    rows = _rows(count, 5)
    batch = weakref.ref(rows)
    network.run(["y"], {"x": rows})
    del rows
    assert batch() is None


@pytest.mark.parametrize("runtime", EACH_RUNTIME)
def test_takes_as_many_threads_as_it_is_given(
    monkeypatch: pytest.MonkeyPatch, runtime: Runtime
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert open_network(_doubling(), EXACT, runtime).threads == 1


def test_threads_share_it(network: Network) -> None:
    def same(seed: int) -> bool:
        rows = _rows(1 + seed % 3, 1 + seed % 5)
        (doubled,) = network.run(["y"], {"x": rows})
        return bool(np.allclose(doubled, 2 * rows))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(same, range(200)))


@pytest.mark.parametrize("runtime", EACH_RUNTIME)
@pytest.mark.parametrize("content", [b"", b"garbage"])
def test_a_broken_file_raises_what_is_announced(
    tmp_path: Path, runtime: Runtime, content: bytes
) -> None:
    (tmp_path / "broken.onnx").write_bytes(content)
    with pytest.raises(load_failures(OSError)):
        open_network(tmp_path / "broken.onnx", EXACT, runtime)


@NEEDS_OPENVINO
def test_auto_takes_the_quicker_runtime_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "pipelines"):
        open_network(_doubling(), EXACT)
        open_network(_doubling(), Traits("sum", openvino="never", bfloat16=True))
    said = [record.getMessage().split(", threads")[0] for record in caplog.records]
    assert said == ["sum: OpenVINO, float32, on cpu", "sum: ONNX Runtime, float32, on cpu"]


@pytest.mark.parametrize("there", [pytest.param(True, marks=NEEDS_OPENVINO), False])
def test_bfloat16_decides_where_it_makes_the_difference(
    monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    monkeypatch.setattr(openvino_runtime, "calculates_in_bfloat16", lambda: there)
    network = open_network(_doubling(), Traits("sum", openvino="in bfloat16", bfloat16=True))
    assert network.computes == (
        "OpenVINO, bfloat16, on cpu" if there else "ONNX Runtime, float32, on cpu"
    )


@pytest.fixture
def _without_openvino(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(openvino_runtime, "is_installed", lambda: False)
    yield


@pytest.mark.usefixtures("_without_openvino")
def test_without_openvino_auto_is_onnx_runtime() -> None:
    assert open_network(_doubling(), EXACT).computes == "ONNX Runtime, float32, on cpu"


@pytest.mark.usefixtures("_without_openvino")
def test_without_openvino_it_cannot_be_asked_for() -> None:
    with pytest.raises(ConfigurationError, match=r"^runtime openvino needs the package openvino$"):
        open_network(_doubling(), EXACT, "openvino")


def test_a_network_that_openvino_does_not_load_goes_to_onnx_runtime(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def damaged(*_: object) -> None:
        raise RuntimeError("unknown layer")

    monkeypatch.setattr(openvino_runtime, "is_installed", lambda: True)
    monkeypatch.setattr(openvino_runtime, "OpenVinoNetwork", damaged)
    network = open_network(_doubling(), EXACT)
    assert network.computes == "ONNX Runtime, float32, on cpu"
    assert "sum: OpenVINO does not load it: unknown layer" in caplog.messages


def test_a_damaged_openvino_leaves_auto_to_onnx_runtime(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def damaged() -> bool:
        raise ImportError("libopenvino.so is missing")

    monkeypatch.setattr(openvino_runtime, "is_installed", lambda: True)
    monkeypatch.setattr(openvino_runtime, "calculates_in_bfloat16", damaged)
    network = open_network(_doubling(), Traits("sum", openvino="in bfloat16", bfloat16=True))
    assert network.computes == "ONNX Runtime, float32, on cpu"
    assert "sum: OpenVINO does not load it: libopenvino.so is missing" in caplog.messages


@pytest.mark.parametrize(
    ("runtime", "device", "message"),
    [
        ("auto", "tpu", "unknown device 'tpu'; use cpu, cuda or cuda:N"),
        (
            "openvino",
            "cuda",
            "runtime openvino computes on the cpu only; on 'cuda' set auto or onnxruntime",
        ),
    ],
)
def test_a_device_that_is_not_there_is_refused(runtime: Runtime, device: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_network(_doubling(), EXACT, runtime, device)
    assert str(caught.value) == message

"""What engines on ONNX Runtime share."""

from pathlib import Path

import onnxruntime
import pytest

from pipelines.engines import onnx_runtime, weights
from pipelines.errors import ConfigurationError


@pytest.mark.parametrize(
    ("value", "threads"),
    [
        *(("3", {3}), ("4,2", {4}), (" 5 ", {5})),
        *(("", {1, 2}), ("0", {1, 2}), ("-1", {1, 2}), ("x", {1, 2}), ("²", {1, 2})),
    ],
)
def test_threads_follow_omp_num_threads(
    monkeypatch: pytest.MonkeyPatch, value: str, threads: set[int]
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    assert onnx_runtime.threads() in threads


@pytest.mark.parametrize("content", [b"", b"garbage"])
def test_names_what_is_raised_for_a_broken_model(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(onnx_runtime.load_failures()):
        onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))


@pytest.mark.parametrize("device", ["tpu", "cuda:x", "cuda:", "cpu:1", ""])
def test_an_unknown_device_is_refused(device: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        onnx_runtime.providers_for(device)
    assert str(caught.value) == f"unknown device {device!r}; use cpu, cuda or cuda:N"


def test_a_gpu_needs_another_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(ConfigurationError) as caught:
        onnx_runtime.providers_for("cuda")
    assert str(caught.value) == (
        "device 'cuda' needs the package onnxruntime-gpu in place of onnxruntime"
    )


def test_cuda_comes_before_the_cpu_where_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    assert onnx_runtime.providers_for("cuda:1") == [
        ("CUDAExecutionProvider", {"device_id": "1"}),
        "CPUExecutionProvider",
    ]


@pytest.mark.filterwarnings("ignore:Specified provider")
@pytest.mark.skipif(
    "CUDAExecutionProvider" in onnxruntime.get_available_providers(),
    reason="needs an ONNX Runtime without CUDA: the package onnxruntime",
)
def test_a_gpu_that_cannot_be_used_is_not_replaced_in_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    with pytest.raises(ConfigurationError) as caught:
        onnx_runtime.OnnxRuntimeNetwork(weights.resolve("plate_corners"), "cuda")
    assert str(caught.value) == (
        "onnxruntime-gpu cannot use device 'cuda': its log says what is missing"
    )

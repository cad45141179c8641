"""What engines on ONNX Runtime share."""

from pathlib import Path

import onnxruntime
import pytest

from pipelines.engines import onnx_runtime


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

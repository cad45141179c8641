"""Loading Ultralytics weights without what it does on the side.

Left alone, Ultralytics looks for the network, sends usage statistics, calls pip for what it
misses, writes to the home folder and into the current one, and imports torchvision.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from configs.settings import ROOT
from pipelines.engines.onnx_runtime import threads
from pipelines.errors import ConfigurationError

# Read once, when ultralytics is imported.
_ENVIRONMENT: Final = {
    "YOLO_OFFLINE": "true",
    "YOLO_AUTOINSTALL": "false",
    "YOLO_VERBOSE": "false",
    "YOLO_CONFIG_DIR": str(ROOT / "var"),
}


def load_model(path: Path) -> Any:
    """Opens detection weights.

    The first prediction reads them onto the device and may raise what PyTorch or ONNX Runtime
    raises, or ConfigurationError.

    Args:
        path: A .pt or .onnx file.

    Returns:
        An ``ultralytics.YOLO``; its ``predict`` is not thread-safe.
    """
    with _environment(_ENVIRONMENT):
        from ultralytics import YOLO  # noqa: PLC0415 - takes seconds, and reads the environment

    model = YOLO(str(path), task="detect")
    model.add_callback("on_predict_start", _prepare)
    return model


def _prepare(predictor: Any) -> None:
    """Readies a new predictor before its first forward pass."""
    if predictor.done_warmup:
        return
    # Its own warm-up imports torchvision for weights that need NMS, though NMS runs without it.
    predictor.done_warmup = True
    if predictor.model.format != "onnx":
        return
    backend = predictor.model.backend
    device = str(predictor.args.device)
    on_cpu = backend.session.get_providers() == ["CPUExecutionProvider"]
    if device != "cpu" and on_cpu:
        raise ConfigurationError(
            f"ONNX weights run on device {device!r} only with the package onnxruntime-gpu in place "
            "of onnxruntime; .pt weights do not need it"
        )
    if on_cpu:
        # Ultralytics passes no options.
        import onnxruntime  # noqa: PLC0415 - ultralytics has imported it by now

        backend.session_options = onnxruntime.SessionOptions()
        backend.session_options.intra_op_num_threads = threads()
        backend.load_model(str(predictor.args.model))


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Sets environment variables for the duration of an import."""
    # Ultralytics sets OMP_NUM_THREADS to 1 where it is absent; that is undone as well.
    before = {name: os.environ.get(name) for name in (*variables, "OMP_NUM_THREADS")}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

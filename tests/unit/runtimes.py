"""The runtimes of networks, for tests; those on OpenVINO are skipped where it is not installed."""

from typing import Final

import pytest

from configs.settings import Runtime
from pipelines.engines import openvino_runtime

RUNTIMES: Final[tuple[Runtime, ...]] = ("onnxruntime", "openvino")

NEEDS_OPENVINO: Final = pytest.mark.skipif(
    not openvino_runtime.is_installed(),
    reason="openvino is not installed: pip install openvino, where it has a wheel",
)

ON_OPENVINO: Final = pytest.param("openvino", marks=NEEDS_OPENVINO)
EACH_RUNTIME: Final = ("onnxruntime", ON_OPENVINO)

"""Networks on ONNX Runtime, and what all engines on it share."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from numpy.typing import NDArray

from pipelines.engines.ports import Port
from pipelines.errors import ConfigurationError

_MOST_BY_DEFAULT: Final = 2
_ERRORS_ONLY: Final = 3
_CUDA: Final = "CUDAExecutionProvider"
_CPU: Final = "CPUExecutionProvider"
_DTYPES: Final = {"tensor(float)": "float32", "tensor(uint8)": "uint8"}


class OnnxRuntimeNetwork:
    """A network on ONNX Runtime; see ``networks.Network``.

    Args:
        model: An .onnx file, or the content of one.
        device: ``cpu``, ``cuda`` or ``cuda:N``.

    Raises:
        ConfigurationError: The device is not there.
        Exception: One of ``load_failures``.
    """

    prefers_few_sizes: Final = False

    def __init__(self, model: Path | bytes, device: str) -> None:
        import onnxruntime  # noqa: PLC0415 - slow

        providers = providers_for(device)
        self._session = onnxruntime.InferenceSession(
            model if isinstance(model, bytes) else str(model), session_options(), providers
        )
        on_cuda = _CUDA in self._session.get_providers()
        if device != "cpu" and not on_cuda:
            raise ConfigurationError(
                f"onnxruntime-gpu cannot use device {device!r}: its log says what is missing"
            )
        self.computes: Final = f"ONNX Runtime, float32, on {device}"
        self.threads: Final[int] = self._session.get_session_options().intra_op_num_threads
        self.metadata: Final[Mapping[str, str]] = self._session.get_modelmeta().custom_metadata_map
        self.inputs: Final = tuple(map(_port, self._session.get_inputs()))
        self.outputs: Final = tuple(map(_port, self._session.get_outputs()))

    def run(self, outputs: Sequence[str], inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Computes the named outputs."""
        answers: list[NDArray[Any]] = self._session.run(list(outputs), dict(inputs))
        return answers


def threads() -> int:
    """Threads of one network: the first number in OMP_NUM_THREADS, else at most two.

    The runtimes themselves ignore the variable and take all cores.
    """
    wanted = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if wanted.isdecimal() and int(wanted) > 0:
        return int(wanted)
    return min(_MOST_BY_DEFAULT, os.cpu_count() or 1)


def session_options() -> Any:
    """``onnxruntime.SessionOptions`` with the service's number of threads."""
    import onnxruntime  # noqa: PLC0415 - slow

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    # Keeps what the largest batch or picture needed for ever, and brings no speed.
    options.enable_cpu_mem_arena = False
    return options


def providers_for(device: str) -> list[str | tuple[str, dict[str, str]]]:
    """Names ONNX Runtime's execution providers for a device.

    Args:
        device: ``cpu``, ``cuda`` or ``cuda:N``.

    Raises:
        ConfigurationError: The device is unknown, or the installed ONNX Runtime cannot use it.
    """
    if device == "cpu":
        return [_CPU]
    kind, _, index = device.partition(":")
    if kind != "cuda" or not (index or "0").isdecimal() or device.endswith(":"):
        raise ConfigurationError(f"unknown device {device!r}; use cpu, cuda or cuda:N")
    import onnxruntime  # noqa: PLC0415 - slow

    if _CUDA not in onnxruntime.get_available_providers():
        raise ConfigurationError(
            f"device {device!r} needs the package onnxruntime-gpu in place of onnxruntime"
        )
    return [(_CUDA, {"device_id": index or "0"}), _CPU]


def load_failures(*others: type[Exception]) -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises for models that it cannot load, and others that go with it.

    Its exceptions have no base of their own.
    """
    from onnxruntime.capi import onnxruntime_pybind11_state as state  # noqa: PLC0415 - slow

    kinds = vars(state).values()
    own = (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Exception))
    return (*others, *own)


def _port(described: Any) -> Port:
    shape = tuple(side if isinstance(side, int) else None for side in described.shape)
    return Port(described.name, shape, _DTYPES.get(described.type, described.type))

"""What all engines on ONNX Runtime share."""

import os
from pathlib import Path
from typing import Any, Final

_MOST_BY_DEFAULT: Final = 2
_ERRORS_ONLY: Final = 3


def threads() -> int:
    """Threads of one session: the first number in OMP_NUM_THREADS, else at most two.

    ONNX Runtime itself ignores the variable and takes all cores.
    """
    wanted = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if wanted.isdecimal() and int(wanted) > 0:
        return int(wanted)
    return min(_MOST_BY_DEFAULT, os.cpu_count() or 1)


def open_session(path: Path) -> Any:
    """Opens a model for the CPU with the service's number of threads.

    Args:
        path: An .onnx file.

    Returns:
        An ``onnxruntime.InferenceSession``; it may raise any of `load_failures`.
    """
    import onnxruntime  # noqa: PLC0415 - slow

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    return onnxruntime.InferenceSession(
        str(path), sess_options=options, providers=["CPUExecutionProvider"]
    )


def load_failures(*others: type[Exception]) -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises for models that it cannot load, and others that go with it.

    Its exceptions have no base of their own.
    """
    from onnxruntime.capi import onnxruntime_pybind11_state as state  # noqa: PLC0415 - slow

    kinds = vars(state).values()
    own = (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Exception))
    return (*others, *own)

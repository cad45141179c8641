"""What makes the many Python processes of Ray start sooner and hold less.

Python imports a module of this name at the start of every process that finds it in its path;
``deployments.run`` puts this folder there for Ray's. Of several Python imports the first one alone,
so this one runs the next: a tracer's, or the operator's own.
"""

import gc
import sys
import time
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from itertools import dropwhile
from pathlib import Path

# By package, who imports it where that works and does without it here. Everybody else gets it.
_SPARED = {
    "pandas": {
        "ray.serve._private.utils",  # to encode data frames: 0.5 s and 33 MB a process
        "deployments.ingress.v1.event_parquet",  # by pyarrow, to know data frames: 53 MB
    },
    "pyarrow": {"ray._private.arrow_serialization"},  # to send tables: 43 MB a process
    "pygments": {"httpx._main"},  # HTTPX's command line, and with it Rich
}
_IMPORT_SYSTEM = ("importlib", "_frozen_importlib")


class _Spared:
    """Tells a module that a package is not installed, and leaves all other imports alone."""

    @staticmethod
    def find_spec(name: str, _path: object = None, _target: object = None) -> None:
        """Raises ModuleNotFoundError where the module that imports does without the package."""
        if name not in _SPARED:
            return
        frame = sys._getframe(1)
        while frame.f_back and frame.f_globals.get("__name__", "").startswith(_IMPORT_SYSTEM):
            frame = frame.f_back
        if frame.f_globals.get("__name__") in _SPARED[name]:
            raise ModuleNotFoundError(f"{name} is left out at the start", name=name)


sys.meta_path.insert(0, _Spared)

# What is imported stays, so that looking for garbage all the time finds none: a tenth of a start.
_AT_START = (50_000, 20, 100)
_STARTED_AFTER_S = 30.0

_born_at = time.monotonic()
_usual = gc.get_threshold()


def _as_usual(_phase: str, _info: dict[str, int]) -> None:
    """Has garbage collected as often as ever once the process has started."""
    if time.monotonic() - _born_at < _STARTED_AFTER_S:
        return
    if gc.get_threshold() == _AT_START:  # else somebody else has chosen
        gc.set_threshold(*_usual)
    gc.callbacks.remove(_as_usual)


gc.set_threshold(*_AT_START)
gc.callbacks.append(_as_usual)


def _run_the_next() -> None:
    here = str(Path(__file__).parent)
    # Only what comes after this folder: two copies of it would else run each other for ever.
    further = [*dropwhile(lambda folder: folder != here, sys.path)][1:]
    spec = PathFinder.find_spec("sitecustomize", further)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(module_from_spec(spec))


_run_the_next()

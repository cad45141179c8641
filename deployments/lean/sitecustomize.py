"""What makes the many Python processes of Ray start sooner and hold less.

Python imports a module of this name at the start of every process that finds it in its path;
``deployments.run`` puts this folder there for Ray's.
"""

import gc
import sys
import time

# What others import where they can. ``pipelines.engines.late_import.shown`` brings it back.
_HIDDEN = (
    "pandas",  # Ray Serve's, to encode data frames: half a second and 33 MB in each process
    "pygments",  # of HTTPX's command line, and with it Rich
)
for _name in _HIDDEN:
    sys.modules[_name] = None  # type: ignore[assignment]  # Python's own sign for such a package

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

"""Importing PaddleOCR without what PaddleX imports for models of other kinds."""

from contextlib import ExitStack
from importlib import import_module
from types import ModuleType
from typing import Final

from pipelines.engines.late_import import later

_LATER: Final = (
    # The client of one model host, used by downloads alone: with it comes PyTorch, and with that
    # 190 MB and 1.4 s.
    ("modelscope",),
    # Plots, time series, the search for similar pictures and a client of PaddleOCR's own service:
    # 110 MB and 1.3 s.
    (
        "matplotlib",
        "matplotlib.pyplot",
        "matplotlib.backends",
        "matplotlib.backends.backend_agg",
    ),
    ("pandas",),
    ("paddlex.inference.models.common.ts.funcs",),
    ("skimage",),
    ("faiss",),
    ("aiohttp",),
)


def import_paddleocr() -> ModuleType:
    """Import it, which takes a second and reads the environment."""
    with ExitStack() as put_off:
        for names in _LATER:
            put_off.enter_context(later(*names))
        return import_module("paddleocr")

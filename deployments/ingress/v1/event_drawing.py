"""Reports drawn by a process of their own."""

import asyncio
import logging
import os
import subprocess
import sys
from typing import Final

from pydantic import TypeAdapter

from configs.settings import ROOT
from pipelines.errors import Overloaded, Unavailable
from pipelines.events.figures import Figures

_log = logging.getLogger(__name__)

_MOST_WAITING: Final = 4
_DRAWN_WITHIN_S: Final = 60.0
_GIVEN: Final = TypeAdapter(Figures)
# One core is enough, and the requests need the others.
_SMALL: Final = {"MPLBACKEND": "agg", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class ReportDrawing:
    """Draws one report at a time.

    The library that plots takes a second and 60 MB where it is imported, and holds the lock of the
    interpreter while it draws; both end with the process.
    """

    def __init__(self) -> None:
        self._one = asyncio.Semaphore(1)
        self._unfinished = 0

    async def draw(self, figures: Figures, kind: str) -> bytes:
        """Draws figures.

        Args:
            figures: What the report says.
            kind: ``html`` or ``png``.

        Raises:
            Overloaded: Too many reports wait.
            Unavailable: It cannot be drawn, or not in time.
        """
        if self._unfinished > _MOST_WAITING:
            raise Overloaded("the service is busy with other reports, try again shortly")
        self._unfinished += 1
        try:
            async with self._one:
                return await asyncio.to_thread(_drawn, figures, kind)
        finally:
            self._unfinished -= 1


def _drawn(figures: Figures, kind: str) -> bytes:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pipelines.reports", kind],
            input=_GIVEN.dump_json(figures),
            capture_output=True,
            check=False,
            cwd=ROOT,
            env={**os.environ, **_SMALL},
            timeout=_DRAWN_WITHIN_S,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(
            f"the report was not drawn in {_DRAWN_WITHIN_S:g} s, try again or ask for JSON"
        ) from error
    if done.returncode:
        _log.error("a report could not be drawn: %s", done.stderr.decode(errors="replace")[-2000:])
        raise Unavailable("the report could not be drawn, ask for JSON")
    return done.stdout

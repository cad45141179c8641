"""Reports drawn by a process of their own."""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress
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
    interpreter while it draws; both end with the process. The process ends with its caller.
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
                return await _drawn(figures, kind)
        finally:
            self._unfinished -= 1


async def _drawn(figures: Figures, kind: str) -> bytes:
    try:
        drawing = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pipelines.reports", kind),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            cwd=ROOT,
            env={**os.environ, **_SMALL},
        )
    except OSError as error:
        raise Unavailable("no report can be drawn now, try again or ask for JSON") from error
    try:
        async with asyncio.timeout(_DRAWN_WITHIN_S):
            drawn, said = await drawing.communicate(_GIVEN.dump_json(figures))
    except TimeoutError as error:
        raise Unavailable(
            f"the report was not drawn in {_DRAWN_WITHIN_S:g} s, try again or ask for JSON"
        ) from error
    finally:
        await _ended(drawing)
    if drawing.returncode:
        _log.error("a report could not be drawn: %s", said.decode(errors="replace")[-2000:])
        raise Unavailable("the report could not be drawn, ask for JSON")
    return drawn


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()

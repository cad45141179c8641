"""The processes that draw reports."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import uvloop

from deployments.ingress.v1 import event_drawing
from deployments.ingress.v1.event_drawing import ReportDrawing
from pipelines.errors import Unavailable
from tests.unit.reports.made_up import EMPTY

Loop = Callable[[], asyncio.AbstractEventLoop]
LOOPS = pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])


def run(loop: Loop, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Does something in a loop that is not the main thread's, as Serve has it."""

    def in_loop() -> None:
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(work())

    with ThreadPoolExecutor(1) as threads:
        threads.submit(in_loop).result()


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a drawing that takes long says that it has begun; closed when its process has ended."""
    told, program = tmp_path / "told", tmp_path / "program"
    os.mkfifo(told)
    program.write_text(f'#!/bin/sh\nexec 3> "{told}"\necho begun >&3\nexec sleep 20\n')
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    return told


async def at_once(work: Callable[[], str]) -> str:
    """What a file says before a drawing would end by itself."""
    return await asyncio.wait_for(asyncio.to_thread(work), 10)


@LOOPS
def test_a_drawing_ends_with_its_caller(loop: Loop, told: Path) -> None:
    async def leave() -> None:
        drawing = ReportDrawing()
        for _ in range(3):
            caller = asyncio.create_task(drawing.draw(EMPTY, "png"))
            with await asyncio.to_thread(told.open) as says:
                assert await at_once(says.readline) == "begun\n"
                caller.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await caller
                assert await at_once(says.read) == ""

    run(loop, leave)


def test_a_drawing_that_takes_too_long_is_ended(
    told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_drawing, "_DRAWN_WITHIN_S", 2.0)

    async def wait() -> None:
        caller = asyncio.create_task(ReportDrawing().draw(EMPTY, "png"))
        with await asyncio.to_thread(told.open) as says:
            with pytest.raises(Unavailable, match=r"^the report was not drawn in 2 s, try"):
                await caller
            assert await at_once(says.read) == "begun\n"

    asyncio.run(wait())


@LOOPS
def test_a_process_draws(loop: Loop) -> None:
    async def draw() -> None:
        assert (await ReportDrawing().draw(EMPTY, "png")).startswith(b"\x89PNG")

    run(loop, draw)


def test_a_process_that_cannot_begin_is_an_error_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    with pytest.raises(
        Unavailable, match=r"^no report can be drawn now, try again or ask for JSON$"
    ):
        asyncio.run(ReportDrawing().draw(EMPTY, "png"))

"""The process of an IsolatedWorker, as its parent sees it."""

import pickle  # nosec B403 - between a process of ours and its own child
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any, Final

from configs.settings import ROOT
from pipelines.bulk.source import Item
from pipelines.bulk.work import Recipe, Row
from pipelines.errors import GatehouseError, Unavailable

_END_WITHIN_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the process says.

    Attributes:
        rows: Of the next items.
        over: Nothing more will come of what was asked; at first, that the worker is loaded.
        error: What ended it.
    """

    rows: Sequence[Row] = ()
    over: bool = False
    error: GatehouseError | None = None


class EngineProcess:
    """Runs ``pipelines.bulk.child``.

    Args:
        recipe: Makes the worker; it survives pickling. That may take as long as it does.
        threads: That OpenCV may use.
        limit_s: Longest wait for the next rows, after which the process is killed.

    Attributes:
        ended: How it did, unasked; empty before.
        is_free: All that it was asked is answered.

    Raises:
        GatehouseError: What the recipe raises.
        Unavailable: The process ends before it has made the worker.
    """

    def __init__(self, recipe: Recipe, threads: int, limit_s: float) -> None:
        self.ended = ""
        self.is_free = True
        self._limit_s = limit_s
        self._is_late = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.bulk.child"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            [*self._answers((recipe, threads), None)]
        except GatehouseError:
            self.close()
            raise
        if self.ended:
            raise Unavailable(f"the process that loads the engines ended {self.ended}")

    def rows(self, items: Sequence[Item]) -> Iterator[Sequence[Row]]:
        """The rows of items as they come; fewer where the process ends."""
        for answer in self._answers([*items], self._limit_s):
            yield answer.rows

    def close(self) -> None:
        """End the process and forget it."""
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):
                assert pipe is not None
                pipe.close()
        try:
            self._process.wait(_END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answers(self, asked: Any, limit_s: float | None) -> Iterator[Answer]:
        commands, answers = self._process.stdin, self._process.stdout
        assert commands is not None
        assert answers is not None
        self.is_free = False
        try:
            pickle.dump(asked, commands)
            commands.flush()
            while True:
                with self._killed_after(limit_s) if limit_s else nullcontext():
                    answer: Answer = pickle.load(answers)  # nosec B301
                self.is_free = answer.over
                if answer.error is not None:
                    raise answer.error
                if answer.over:
                    return
                yield answer
        except (EOFError, pickle.UnpicklingError, BrokenPipeError):
            self.close()
            late = f"after {self._limit_s:g} s without an answer"
            self.ended = late if self._is_late else _told(self._process.returncode)

    @contextmanager
    def _killed_after(self, limit_s: float) -> Iterator[None]:
        timer = threading.Timer(limit_s, self._kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _kill(self) -> None:
        self._is_late = True
        self._process.kill()


def _told(status: int) -> str:
    if status >= 0:
        return f"with status {status}"
    name = next((one.name for one in signal.Signals if one == -status), f"signal {-status}")
    return f"by {name}"

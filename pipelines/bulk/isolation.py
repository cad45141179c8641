"""Doing items in a process of its own, so that one that ends it has an outcome as all others."""

import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from configs.settings import ROOT
from pipelines.bulk.source import Item
from pipelines.bulk.work import FAILED, Recipe, Row
from pipelines.errors import GatehouseError, Unavailable

WORKER_DIED: Final = "worker_died"
"""The error code of an item that ended the process that did it, by itself too."""

_DEATHS: Final = 8
"""Of a process that has done nothing yet, until no item is blamed for them."""

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


class IsolatedWorker:
    """The worker of a recipe in a process of its own, which is begun anew where it ends.

    After such an end the items that it may have been at are done one by one. One that ends its
    process then, too, fails; all others are done.

    Args:
        recipe: Makes the worker; it survives pickling.
        threads: That OpenCV may use.
    """

    def __init__(self, recipe: Recipe, threads: int) -> None:
        self._recipe = recipe
        self._threads = threads
        self._child: _Child | None = None
        self._has_worked = False
        self._deaths = 0

    def rows(self, items: Sequence[Item], tell: Callable[[int], object]) -> list[Row]:
        """One row an item, in order.

        Args:
            items: What is to be done.
            tell: Is told how many of them are done, each time that there are more.

        Raises:
            GatehouseError: What the worker raises, or the recipe where it cannot make one.
            Unavailable: The process ends while it makes the worker, or at every item.
        """
        done: list[Row] = []
        alone = deaths = 0
        while len(done) < len(items):
            rest, child = items[len(done) :], self._running()
            for rows in child.rows(rest[:1] if alone else rest):
                done += rows
                self._has_worked = True
                tell(len(done))
            if child.ended and alone:
                deaths += 1
                self._blame(rest[0], child.ended, all_of_them=1 < deaths == len(items))
                done.append(self._died(rest[0], child.ended))
                tell(len(done))
            elif child.ended:
                alone = self._recipe.together + 1
            alone = max(0, alone - 1)
        return done

    def close(self) -> None:
        """End the process."""
        if self._child is not None:
            self._child.close()
            self._child = None

    def _running(self) -> "_Child":
        if self._child is None or self._child.ended:
            self.close()
            self._child = _Child(self._recipe, self._threads)
        return self._child

    def _blame(self, item: Item, how: str, *, all_of_them: bool) -> None:
        """Take an item for the cause of a death; Unavailable where the engines must be."""
        self._deaths += 1
        if not self._has_worked and (all_of_them or self._deaths >= _DEATHS):
            raise Unavailable(
                f"the process with the engines ended {how} at each of the first {self._deaths} "
                f"{self._recipe.unit}s, last {item[self._recipe.identity[0]]}: try them one by one"
            )

    def _died(self, item: Item, how: str) -> Row:
        lists = [field.name for field in self._recipe.schema if pa.types.is_list(field.type)]
        message = f"the process that read it ended {how}, and again when it read nothing else"
        error = {"outcome": FAILED, "error_code": WORKER_DIED, "error_message": message}
        return {**item, **{name: [] for name in lists}, **error}


class _Child:
    """A process that runs ``pipelines.bulk.child``.

    Attributes:
        ended: How it did, unasked; empty before.
    """

    def __init__(self, recipe: Recipe, threads: int) -> None:
        self.ended = ""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.bulk.child"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            [*self._answers((recipe, threads))]
        except GatehouseError:
            self.close()
            raise
        if self.ended:
            raise Unavailable(f"the process that loads the engines ended {self.ended}")

    def rows(self, items: Sequence[Item]) -> Iterator[Sequence[Row]]:
        """The rows of items as they come; fewer where the process ends."""
        for answer in self._answers([*items]):
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

    def _answers(self, asked: Any) -> Iterator[Answer]:
        commands, answers = self._process.stdin, self._process.stdout
        assert commands is not None
        assert answers is not None
        try:
            pickle.dump(asked, commands)
            commands.flush()
            while True:
                answer: Answer = pickle.load(answers)
                if answer.error is not None:
                    raise answer.error
                if answer.over:
                    return
                yield answer
        except (EOFError, pickle.UnpicklingError, BrokenPipeError):
            self.close()
            self.ended = _told(self._process.returncode)


def _told(status: int) -> str:
    if status >= 0:
        return f"with status {status}"
    return f"by {signal.Signals(-status).name}"

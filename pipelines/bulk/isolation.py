"""Doing items in a process of its own, so that one that ends it has an outcome as all others."""

from collections.abc import Callable, Sequence
from typing import Final

import pyarrow as pa

from pipelines.bulk.engine_process import EngineProcess
from pipelines.bulk.source import Item
from pipelines.bulk.work import FAILED, Recipe, Row
from pipelines.errors import Unavailable

WORKER_DIED: Final = "worker_died"
"""The error code of an item that ended the process that did it, by itself too."""

ITEM_LIMIT_S: Final = 120.0
"""Longest wait for the items that are done together; far above what engines and stores take."""

_DEATHS: Final = 8
"""One after another, from which on no item is blamed for them."""


class IsolatedWorker:
    """The worker of a recipe in a process of its own, which is begun anew where it ends.

    After such an end the items that it may have been at are done one by one. One that ends its
    process then, too, fails; all others are done.

    Args:
        recipe: Makes the worker; it survives pickling.
        threads: That OpenCV may use.
        limit_s: Longest wait for the items that are done together; the process is ended then.
    """

    def __init__(self, recipe: Recipe, threads: int, limit_s: float = ITEM_LIMIT_S) -> None:
        self._recipe = recipe
        self._threads = threads
        self._limit_s = limit_s
        self._child: EngineProcess | None = None
        self._has_worked = False
        self._deaths = 0

    def rows(self, items: Sequence[Item], tell: Callable[[int], object]) -> list[Row]:
        """One row an item, in order.

        Args:
            items: What is to be done.
            tell: Is told how many of them are done, each time that there are more.

        Raises:
            GatehouseError: What the worker raises, or the recipe where it cannot make one.
            Unavailable: The process ends while it makes the worker, at every item, or at many
                one after another. What is raised is no item's outcome.
        """
        done: list[Row] = []
        alone = 0
        while len(done) < len(items):
            rest, child = items[len(done) :], self._running()
            for rows in child.rows(rest[:1] if alone else rest):
                self._require_asked(rows, items[len(done) :])
                done += rows
                self._take_note(rows)
                tell(len(done))
            if child.ended and alone and len(done) + len(rest) == len(items):
                self._blame(rest[0], child.ended, len(items))
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

    def _running(self) -> EngineProcess:
        if self._child is None or self._child.ended or not self._child.is_free:
            self.close()
            self._child = EngineProcess(self._recipe, self._threads, self._limit_s)
        return self._child

    def _require_asked(self, rows: Sequence[Row], items: Sequence[Item]) -> None:
        """Refuse rows of others than the next items."""
        names = self._recipe.identity
        its = [[row[name] for name in names] for row in rows]
        if its != [[item[name] for name in names] for item in items[: len(rows)]]:
            raise Unavailable(
                f"the process with the engines answered for {its[0]} when it was asked for another "
                f"{self._recipe.unit}"
            )

    def _take_note(self, rows: Sequence[Row]) -> None:
        """Rows with an error say nothing about the engines: they may not have got that far."""
        if any(not row.get("error_code") for row in rows):
            self._has_worked = True
            self._deaths = 0

    def _blame(self, item: Item, how: str, items: int) -> None:
        """Take an item for the cause of a death; Unavailable where the engines must be."""
        self._deaths += 1
        if self._deaths >= _DEATHS or (not self._has_worked and 1 < items <= self._deaths):
            raise Unavailable(
                f"the process with the engines ended {how} at {self._deaths} {self._recipe.unit}s "
                f"one after another, last {item[self._recipe.identity[0]]}: see that the machine "
                f"has the memory and the devices that they need, or take these "
                f"{self._recipe.unit}s away"
            )

    def _died(self, item: Item, how: str) -> Row:
        lists = [field.name for field in self._recipe.schema if pa.types.is_list(field.type)]
        message = f"the process that read it ended {how}, and again when it read nothing else"
        error = {"outcome": FAILED, "error_code": WORKER_DIED, "error_message": message}
        return {**item, **{name: [] for name in lists}, **error}

"""What a job is to the processes that do it: a recipe that travels, and a worker made of it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa

from pipelines.bulk.source import Found, Item

Row = dict[str, Any]
"""What came of one item."""

FAILED = "failed"
"""The outcome of an item that has an error."""


class Worker(Protocol):
    """Does items, with whatever it has loaded for that. Used from one event loop."""

    def rows(self, items: Sequence[Item]) -> AsyncIterator[list[Row]]:
        """One row an item, in order, as they come; what is wrong with an item stands in its row.

        An error ends all of them, also those that were given before it.
        """
        ...


class Recipe(Protocol):
    """Makes workers in other processes; small, and survives pickling.

    Attributes:
        schema: Of a worker's rows; among them ``outcome`` and ``error_code``.
        identity: Columns that tell an item from all others.
        unit: What an item is called.
        together: Most items that a worker does at once.
    """

    @property
    def schema(self) -> pa.Schema: ...

    @property
    def identity(self) -> Sequence[str]: ...

    @property
    def unit(self) -> str: ...

    @property
    def together(self) -> int: ...

    async def found(self) -> Found:
        """Everything that there is to be done now.

        Raises:
            ConfigurationError: The source cannot be used, or has nothing to do.
            Unavailable: It cannot be read now.
        """
        ...

    def record(self) -> Mapping[str, str]:
        """Everything that the outcomes depend on, by name; what is begun is not gone on with where
        any of it differs.

        Raises:
            ConfigurationError: A model cannot be had.
        """
        ...

    def worker(self) -> Worker:
        """Load what is needed.

        Raises:
            ConfigurationError: It cannot be used.
        """
        ...

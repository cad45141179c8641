"""Jobs that need no engines."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from pipelines.bulk.source import Found, Item
from pipelines.bulk.work import Row, Worker
from pipelines.errors import ConfigurationError, Unavailable


@dataclass(frozen=True)
class Doubling:
    """Doubles numbers; negative ones are errors."""

    numbers: tuple[int, ...]
    version: str = "1"

    unit: ClassVar[str] = "number"
    identity: ClassVar[Sequence[str]] = ("number",)
    together: ClassVar[int] = 2
    schema: ClassVar[pa.Schema] = pa.schema(
        [
            ("number", pa.int64()),
            ("outcome", pa.string()),
            ("double", pa.int64()),
            ("error_code", pa.string()),
        ]
    )

    async def found(self) -> Found:
        return Found([{"number": number} for number in self.numbers], {})

    def record(self) -> Mapping[str, str]:
        return {"job": "double", "version": self.version}

    def worker(self) -> "Doubling":
        return self

    async def rows(self, items: Sequence[Item]) -> AsyncIterator[list[Row]]:
        for start in range(0, len(items), self.together):
            group = items[start : start + self.together]
            for item in group:
                self.look_at(item["number"])
            yield [{**item, **_doubled(item["number"])} for item in group]

    def look_at(self, number: int) -> None:
        """Nothing, of most of these jobs."""


class Killing(Doubling):
    """Ends its process at multiples of 13, as a library that crashes does."""

    def look_at(self, number: int) -> None:
        if number % 13 == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Broken(Doubling):
    """Ends its process at every number, with that status."""

    def look_at(self, number: int) -> None:
        os._exit(number)


class BreakingDown(Doubling):
    """Ends its process at every number from 2 on; negative ones fail before that."""

    def look_at(self, number: int) -> None:
        if number > 1:
            os._exit(7)


class EndingLate(Doubling):
    """Ends its process at 1, and at 2 when the row is given already."""

    async def rows(self, items: Sequence[Item]) -> AsyncIterator[list[Row]]:
        async for rows in super().rows(items):
            yield rows
            if rows[-1]["number"] == 2:
                os._exit(9)

    def look_at(self, number: int) -> None:
        if number == 1:
            os._exit(8)


class Hanging(Doubling):
    """Never comes to an end at 3."""

    def look_at(self, number: int) -> None:
        if number == 3:
            signal.pause()


class Defective(Doubling):
    """Raises what has no name at 7."""

    def look_at(self, number: int) -> None:
        if number == 7:
            raise ValueError("the engine gave another shape")


class Leaving(Doubling):
    """Ends its process in an orderly way at 7, as a library may."""

    def look_at(self, number: int) -> None:
        if number == 7:
            sys.exit("the licence has expired")


class Swapping(Doubling):
    """Answers for other numbers than it was asked."""

    async def rows(self, items: Sequence[Item]) -> AsyncIterator[list[Row]]:
        yield [{**item, "number": item["number"] + 1} for item in items]


class Stumbling(Doubling):
    """Cannot go on at 7."""

    def look_at(self, number: int) -> None:
        if number == 7:
            raise Unavailable("the source is away")


class Misconfigured(Doubling):
    """Has no worker."""

    def worker(self) -> Doubling:
        raise ConfigurationError("the model cannot be loaded")


class Truncated(Doubling):
    """Has a model that no library can load."""

    def worker(self) -> Doubling:
        raise ValueError("INVALID_PROTOBUF: reader.onnx is cut off")


class Unloadable(Doubling):
    """Ends its process while it makes a worker."""

    def worker(self) -> Doubling:
        os.kill(os.getpid(), signal.SIGSEGV)
        return self


def rows_of(worker: Worker, items: Sequence[Item]) -> list[Row]:
    """All rows of a worker."""

    async def collected() -> list[Row]:
        return [row async for rows in worker.rows(items) for row in rows]

    return asyncio.run(collected())


def _doubled(number: int) -> Row:
    if number < 0:
        return {"outcome": "failed", "error_code": "bad_input"}
    return {"outcome": "doubled", "double": 2 * number}

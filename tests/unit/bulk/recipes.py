"""Jobs that need no engines."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa

from pipelines.bulk.source import Item
from pipelines.errors import ConfigurationError


@dataclass(frozen=True)
class Doubling:
    """Doubles numbers; negative ones are errors."""

    numbers: tuple[int, ...]
    version: str = "1"

    unit: ClassVar[str] = "number"
    identity: ClassVar[Sequence[str]] = ("number",)
    schema: ClassVar[pa.Schema] = pa.schema(
        [
            ("number", pa.int64()),
            ("outcome", pa.string()),
            ("double", pa.int64()),
            ("error_code", pa.string()),
        ]
    )

    async def items(self) -> list[Item]:
        return [{"number": number} for number in self.numbers]

    def record(self) -> Mapping[str, str]:
        return {"job": "double", "version": self.version}

    def worker(self) -> "Doubling":
        return self

    async def rows(self, items: Sequence[Item]) -> list[dict[str, Any]]:
        return [{**item, **_doubled(item["number"])} for item in items]


class Killing(Doubling):
    """Ends its process at 13, as a library that crashes does."""

    async def rows(self, items: Sequence[Item]) -> list[dict[str, Any]]:
        if {"number": 13} in items:
            os._exit(1)
        return await super().rows(items)


class Misconfigured(Doubling):
    """Has no worker."""

    def worker(self) -> Doubling:
        raise ConfigurationError("the model cannot be loaded")


def _doubled(number: int) -> dict[str, Any]:
    if number < 0:
        return {"outcome": "failed", "error_code": "bad_input"}
    return {"outcome": "doubled", "double": 2 * number}

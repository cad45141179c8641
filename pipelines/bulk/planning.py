"""Dividing what is to be done into parts, the same ones at every run of a job."""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, Self

import pyarrow as pa

from pipelines.bulk.source import Item

_LEAST: Final = 16
_MOST: Final = 1000
_PARTS_A_WORKER: Final = 16
"""The workers end together, as far as parts of one size can: of a sixteenth little is lost."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some items that are done, and stored, together; parts are numbered from 1."""

    number: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Parts that one run added to a job."""

    parts: tuple[Part, ...]

    @classmethod
    def of_table(cls, table: pa.Table) -> Self:
        """Read a plan that was stored."""
        items: dict[int, list[Item]] = {}
        for row in table.to_pylist():
            items.setdefault(row.pop("part"), []).append(row)
        return cls(tuple(Part(number, tuple(its)) for number, its in sorted(items.items())))

    def table(self) -> pa.Table:
        """One row an item, with the number of its part."""
        rows = [{"part": part.number, **item} for part in self.parts for item in part.items]
        return pa.Table.from_pylist(rows)


def parts_of(plans: Sequence[Plan]) -> Iterator[Part]:
    """The parts of all plans, in order."""
    return chain.from_iterable(plan.parts for plan in plans)


def planned(
    items: Sequence[Item], plans: Sequence[Plan], identity: Sequence[str], size: int
) -> Plan | None:
    """Plan what no plan holds yet.

    Args:
        items: Everything that there is to be done.
        plans: The plans so far.
        identity: Columns that tell an item from all others, another content of its own included.
        size: Most items of a part.

    Returns:
        Further parts; None where there is nothing new.
    """
    known = {_identity(item, identity) for part in parts_of(plans) for item in part.items}
    new = [item for item in items if _identity(item, identity) not in known]
    if not new:
        return None
    last = max((part.number for part in parts_of(plans)), default=0)
    groups = [tuple(new[start : start + size]) for start in range(0, len(new), size)]
    return Plan(tuple(Part(number, group) for number, group in enumerate(groups, last + 1)))


def unfinished(plans: Sequence[Plan], finished: Collection[int]) -> list[Part]:
    """The parts whose outcomes are not stored."""
    return [part for part in parts_of(plans) if part.number not in finished]


def size_for(items: int, workers: int) -> int:
    """How many items a part has: enough parts for all workers, and not too many files."""
    return min(_MOST, max(_LEAST, math.ceil(items / (workers * _PARTS_A_WORKER))))


def _identity(item: Item, columns: Sequence[str]) -> tuple[object, ...]:
    return tuple(item[column] for column in columns)

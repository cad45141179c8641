"""Slices made into figures."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from tests.bench.rates import Rate
from tests.bench.throughput.cells import Cell, Size, Work
from tests.bench.throughput.pictures import Scene, Scenes
from tests.bench.throughput.slices import Slice, is_right

LEAST_FOR_P99: Final = 200
"""Answers below which no p99 is stated: it would be the second slowest, or the slowest."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One cell.

    Attributes:
        rate: Pictures answered a second.
        answered: Pictures, also those while clients started and stopped; as the next two.
        p50: Milliseconds of those answered; None where there is none.
        p99: The same; None where too few were answered.
        cpu_ms: CPU milliseconds a picture asked about, by group of processes.
        own_ms: Those of the one who asks.
        loopback: Bytes a picture over the loopback interface.
        reasons: What refusals and failures said, the most frequent first.
    """

    cell: Cell
    rate: float
    answered: int
    refused: int
    failed: int
    p50: float | None
    p99: float | None
    cpu_ms: dict[str, float] = field(default_factory=dict)
    own_ms: float = 0.0
    loopback: float = 0.0
    reasons: tuple[tuple[str, int], ...] = ()

    @property
    def total_cpu_ms(self) -> float:
        """Of all processes that are measured, a picture."""
        return sum(self.cpu_ms.values())

    @property
    def refused_share(self) -> float:
        """Of everything asked, what was refused or failed."""
        asked = self.answered + self.refused + self.failed
        return (self.refused + self.failed) / asked if asked else 0.0


Figures = dict[Cell, Figure]
Accuracy = dict[tuple[str, Work, Size], dict[int, bool]]
"""Contestant, work and size -> for each picture that was answered, whether rightly."""


def figure(cell: Cell, slices: Sequence[Slice]) -> Figure:
    """Sum up the slices of a cell."""
    asked = [one for part in slices for one in part.asked]
    outcomes = Counter(one.outcome for one in asked)
    ms = np.array([one.ms for one in asked if one.outcome == "answered"])
    cpu_s: dict[str, float] = defaultdict(float)
    for part in slices:
        for group, seconds in part.cpu_s.items():
            cpu_s[group] += seconds
    each = 1 / max(1, len(asked))
    seconds_in_all = sum(part.seconds for part in slices)
    return Figure(
        cell,
        sum(part.rate * part.seconds for part in slices) / seconds_in_all,
        outcomes["answered"],
        outcomes["refused"],
        outcomes["failed"],
        float(np.median(ms)) if len(ms) else None,
        float(np.quantile(ms, 0.99)) if len(ms) >= LEAST_FOR_P99 else None,
        {group: 1000 * seconds * each for group, seconds in sorted(cpu_s.items())},
        1000 * sum(part.own_cpu_s for part in slices) * each,
        sum(part.loopback for part in slices) * each,
        tuple(Counter(one.reason for one in asked if one.reason).most_common(3)),
    )


def figures(slices: dict[Cell, list[Slice]]) -> Figures:
    """Sum up all cells that have slices."""
    return {cell: figure(cell, its) for cell, its in slices.items() if its}


def accuracy(slices: dict[Cell, list[Slice]], scenes: Scenes) -> Accuracy:
    """Which pictures each contestant answered rightly, each counted once, by its last answer."""
    right: Accuracy = defaultdict(dict)
    for cell, its in slices.items():
        known: tuple[Scene, ...] = scenes.of[cell.work, cell.size]
        for one in (answer for part in its for answer in part.asked):
            if one.outcome == "answered":
                place = (cell.contestant, cell.work, cell.size)
                right[place][one.picture] = is_right(one, known[one.picture])
    return dict(right)


def rate_of(right: dict[int, bool], among: Collection[int] | None = None) -> Rate:
    """The share answered rightly, of some pictures or of all."""
    its = [is_so for picture, is_so in right.items() if among is None or picture in among]
    return Rate(sum(its), len(its))

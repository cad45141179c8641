"""What the bench of gallery sizes found: as tables, for JSON, and as a figure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from numpy.typing import NDArray

matplotlib.use("Agg")

from matplotlib import pyplot

from tests.bench.contender import Built
from tests.bench.tables import Table

OURS = "ours"

_DPI = 110
_MIB = 2**20
_LEAST_TOLD_BYTES = 10_000
"""Drivers from which on the growth of a process says something about one driver."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One index at one size.

    Attributes:
        built: How it was built.
        setting: How it is set.
        recall: Share of the probes whose exact nearest driver it names.
        seconds: ``(N,)`` that each search took.
    """

    built: Built
    setting: str
    recall: float
    seconds: NDArray[np.float64]

    def ms(self, share: float) -> float:
        """The time within which this share of the searches was done."""
        return 1000 * float(np.quantile(self.seconds, share))


@dataclass(frozen=True, slots=True, eq=False)
class Life:
    """What only ours has at one size: a store, snapshots and replicas.

    Attributes:
        fill_s: Writing the drivers.
        index_s: Building the approximate index; None where search is exact.
        database: Bytes of the SQLite file.
        snapshot: Bytes of the snapshot.
        start_s: A second replica's start from the snapshot, to its first answer.
        acknowledged: ``(R,)`` seconds that registrations took.
        found: ``(R,)`` seconds from acknowledgement to the answer of another process's search.
        missed: Registrations that the first search after them did not find.
    """

    fill_s: float
    index_s: float | None
    database: int
    snapshot: int
    start_s: float
    acknowledged: NDArray[np.float64]
    found: NDArray[np.float64]
    missed: int


@dataclass(slots=True, eq=False)
class Size:
    """All indexes at one size: what was measured, and why what was not was not."""

    drivers: int
    measured: dict[str, Measured] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    life: Life | None = None


def tables(sizes: Sequence[Size], notes: tuple[str, ...]) -> list[Table]:
    """Everything as tables."""
    return [_indexes(sizes, notes), _life(sizes)]


def values(sizes: Sequence[Size]) -> list[dict[str, Any]]:
    """The same for JSON; seconds, bytes and shares."""
    return [
        {
            "drivers": size.drivers,
            "left out": size.left_out,
            "indexes": {name: _values(one) for name, one in size.measured.items()},
            "ours": _life_values(size.life) if size.life else None,
        }
        for size in sizes
    ]


def plot(sizes: Sequence[Size], target: Path) -> None:
    """Draws search time, memory and build time over size, on logarithmic axes."""
    figure, places = pyplot.subplots(1, 3, figsize=(15, 5.2))
    search, memory, build = places
    names = list(dict.fromkeys(name for size in sizes for name in size.measured))
    for name in names:
        its = [(size.drivers, size.measured[name]) for size in sizes if name in size.measured]
        drivers = [count for count, _ in its]
        (line,) = search.plot(drivers, [one.ms(0.5) for _, one in its], marker="o", label=name)
        colour = line.get_color()
        search.plot(drivers, [one.ms(0.99) for _, one in its], ":", marker=".", color=colour)
        memory.plot(
            drivers,
            [max(one.built.memory, 1) / _MIB for _, one in its],
            marker="o",
            color=colour,
            label=name,
        )
        build.plot(
            drivers,
            [one.built.seconds for _, one in its],
            marker="o",
            color=colour,
            label=name,
        )
    with_life = [(size.drivers, size.life) for size in sizes if size.life]
    if with_life:
        build.plot(
            [count for count, _ in with_life],
            [life.start_s for _, life in with_life],
            "--",
            marker="s",
            color="black",
            label="ours, start from a snapshot",
        )
    search.set(ylabel="ms", title="One search: median, dotted p99")
    memory.set(ylabel="MiB", title="Memory")
    build.set(ylabel="s", title="Build")
    for axes in places:
        axes.set(xscale="log", yscale="log", xlabel="drivers")
        axes.grid(which="both", color="#eeeeee", linewidth=0.6)
        axes.set_axisbelow(True)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(target, dpi=_DPI)
    pyplot.close(figure)


def _indexes(sizes: Sequence[Size], notes: tuple[str, ...]) -> Table:
    rows: list[tuple[str, ...]] = []
    for size in sizes:
        for name, one in size.measured.items():
            told = size.drivers >= _LEAST_TOLD_BYTES
            rows.append(
                (
                    f"{size.drivers:,}",
                    name,
                    one.setting,
                    f"{one.ms(0.5):.2f}",
                    f"{one.ms(0.99):.2f}",
                    f"{one.recall:.4f}",
                    f"{one.built.seconds:.1f}",
                    f"{one.built.memory / _MIB:,.0f}",
                    f"{one.built.memory / size.drivers:,.0f}" if told else "",
                )
            )
        rows += [
            (f"{size.drivers:,}", name, f"not measured: {reason}", *[""] * 6)
            for name, reason in size.left_out.items()
        ]
    return Table(
        "Indexes side by side",
        (
            *("drivers", "index", "setting", "p50 ms", "p99 ms", "recall@1"),
            *("build s", "MiB", "bytes a driver"),
        ),
        tuple(rows),
        notes,
    )


def _life(sizes: Sequence[Size]) -> Table:
    rows = [
        (
            f"{size.drivers:,}",
            "" if life.index_s is None else f"{life.index_s:.0f}",
            f"{life.fill_s:.1f}",
            f"{life.database / _MIB:,.0f}",
            f"{life.snapshot / _MIB:,.0f}",
            f"{life.start_s:.2f}",
            f"{1000 * float(np.quantile(life.acknowledged, 0.5)):.1f}",
            f"{1000 * float(np.quantile(life.found, 0.5)):.1f}",
            f"{1000 * float(np.quantile(life.found, 0.99)):.1f}",
            f"{len(life.found) - life.missed} of {len(life.found)}",
        )
        for size in sizes
        if (life := size.life) is not None
    ]
    return Table(
        "Our store, snapshots and replicas",
        (
            *("drivers", "IVF s", "fill s", "SQLite MiB", "snapshot MiB", "start s"),
            *("registered p50 ms", "found p50 ms", "found p99 ms", "found at once"),
        ),
        tuple(rows),
        (
            "IVF: building the approximate index, beside the searches; empty where search is "
            "exact. Fill: rows written straight into the tables. Start: a second replica from "
            "the snapshot, in the page cache, to its first answer. Registered: one registration of "
            "three faces. Found: from its acknowledgement in one process to the answer of a "
            "search in another, messages between the processes included; found at once: by the "
            "first search after the acknowledgement.",
        ),
    )


def _values(one: Measured) -> dict[str, Any]:
    return {
        "setting": one.setting,
        "p50_ms": one.ms(0.5),
        "p99_ms": one.ms(0.99),
        "searches": len(one.seconds),
        "recall_at_1": one.recall,
        "build_s": one.built.seconds,
        "memory_bytes": one.built.memory,
        "peak_bytes": one.built.peak,
    }


def _life_values(life: Life) -> dict[str, Any]:
    return {
        "fill_s": life.fill_s,
        "index_s": life.index_s,
        "database_bytes": life.database,
        "snapshot_bytes": life.snapshot,
        "start_from_snapshot_s": life.start_s,
        "registrations": len(life.found),
        "registered_p50_ms": 1000 * float(np.quantile(life.acknowledged, 0.5)),
        "found_p50_ms": 1000 * float(np.quantile(life.found, 0.5)),
        "found_p99_ms": 1000 * float(np.quantile(life.found, 0.99)),
        "found_at_once": len(life.found) - life.missed,
    }

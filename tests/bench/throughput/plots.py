"""Figures to look at: throughput and latency over concurrency, CPU by process, picture sizes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot

from tests.bench.throughput.cells import BARE, LOOPS, PRODUCTION, Work
from tests.bench.throughput.summary import Figure
from tests.bench.throughput.targets import Measured

_DPI = 110
_WORKS: tuple[Work, ...] = ("plates", "drivers", "both")


def plot_concurrency(measured: Measured, target: Path) -> None:
    """Pictures a second above, milliseconds below (p50, dotted p99), over clients; 720p."""
    figure, axes = pyplot.subplots(2, len(_WORKS), figsize=(15, 9), squeeze=False)
    for column, work in enumerate(_WORKS):
        rates, times = axes[0][column], axes[1][column]
        bare = measured.at(BARE, 0, work)
        if bare:
            rates.axhline(bare.rate, color="grey", linestyle=":", label="bare engines, all cores")
        for name, its in _by_contestant(measured, work).items():
            clients = [one.cell.clients for one in its]
            (line,) = rates.plot(clients, [one.rate for one in its], marker="o", label=name)
            colour = line.get_color()
            times.plot(clients, [_or_nan(one.p50) for one in its], marker="o", color=colour)
            times.plot(clients, [_or_nan(one.p99) for one in its], ":", marker=".", color=colour)
        rates.set(title=f"{work}, 720p", ylabel="pictures/s", xscale="log", ylim=(0, None))
        times.set(xlabel="clients", ylabel="ms: p50, dotted p99", xscale="log", yscale="log")
        for one in (rates, times):
            one.set_xticks([1, 4, 16, 64], ["1", "4", "16", "64"])
            one.minorticks_off()
            one.grid(color="#dddddd")
        if rates.get_legend_handles_labels()[0]:
            rates.legend()
    _save(figure, target)


def plot_cpu(measured: Measured, target: Path) -> None:
    """CPU of a picture by process, stacked, beside what the bare engines take."""
    chosen = [
        one
        for cell, one in measured.figures.items()
        if cell.size == "720p" and (cell.clients == 16 or cell.contestant == BARE)
    ]
    chosen.sort(key=lambda one: (_WORKS.index(one.cell.work), one.cell.contestant))
    groups = sorted({group for one in chosen for group in one.cpu_ms})
    figure, axes = pyplot.subplots(figsize=(max(8, 1.1 * len(chosen)), 6))
    below = [0.0] * len(chosen)
    for place, group in enumerate(groups):
        heights = [one.cpu_ms.get(group, 0.0) for one in chosen]
        colour = pyplot.get_cmap("tab20")(place % 20)
        axes.bar(range(len(chosen)), heights, bottom=below, label=group, color=colour)
        below = [low + high for low, high in zip(below, heights, strict=True)]
    labels = [f"{one.cell.contestant}\n{one.cell.work}" for one in chosen]
    axes.set_xticks(range(len(chosen)), labels, rotation=35, ha="right")
    axes.set(ylabel="CPU ms a picture", title="CPU by process: 720p, 16 clients")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    _save(figure, target)


def plot_sizes(measured: Measured, target: Path) -> None:
    """Pictures a second by size, in production mode with 16 clients and in loops; plates."""
    sizes = ("small", "720p", "12 MP", "12 MP, small plates")
    shown = {
        name: [
            next(
                (
                    one.rate
                    for cell, one in measured.figures.items()
                    if (cell.contestant, cell.clients, cell.work, cell.size)
                    == (name, clients, "plates", size)
                ),
                0.0,
            )
            for size in sizes
        ]
        for name, clients in ((PRODUCTION, 16), *((loop, 0) for loop in LOOPS))
    }
    figure, axes = pyplot.subplots(figsize=(9, 5))
    width = 0.8 / len(shown)
    for place, (name, rates) in enumerate(shown.items()):
        axes.bar([x + place * width for x in range(len(sizes))], rates, width, label=name)
    axes.set_xticks([x + 0.4 - width / 2 for x in range(len(sizes))], sizes)
    axes.set(ylabel="pictures/s", title="Plates by size of the picture")
    axes.legend()
    _save(figure, target)


def plot_memory(hours: Sequence[float], held: Mapping[str, Sequence[float]], target: Path) -> None:
    """Megabytes by group of processes over time."""
    figure, axes = pyplot.subplots(figsize=(11, 6))
    minutes = [60 * one for one in hours]
    for group, its in sorted(held.items(), key=lambda one: -one[1][-1]):
        axes.plot(minutes, its, label=f"{group}: {its[-1]:.0f} MB")
    axes.set(xlabel="minutes of full load", ylabel="PSS, MB", ylim=(0, None))
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    _save(figure, target)


def _by_contestant(measured: Measured, work: Work) -> dict[str, Sequence[Figure]]:
    its: dict[str, list[Figure]] = {}
    for cell, one in measured.figures.items():
        if cell.work == work and cell.size == "720p" and cell.clients:
            its.setdefault(cell.contestant, []).append(one)
    return {name: sorted(some, key=lambda one: one.cell.clients) for name, some in its.items()}


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _save(figure: pyplot.Figure, target: Path) -> None:
    figure.tight_layout()
    figure.savefig(target, dpi=_DPI)
    pyplot.close(figure)

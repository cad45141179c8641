"""Figures of the scaling bench: throughput over replicas, and replicas over time."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot

from tests.bench.scaling_configuration import DEPLOYMENTS
from tests.bench.scaling_points import Point, efficiency
from tests.bench.scaling_report import LEAST_EFFICIENCY
from tests.bench.scaling_steps import Stepped

_DPI = 110


def plot_points(series: Mapping[str, Sequence[Point]], target: Path) -> None:
    """Answers a second over replicas, and the same over that of as many single replicas."""
    figure, (throughput, share) = pyplot.subplots(1, 2, figsize=(12, 5))
    for name, points in series.items():
        counts = [point.replicas for point in points]
        (line,) = throughput.plot(counts, [point.per_s for point in points], "o-", label=name)
        throughput.plot(
            counts,
            [count * points[0].per_s for count in counts],
            ":",
            color=line.get_color(),
            linewidth=1,
        )
        share.plot(counts, [efficiency(point, points[0]) for point in points], "o-", label=name)
    share.axhline(LEAST_EFFICIENCY, color="grey", linestyle=":")
    throughput.set(ylabel="answers a second", title="Throughput, dotted: linear", yscale="log")
    share.set(ylabel="of linear", ylim=(0, 1.1), title="Over that of as many single replicas")
    for axes in (throughput, share):
        axes.set_xscale("log", base=2)
        axes.set(xlabel="replicas of each model on the way")
        axes.xaxis.set_major_formatter("{x:.0f}")
        axes.grid(which="both", color="#eeeeee", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.legend()
    _save(figure, target)


def plot_steps(stepped: Stepped, target: Path) -> None:
    """Load, times and replicas over one run in steps."""
    names = sorted({each.target for each in stepped.seconds})
    figure, rows = pyplot.subplots(
        2 + len(DEPLOYMENTS),
        1,
        figsize=(12, 12),
        sharex=True,
        height_ratios=[2, 2, *[1] * len(DEPLOYMENTS)],
    )
    load, times, *counts = rows
    for name in names:
        its = [each for each in stepped.seconds if each.target == name]
        at = [each.at_s for each in its]
        (line,) = load.step(at, [each.offered for each in its], where="post", label=name)
        colour = line.get_color()
        load.plot(at, [each.answered for each in its], ".", color=colour, markersize=3)
        timed = [each for each in its if each.p50_ms is not None]
        times.plot(
            [each.at_s for each in timed], [each.p50_ms for each in timed], ".-", color=colour
        )
    load.set(ylabel="requests/s", title="Offered (line) and answered (dots)")
    load.legend(loc="upper left", fontsize=8)
    times.set(ylabel="p50, ms", yscale="log")
    for axes, deployment in zip(counts, DEPLOYMENTS, strict=True):
        running = [each.running.get(deployment, 0) for each in stepped.samples]
        axes.fill_between([each.at_s for each in stepped.samples], running, step="post", alpha=0.5)
        axes.set(ylim=(0, 1 + max(running, default=1)))
        axes.set_ylabel(deployment, rotation=0, ha="right", va="center")
        axes.yaxis.get_major_locator().set_params(integer=True)
    for phase, start_s, end_s in stepped.spans():
        for axes in rows:
            if phase.name != "low":
                axes.axvspan(start_s, end_s, color="#f2f2f2", zorder=0)
        if phase.name != "low":
            middle = (start_s + end_s) / 2
            load.annotate(phase.name, (middle, 1), xycoords=("data", "axes fraction"), ha="center")
    counts[-1].set(xlabel="s; replicas that run, by deployment")
    _save(figure, target)


def _save(figure: pyplot.Figure, target: Path) -> None:
    figure.tight_layout()
    figure.savefig(target, dpi=_DPI)
    pyplot.close(figure)

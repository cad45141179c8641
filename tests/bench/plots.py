"""Figures to look at: reliability, confused characters, sources side by side."""

from collections.abc import Sequence
from pathlib import Path
from string import ascii_uppercase, digits

import matplotlib
import numpy as np

matplotlib.use("Agg")

from matplotlib import pyplot

from tests.bench import figures
from tests.bench.characters import NOTHING, confusions
from tests.bench.figures import PlateResult, Results
from tests.bench.rates import Rate
from tests.bench.reliability import expected_calibration_error
from tests.bench.report import bins_of

ALPHABET = digits + ascii_uppercase
_DPI = 110
_NAMED_CONFUSIONS = 12


def plot_reliability(results: Results, contestants: Sequence[str], target: Path) -> None:
    """Share of right readings over confidence, one line a contestant, with its ECE."""
    figure, axes = pyplot.subplots(figsize=(6.5, 6))
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="ideal")
    for name in contestants:
        bins = bins_of(results, name)
        error = expected_calibration_error(bins)
        (line,) = axes.plot(
            [one.confidence for one in bins],
            [one.right for one in bins],
            label=f"{name}: ECE {error:.3f}",
        )
        axes.scatter(
            [one.confidence for one in bins],
            [one.right for one in bins],
            s=16,
            color=line.get_color(),
        )
        for one in bins:
            axes.annotate(
                str(one.count),
                (one.confidence, one.right),
                xytext=(4, -11),
                textcoords="offset points",
                color=line.get_color(),
                fontsize=8,
            )
    axes.set(
        xlabel="confidence of the reading (beside the dots: readings)",
        ylabel="share right, folded",
        xlim=(0, 1.02),
        ylim=(-0.02, 1.02),
        title="Reliability",
    )
    axes.legend(loc="upper left")
    _save(figure, target)


def plot_confusions(plates: Sequence[PlateResult], title: str, target: Path) -> None:
    """Which characters were taken for which, over plates that were read at all.

    Right ones are left out; the last row counts made-up characters, the last column those left out.
    """
    counts = confusions((one.truth, one.read) for one in plates if one.read)
    places = {character: index for index, character in enumerate(ALPHABET)} | {
        NOTHING: len(ALPHABET)
    }
    matrix = np.zeros((len(places), len(places)))
    wrong = {
        (truth, read): count
        for (truth, read), count in counts.items()
        if truth != read and truth in places and read in places
    }
    for (truth, read), count in wrong.items():
        matrix[places[truth], places[read]] = count
    figure, axes = pyplot.subplots(figsize=(10, 10))
    axes.imshow(
        np.where(matrix > 0, matrix, np.nan), cmap="Blues", vmin=0, vmax=matrix.max() + 1, zorder=1
    )
    axes.set_xticks(range(len(places)), [*ALPHABET, "none"], fontsize=8)
    axes.set_yticks(range(len(places)), [*ALPHABET, "none"], fontsize=8)
    for index in range(len(places)):
        axes.axhline(index, color="#eeeeee", linewidth=0.5, zorder=0)
        axes.axvline(index, color="#eeeeee", linewidth=0.5, zorder=0)
    for (truth, read), count in wrong.items():
        axes.text(
            places[read],
            places[truth],
            str(count),
            ha="center",
            va="center",
            fontsize=8,
            color="white" if 2 * count > matrix.max() else "black",
        )
    most = sorted(wrong.items(), key=lambda one: (-one[1], one[0]))[:_NAMED_CONFUSIONS]
    named = ", ".join(
        f"{truth or 'none'}→{read or 'none'} {count}" for (truth, read), count in most
    )
    axes.set(xlabel=f"read as\n{named}", ylabel="true character", title=title)
    _save(figure, target)


def plot_sources(results: Results, contestants: Sequence[str], target: Path) -> None:
    """Folded rates of photos, end to end, by row of the table, with 95 % Wilson intervals."""
    photos = [one for one in results.plates if one.kind == "photo"]
    rows = figures.row_names(photos)
    rates = {
        (row, name): Rate(sum(one.is_right for one in its), len(its))
        for row in rows
        for name in contestants
        for its in [
            [one for one in photos if one.contestant == name and row in figures.rows_of(one)]
        ]
    }
    figure, axes = pyplot.subplots(figsize=(max(8, 1.1 * len(rows)), 6))
    width = 0.8 / len(contestants)
    for place, name in enumerate(contestants):
        measured = [index for index, row in enumerate(rows) if rates[row, name].total]
        its = [rates[rows[index], name] for index in measured]
        lows, highs = zip(*(rate.interval for rate in its), strict=True) if its else ((), ())
        shares = np.array([rate.share for rate in its])
        axes.bar(
            np.array(measured) + (place - (len(contestants) - 1) / 2) * width,
            shares,
            width,
            label=name,
            yerr=np.clip([shares - lows, np.array(highs) - shares], 0, None),
            error_kw={"elinewidth": 0.8},
        )
    counts = [max(rates[row, name].total for name in contestants) for row in rows]
    labels = [f"{row} ({count})" for row, count in zip(rows, counts, strict=True)]
    axes.set_xticks(range(len(rows)), labels, rotation=35, ha="right")
    axes.set(ylim=(0, 1), ylabel="read, folded", title="Photos, end to end (number of plates)")
    axes.grid(axis="y", color="#dddddd")
    axes.set_axisbelow(True)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    _save(figure, target)


def _save(figure: pyplot.Figure, target: Path) -> None:
    figure.tight_layout()
    figure.savefig(target, dpi=_DPI)
    pyplot.close(figure)

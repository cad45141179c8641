"""The figures of the events as plots."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import matplotlib
import numpy as np
from matplotlib import dates
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from pipelines.events.figures import Figures, Spread, Step
from pipelines.reports import wording

# Okabe and Ito, "Color Universal Design": told apart by everybody.
_BLUE, _ORANGE, _GREEN, _RED = "#0072b2", "#e69f00", "#009e73", "#d55e00"
_MANY: Final = (_BLUE, _ORANGE, _GREEN, "#cc79a7", "#56b4e9", _RED, "#f0e442", "#7f7f7f", "#b8c0c8")
_INK, _GRID = "#22272b", "#dfe3e6"
_DPI: Final = 110
_WIDE: Final = (10.5, 3.3)  # inches
_SHARES_BY_HOUR: Final = timedelta(days=2)

_Counts = list[tuple[datetime, int]]
_Drawn = list[tuple[Artist | BarContainer, str]]

_STYLE: Final = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#9aa3ab",
    "axes.grid": True,
    "axes.labelcolor": _INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "font.size": 9.5,
    "grid.color": _GRID,
    "legend.frameon": False,
    "text.color": _INK,
    "text.parse_math": False,  # a camera may be called $1
    "timezone": "UTC",
    "xtick.color": _INK,
    "ytick.color": _INK,
}


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot.

    Attributes:
        name: Of the picture.
        told: What it shows, for those who do not see it.
        draw: Draws it.
    """

    name: str
    told: str
    draw: Callable[[Axes, Figures], None]


def png_of(panel: Panel, figures: Figures) -> bytes:
    """One plot as a PNG picture."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=_WIDE)
        # Alike for all, so that the times of plots under each other stand under each other.
        figure.subplots_adjust(left=0.17, right=0.77, bottom=0.16, top=0.9)
        panel.draw(figure.subplots(), figures)
        return _png(figure)


def sheet_of(figures: Figures) -> bytes:
    """All plots under each other, as one PNG picture with a title."""
    with matplotlib.rc_context(_STYLE):
        width, height = _WIDE
        figure = Figure(figsize=(width, height * len(PANELS) + 0.6), layout="constrained")
        figure.suptitle(
            f"Gatehouse, {wording.period(figures)}", x=0.01, ha="left", fontsize=14, weight="bold"
        )
        for panel, axes in zip(PANELS, figure.subplots(len(PANELS)), strict=True):
            panel.draw(axes, figures)
        return _png(figure)


def _traffic(axes: Axes, figures: Figures) -> None:
    counts = [
        (called, [(one.start, one.count) for one in figures.traffic if one.kind is kind])
        for kind, called in wording.KINDS.items()
    ]
    _stacked(axes, figures, counts)
    axes.set(title="Traffic by kind", ylabel=f"events each {figures.step.value}")


def _cameras(axes: Axes, figures: Figures) -> None:
    cameras: dict[str | None, _Counts] = {}
    for one in figures.cameras:
        cameras.setdefault(one.camera_id, []).append((one.start, one.count))
    ranked = sorted(cameras.items(), key=lambda one: -sum(count for _, count in one[1]))
    counts = [(wording.camera(camera_id), its) for camera_id, its in ranked]
    others = [(one.start, one.count) for one in figures.traffic]
    others += [(one.start, -one.count) for one in figures.cameras]
    if sum(count for _, count in others):
        counts.append((wording.OTHER_CAMERAS, others))
    _stacked(axes, figures, counts)
    axes.set(title="Traffic by camera", ylabel=f"events each {figures.step.value}")


def _strangers(axes: Axes, figures: Figures) -> None:
    # Of an hour there are too few to make a share of.
    step = Step.HOUR if figures.end - figures.first <= _SHARES_BY_HOUR else Step.DAY
    slots = figures.strangers(step)
    shares = {
        wording.UNKNOWN_FACES: [(one.unknown_faces, one.faces) for one in slots],
        wording.UNKNOWN_VEHICLES: [(one.unmatched_plates, one.plates) for one in slots],
        wording.STOPPED: [(one.stopped, one.checks) for one in slots],
        wording.UNREADABLE: [(one.unreadable_plates, one.seen_plates) for one in slots],
    }
    starts = [one.start for one in slots]
    drawn: _Drawn = []
    for (called, parts), colour, marker in zip(shares.items(), _MANY, "os^D", strict=False):
        some = [(at, part / of) for at, (part, of) in zip(starts, parts, strict=True) if of]
        if some:
            times = _gapped(some, figures, step)
            [line] = axes.plot(*times, color=colour, marker=marker, ms=3.5)
            drawn.append((line, called))
    _time_axis(axes, figures, step)
    axes.set(title="Strangers at the gates, and plates without a text", ylim=(-0.02, 1.02))
    axes.set(ylabel=f"share of their kind, each {step.value}")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    _legend_or_nothing(axes, drawn)
    if drawn and not any(one.plates for one in slots):
        said = f"{wording.UNKNOWN_VEHICLES}:\n{wording.NONE_CHECKED}"
        axes.text(*(1.03, 0.02), said, color="#5a646d", transform=axes.transAxes)


def _confidence(axes: Axes, figures: Figures) -> None:
    _drift(axes, figures, figures.confidence, _BLUE)
    axes.set(title="How sure the plate reader is, day by day", ylabel="confidence, 0 to 1")


def _similarity(axes: Axes, figures: Figures) -> None:
    _drift(axes, figures, figures.similarity, _GREEN)
    axes.set(title="How alike recognised drivers are, day by day", ylabel="cosine similarity")


def _reasons(axes: Axes, figures: Figures) -> None:
    ranked = figures.reasons[::-1]
    bars = axes.barh(
        [wording.reason(one.reason) for one in ranked], [one.count for one in ranked], color=_BLUE
    )
    axes.bar_label(bars, padding=3, fmt="{:,.0f}")
    axes.grid(axis="y", visible=False)
    axes.margins(x=0.08)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(title="Most frequent reasons", xlabel="events that gave the reason")
    if not ranked:
        axes.set(xticks=[], yticks=[])
        _nothing(axes)


def _stacked(axes: Axes, figures: Figures, counts: Sequence[tuple[str, _Counts]]) -> None:
    slots = _slots(figures, figures.step)
    width = figures.step.hours / Step.DAY.hours
    places = {start: place for place, start in enumerate(slots)}
    below = np.zeros(len(slots))
    drawn: _Drawn = []
    for (called, its), colour in zip(counts, _MANY, strict=False):
        heights = np.zeros(len(slots))
        for start, count in its:
            heights[places[start]] += count
        if heights.any():
            bars = axes.bar(
                dates.date2num(slots), heights, width, bottom=below, align="edge", color=colour
            )
            drawn.append((bars, called))
        below += heights
    _time_axis(axes, figures, figures.step)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter("{x:,.0f}")
    _legend_or_nothing(axes, drawn)


def _drift(axes: Axes, figures: Figures, spreads: Sequence[Spread], colour: str) -> None:
    noons = dates.date2num([one.day + timedelta(hours=12) for one in spreads])
    low, high = [one.low for one in spreads], [one.high for one in spreads]
    drawn: _Drawn = []
    if spreads:
        band = axes.fill_between(noons, low, high, color=colour, alpha=0.2)
        if len(spreads) == 1:  # a band of one day has no width
            axes.vlines(noons, low, high, color=colour, alpha=0.2, linewidth=8)
        [line] = axes.plot(noons, [one.median for one in spreads], color=colour, marker="o")
        drawn = [(band, "10th to 90th percentile"), (line, "median")]
    _time_axis(axes, figures, Step.DAY)
    _legend_or_nothing(axes, drawn)


def _slots(figures: Figures, step: Step) -> list[datetime]:
    """When every slot of the time begins, that of those without events too."""
    first, long = step.start(figures.first), timedelta(hours=step.hours)
    return [first + long * place for place in range(-((first - figures.end) // long))]


def _gapped(
    values: Sequence[tuple[datetime, float]], figures: Figures, step: Step
) -> tuple[Any, Any]:
    """Times and values, with a gap where a slot has none."""
    known = dict(values)
    slots = _slots(figures, step)
    half = timedelta(hours=step.hours) / 2
    return [at + half for at in slots], [known.get(at, np.nan) for at in slots]


def _time_axis(axes: Axes, figures: Figures, step: Step) -> None:
    locator = dates.AutoDateLocator(minticks=4, maxticks=10)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    slots = _slots(figures, step)
    axes.set(xlim=(slots[0], slots[-1] + timedelta(hours=step.hours)), xlabel="UTC")
    axes.grid(axis="x", visible=False)


def _legend_or_nothing(axes: Axes, drawn: _Drawn) -> None:
    if drawn:
        # Told here: of labels, those with a "_" in front are left out.
        axes.legend(*zip(*drawn, strict=True), loc="upper left", bbox_to_anchor=(1.0, 1.0))
    else:
        axes.set_yticks([])
        _nothing(axes)


def _nothing(axes: Axes) -> None:
    axes.text(
        *(0.5, 0.5), "nothing in this time", ha="center", color="#5a646d", transform=axes.transAxes
    )


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_DPI)
    return file.getvalue()


PANELS: Final = (
    Panel("traffic", "How many events there were, by kind.", _traffic),
    Panel("cameras", "How many events each of the busiest cameras had.", _cameras),
    Panel(
        "strangers",
        "Shares of unknown faces, of plates of no known vehicle, of gate checks that were denied "
        "or asked, and of plates without a text.",
        _strangers,
    ),
    Panel(
        "confidence",
        "Median and 10th to 90th percentile of the plates' confidence.",
        _confidence,
    ),
    Panel(
        "similarity",
        "Median and 10th to 90th percentile of the similarity of recognised drivers.",
        _similarity,
    ),
    Panel("reasons", "How many events gave each of the most frequent reasons.", _reasons),
)
"""In the order of a report."""

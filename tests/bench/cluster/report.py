"""The cluster bench as a table, as JSON, and as plots over time."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot

from tests.bench.cluster.load import RATES
from tests.bench.cluster.stage import Outcome
from tests.bench.tables import Table

Values = dict[str, Any]

_DPI: Final = 110
_BARS: Final = " ▁▂▃▄▅▆▇█"
_COLUMNS: Final = 90


def values(outcome: Outcome) -> Values:
    """One phase for JSON; the table and the plots are made of it."""
    one = outcome.window
    return {
        "name": one.fault,
        "seconds": round(one.seconds, 1),
        "sent": one.sent,
        "failed": one.failed,
        "refused": one.refused,
        "by_kind": dict(one.by_kind),
        "reasons": [list(reason) for reason in one.reasons],
        "last_failure_after_s": round(one.recovered_s, 1),
        "whole_after_s": None if outcome.whole_after_s is None else round(outcome.whole_after_s, 1),
        "p99_before_ms": one.p99_before_ms,
        "p99_ms": one.p99_ms,
        "registrations": outcome.kept.acknowledged,
        "registrations_lost": list(outcome.kept.lost),
        "placed": dict(outcome.placed),
        "together_before": list(outcome.together[0]),
        "together_after": list(outcome.together[1]),
        "facts": dict(outcome.facts),
        "course": [asdict(second) for second in outcome.course],
    }


def table(phases: Sequence[Values]) -> Table:
    """One row a phase."""
    rows = tuple(
        (
            one["name"],
            ", ".join(f"{count} {kind}" for kind, count in one["by_kind"].items() if count) or "-",
            str(one["sent"]),
            str(one["failed"]),
            f"{one['last_failure_after_s']:.1f}" if one["failed"] else "-",
            "never" if one["whole_after_s"] is None else f"{one['whole_after_s']:.0f}",
            f"{_ms(one['p99_before_ms'])} / {_ms(one['p99_ms'])}",
            f"{one['registrations'] - len(one['registrations_lost'])} of {one['registrations']}",
            "; ".join(f"{name}: {fact}" for name, fact in one["facts"].items()),
        )
        for one in phases
    )
    load = ", ".join(f"{rate:g} {kind}" for kind, rate in RATES.items())
    return Table(
        "Three hosts",
        (
            "what is done",
            "what failed",
            "sent",
            "failed",
            "last failure after s",
            "all replicas after s",
            "p99 before / meanwhile, ms",
            "registrations kept",
            "beside",
        ),
        rows,
        (
            f"A steady load ({load} a second) through a balancer before three hosts. The client "
            "sends no request again; a 503 counts as failed.",
        ),
    )


def strips(one: Values) -> str:
    """A phase over time as lines of text, a character for one or more seconds; ?: nobody tells."""
    course = one["course"]
    width = -(-len(course) // _COLUMNS)
    groups = [course[start : start + width] for start in range(0, len(course), width)]
    blow = next((place for place, group in enumerate(groups) if group[-1]["at_s"] >= 0), 0)
    lines: dict[str, list[int | None]] = {
        "answered": [sum(each["sent"] - each["failed"] for each in group) for group in groups],
        "failed": [sum(each["failed"] for each in group) for group in groups],
        "replicas": [group[-1]["running"] for group in groups],
        "hosts": [group[-1]["answering"] for group in groups],
    }
    tops = {name: max(each or 0 for each in its) for name, its in lines.items()}
    tops["failed"] = max(tops["answered"], tops["failed"])
    drawn = [
        f"{name:>8} |{''.join(_bar(value, tops[name]) for value in its)}| 0 to {tops[name]}"
        for name, its in lines.items()
    ]
    head = f"{one['name']}: a column is {width} s, ^ is the blow"
    return "\n".join([head, *drawn, f"{'':>8}  {' ' * blow}^"])


def plot(one: Values, target: Path) -> None:
    """Requests, their times, replicas and hosts over the seconds of a phase."""
    course: Sequence[Mapping[str, Any]] = one["course"]
    at = [each["at_s"] for each in course]
    figure, (load, times, there) = pyplot.subplots(
        3, 1, figsize=(10, 6.5), sharex=True, height_ratios=[2, 2, 1.4]
    )
    load.bar(at, [each["sent"] - each["failed"] for each in course], 1.0, label="answered")
    load.bar(
        at,
        [each["failed"] for each in course],
        1.0,
        bottom=[each["sent"] - each["failed"] for each in course],
        color="tab:red",
        label="failed",
    )
    load.set(ylabel="requests a second")
    load.set_title(f"{one['name']}: {one['failed']} of {one['sent']} failed", loc="left")
    times.scatter(at, [max(each["slowest_ms"], 1) for each in course], s=9, color="tab:blue")
    times.set(yscale="log", ylabel="slowest answer, ms")
    known = [(each["at_s"], each["running"]) for each in course if each["running"] is not None]
    there.step(*zip(*known, strict=True), where="post", label="replicas that run")
    there.step(at, [each["answering"] for each in course], where="post", label="hosts that answer")
    there.set(xlabel="seconds", ylim=(0, None))
    for axes in (load, times, there):
        axes.axvline(0, color="black", linewidth=0.8)
        if one["whole_after_s"] is not None:
            axes.axvline(one["whole_after_s"], color="tab:green", linewidth=0.8)
    load.legend(fontsize=8, ncol=2, loc="lower right")
    there.legend(fontsize=8, ncol=2, loc="lower right")
    figure.tight_layout()
    figure.savefig(target, dpi=_DPI)
    pyplot.close(figure)


def _bar(value: int | None, top: int) -> str:
    if value is None:
        return "?"
    if not value:
        return _BARS[0]
    return _BARS[max(1, round((len(_BARS) - 1) * value / top))]


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"

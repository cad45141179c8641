"""The table of faults, and their course over time."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot

from tests.bench.faults.run import RATES, REPLICAS, Outcome
from tests.bench.faults.traffic import Sent
from tests.bench.tables import Table

MOST_FAILED: Final = 0.005
"""Target for any single replica, as a share of the requests sent."""

_DPI: Final = 110
_COLOURS: Final = {"plates": "tab:blue", "drivers": "tab:green", "registrations": "tab:purple"}


def table(outcomes: Sequence[Outcome]) -> Table:
    """One row a fault."""
    rows = []
    for outcome in outcomes:
        one = outcome.window
        by_kind = ", ".join(f"{count} {kind}" for kind, count in one.by_kind.items() if count)
        rows.append(
            (
                one.fault,
                by_kind or "-",
                str(one.sent),
                str(one.failed),
                f"{one.failed_share:.1%}",
                f"{one.recovered_s:.1f}",
                f"{outcome.whole_again_s:.1f}",
                f"{_ms(one.p99_before_ms)} / {_ms(one.p99_ms)}",
                f"{outcome.kept.acknowledged - len(outcome.kept.lost)} "
                f"of {outcome.kept.acknowledged}",
            )
        )
    load = ", ".join(f"{rate:g} {kind}" for kind, rate in RATES.items())
    return Table(
        "Faults, one at a time",
        (
            "fault",
            "what failed",
            "sent",
            "failed",
            "share",
            "last failure after s",
            "whole again after s",
            "p99 before / in the window, ms",
            "registrations kept",
        ),
        tuple(rows),
        (
            f"A steady load ({load} a second), {REPLICAS} replicas of each deployment. No request "
            "is sent again by the client; a 503 counts as failed. The window lasts from the fault "
            "until nothing has failed for ten seconds, at least half a minute.",
        ),
    )


def values(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """The same for JSON."""
    return [
        {
            "fault": one.window.fault,
            "seconds": round(one.window.seconds, 1),
            "sent": one.window.sent,
            "failed": one.window.failed,
            "refused": one.window.refused,
            "recovered_s": round(one.window.recovered_s, 2),
            "whole_again_s": round(one.whole_again_s, 1),
            "p99_before_ms": one.window.p99_before_ms,
            "p99_ms": one.window.p99_ms,
            "by_kind": dict(one.window.by_kind),
            "reasons": [list(reason) for reason in one.window.reasons],
            "registrations": one.kept.acknowledged,
            "registrations_lost": list(one.kept.lost),
        }
        for one in outcomes
    ]


def plot(outcomes: Sequence[Outcome], sent: Sequence[Sent], target: Path) -> None:
    """Every request's time over the run, failures marked, one panel a fault."""
    figure, panels = pyplot.subplots(
        len(outcomes), 1, figsize=(10, 1.9 * len(outcomes)), squeeze=False
    )
    for axes, outcome in zip(panels[:, 0], outcomes, strict=True):
        at = outcome.window.at
        inside = [one for one in sent if at - 10 <= one.due < at + outcome.window.seconds]
        for kind, colour in _COLOURS.items():
            right = [one for one in inside if one.kind == kind and one.is_right]
            axes.scatter(
                [one.due - at for one in right],
                [1000 * one.took for one in right],
                s=7,
                color=colour,
                label=kind,
            )
        wrong = [one for one in inside if not one.is_right]
        axes.scatter(
            [one.due - at for one in wrong],
            [max(1000 * one.took, 1) for one in wrong],
            s=28,
            marker="x",
            color="tab:red",
            label="failed",
        )
        axes.axvline(0, color="black", linewidth=0.8)
        axes.set(yscale="log", ylabel="ms")
        axes.set_title(outcome.window.fault, fontsize=9, loc="left")
    panels[0, 0].legend(ncol=4, fontsize=8, loc="upper right")
    panels[-1, 0].set_xlabel("seconds since the fault")
    figure.tight_layout()
    figure.savefig(target, dpi=_DPI)
    pyplot.close(figure)


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"

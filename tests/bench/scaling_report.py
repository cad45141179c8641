"""What the scaling bench found, as tables."""

from collections.abc import Sequence
from typing import Any

from tests.bench.scaling_configuration import DEPLOYMENTS, MODELS
from tests.bench.scaling_points import ELSEWHERE, Point, efficiency, grouped
from tests.bench.scaling_steps import SCALED, Phase, Sample, Second, Stepped
from tests.bench.tables import Table

LEAST_EFFICIENCY = 0.95
"""Throughput over that of as many single replicas that a point should reach."""

_CORES_LEFT = 0.1
_ABOUT_ENGINES = (
    "The engines are fakes that sleep for the simulated time and find what is drawn in the "
    "picture: a sleeping engine stands for a GPU. All else is the application as users run it: "
    "HAProxy, the ingress, the handles, the driver index over SQLite. Every model takes one "
    "picture at a time."
)


def point_table(title: str, points: Sequence[Point], cores: int) -> Table:
    """Throughput over replicas or nodes; the first point has one replica.

    Args:
        title: Of the table.
        points: Of one series.
        cores: Of the machine.
    """
    single = points[0]
    rows = []
    for point in points:
        busy = grouped(point.cores)
        rows.append(
            (
                str(point.nodes),
                str(point.replicas),
                " + ".join(map(str, point.placed)),
                f"{point.simulated_ms:.0f}",
                f"{point.per_s:.2f}",
                f"{efficiency(point, single):.3f}",
                f"{point.p50_ms:.0f}",
                f"{point.p99_ms:.0f}",
                str(point.failed),
                *(f"{used:.2f}" for used in busy.values()),
            )
        )
    header = (
        *("nodes", "replicas", "placed", "simulated ms", "answers/s", "of linear"),
        *("p50 ms", "p99 ms", "failed", *(f"{name}, cores" for name in grouped({}))),
    )
    return Table(title, header, tuple(rows), (_verdict(points, cores),))


def step_table(stepped: Stepped) -> Table:
    """For each phase what was offered and answered, and the most replicas of each deployment."""
    rows = []
    for phase, start_s, end_s in stepped.spans():
        within = [each for each in stepped.seconds if start_s <= each.at_s < end_s]
        times = [each.p50_ms for each in within if each.p50_ms is not None]
        rows.append(
            (
                phase.name,
                f"{start_s:.0f}-{end_s:.0f} s",
                str(sum(each.offered for each in within)),
                str(sum(each.answered for each in within)),
                str(sum(each.failed for each in within)),
                f"{sorted(times)[len(times) // 2]:.0f}" if times else "",
                *(
                    f"{stepped.most(name, start_s, end_s)}, "
                    f"{stepped.at_end(name, start_s, end_s)} at its end"
                    for name in DEPLOYMENTS
                ),
            )
        )
    return Table(
        "A load in steps: most replicas of each deployment in each phase",
        ("phase", "span", "offered", "answered", "failed", "p50 ms", *DEPLOYMENTS),
        tuple(rows),
        (
            "plates: POST /readPlateNumber. drivers: POST /v1/faces:identify. index: GET /v1/"
            "drivers?query=..., a search for part of a name, on which no model works. Requests are "
            "sent when they are due, whether or not earlier ones are answered; times count from "
            "then. p50: median of the seconds' medians, all requests together.",
            f"Replicas at most and requests under way in one that are right: {_aims()}. Short "
            "times, to be seen in a run: look-back 3 s, up after 1 s, down after 5 s, reports "
            "every 0.5 s (Serve's own: 30, 30, 600 and 10).",
            apart(stepped),
        ),
    )


def apart(stepped: Stepped) -> str:
    """Whether the index scaled without the models and the models without the index."""
    of_phase = {phase.name: (start_s, end_s) for phase, start_s, end_s in stepped.spans()}
    sentences = []
    for name in ("index high", "plates high"):
        if name in of_phase:
            grew = [one for one in DEPLOYMENTS if stepped.most(one, *of_phase[name]) > 1]
            stayed = [one for one in DEPLOYMENTS if one not in grew]
            sentences.append(
                f"{name}: {_named(grew) or 'nothing'} scaled up, {_named(stayed) or 'nothing'} "
                "stayed at one replica."
            )
    return " ".join(sentences)


def notes(cores: int) -> tuple[str, ...]:
    """What holds for the whole run."""
    return (
        _ABOUT_ENGINES,
        f"{cores} cores for everything, the clients included. "
        f'"{ELSEWHERE}" is what other programs computed meanwhile. Answers/s: the slope of '
        "their number over time, with four requests kept under way for each replica of a model.",
    )


def stepped_of(values: dict[str, Any]) -> Stepped:
    """A run as ``dataclasses.asdict`` wrote it."""
    return Stepped(
        tuple(Phase(**one) for one in values["phases"]),
        tuple(Sample(**one) for one in values["samples"]),
        tuple(Second(**one) for one in values["seconds"]),
    )


def points_of(values: Sequence[dict[str, Any]]) -> list[Point]:
    """Points as ``dataclasses.asdict`` wrote them."""
    return [Point(**{**one, "placed": tuple(one["placed"])}) for one in values]


def _verdict(points: Sequence[Point], cores: int) -> str:
    below = [point for point in points if efficiency(point, points[0]) < LEAST_EFFICIENCY]
    if not below:
        return f"All points reach {LEAST_EFFICIENCY} of linear."
    sentences = [f"Below {LEAST_EFFICIENCY} of linear:"]
    for point in below:
        busy = grouped(point.cores)
        full = sum(busy.values()) >= cores - _CORES_LEFT * cores
        used = ", ".join(f"{name} {share:.2f}" for name, share in busy.items())
        sentences.append(
            f"{point.replicas} replicas on {point.nodes} node{'s' if point.nodes > 1 else ''} "
            f"({'the machine is full' if full else 'cores were free'}: {used} of {cores} cores)."
        )
    return " ".join(sentences)


def _aims() -> str:
    configured = {name: options["autoscaling_config"] for name, options in SCALED.items()}
    return ", ".join(
        f"{name} {one['max_replicas']} and {one['target_ongoing_requests']:g}"
        for name, one in configured.items()
    )


def _named(deployments: Sequence[str]) -> str:
    if set(MODELS) <= set(deployments):
        return " and ".join(["all models", *(one for one in deployments if one not in MODELS)])
    return " and ".join(deployments)

"""A load in steps, and how many replicas Serve keeps of each deployment meanwhile."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tests.bench.scaling_configuration import autoscaled
from tests.bench.scaling_load import Flow, Reply, Target, by_name, offer, percentile
from tests.bench.scaling_points import driver_route, plate_route
from tests.bench.scaling_service import ScaledService

SCALED: Final[Mapping[str, dict[str, Any]]] = {
    "Ingress": autoscaled(3, 4),
    "PlateDetector": autoscaled(4, 1),
    "PlateReader": autoscaled(4, 1),
    "FaceEncoder": autoscaled(4, 1),
    "DriverIndex": autoscaled(3, 1),
}
"""Most replicas of each deployment, and the requests under way in one that are right."""

_CALLERS: Final = 256
_SAMPLE_EVERY_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Phase:
    """A span of steady load.

    Attributes:
        name: What is high in it.
        seconds: How long.
        per_s: Requests a second of each target; those left out are not asked.
    """

    name: str
    seconds: float
    per_s: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Sample:
    """Replicas that ran at a moment, seconds from the beginning of the load."""

    at_s: float
    running: dict[str, int]


@dataclass(frozen=True, slots=True)
class Second:
    """What became of the requests of one target that were due in one second.

    Attributes:
        at_s: Its beginning.
        target: What was asked.
        offered: Requests that were due.
        answered: Answers that ended in this second, whenever they were due.
        failed: Of those due, how many were not answered.
        p50_ms: Of those due, from when they were due; None where none was answered.
    """

    at_s: int
    target: str
    offered: int
    answered: int
    failed: int
    p50_ms: float | None


@dataclass(frozen=True, slots=True)
class Stepped:
    """A whole run in steps."""

    phases: tuple[Phase, ...]
    samples: tuple[Sample, ...]
    seconds: tuple[Second, ...]

    def spans(self) -> list[tuple[Phase, float, float]]:
        """Each phase with its beginning and end, seconds from the beginning of the load."""
        ends = np.cumsum([phase.seconds for phase in self.phases]).tolist()
        starts = [0.0, *ends[:-1]]
        return list(zip(self.phases, starts, ends, strict=True))

    def most(self, deployment: str, start_s: float, end_s: float) -> int:
        """Most replicas of a deployment that ran in a span."""
        return max(
            (each.running.get(deployment, 0) for each in self._in(start_s, end_s)), default=0
        )

    def at_end(self, deployment: str, start_s: float, end_s: float) -> int:
        """Replicas of a deployment that ran at the end of a span."""
        within = self._in(start_s, end_s)
        return within[-1].running.get(deployment, 0) if within else 0

    def _in(self, start_s: float, end_s: float) -> list[Sample]:
        return [each for each in self.samples if start_s <= each.at_s < end_s]


def phases(high_s: float, low_s: float) -> tuple[Phase, ...]:
    """Each kind of request high by itself, then all of them, and low between."""
    low = {"plates": 0.4, "drivers": 0.4, "index": 0.4}
    high = {"plates": 5.0, "drivers": 5.0, "index": 40.0}
    quiet = Phase("low", low_s, low)
    steps: list[Phase] = [quiet]
    for name, rate in high.items():
        steps += [Phase(f"{name} high", high_s, {**low, name: rate}), quiet]
    return (*steps, Phase("plates and drivers high", 1.3 * high_s, {**high, "index": 0.4}), quiet)


def index_target() -> Target:
    """A search for part of a name that nobody has: only the driver index works on it."""
    return Target("index", "GET", "/v1/drivers?query=nobody")


def run(service: ScaledService, planned: Sequence[Phase]) -> Stepped:
    """Loads a service that was deployed with ``SCALED``, phase after phase."""
    targets = {
        target.name: target
        for target in (plate_route().target, driver_route().target, index_target())
    }
    flows, start_s = [], 0.0
    for phase in planned:
        flows += [
            Flow(targets[name], start_s, start_s + phase.seconds, per_s)
            for name, per_s in phase.per_s.items()
        ]
        start_s += phase.seconds
    samples: list[Sample] = []
    ended = threading.Event()
    began = time.monotonic()

    def sample() -> None:
        while not ended.wait(_SAMPLE_EVERY_S):
            running = service.counts()
            samples.append(Sample(time.monotonic() - began, dict(running)))

    sampling = threading.Thread(target=sample)
    sampling.start()
    try:
        replies = offer(service.port, flows, _CALLERS)
        time.sleep(max(0.0, began + start_s - time.monotonic()))
    finally:
        ended.set()
        sampling.join()
    return Stepped(tuple(planned), tuple(samples), tuple(seconds(replies, began)))


def seconds(replies: Sequence[Reply], began: float) -> list[Second]:
    """The replies second by second, targets in the order of their names.

    Args:
        replies: Of all targets.
        began: When the load began, by the clock of the replies.
    """
    counted = []
    for name, its in by_name(replies).items():
        due = np.array([int(reply.due - began) for reply in its])
        ends = np.array([int(reply.ended - began) for reply in its if reply.is_answer])
        for at_s in range(int(max(due.max(), ends.max(initial=0))) + 1):
            of_second = [its[place] for place in np.flatnonzero(due == at_s)]
            answered = [reply for reply in of_second if reply.is_answer]
            counted.append(
                Second(
                    at_s=at_s,
                    target=name,
                    offered=len(of_second),
                    answered=int((ends == at_s).sum()),
                    failed=len(of_second) - len(answered),
                    p50_ms=percentile(answered, 0.5) if answered else None,
                )
            )
    return counted

"""Throughput over replicas and over nodes: one loaded span each, against one replica."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import psutil

from pipelines.engines.fake_face_encoder import draw_fake_face
from pipelines.engines.fake_plate_reader import draw_fake_plate
from pipelines.imaging import encode_jpeg
from tests.bench.scaling_configuration import DEPLOYMENTS, MODELS, replicas
from tests.bench.scaling_load import KeptUnderWay, Target, percentile, rate
from tests.bench.scaling_service import ScaledService, ServiceFailed

FEW: Final = {name: replicas(1) for name in DEPLOYMENTS}
"""One replica of everything."""

ELSEWHERE: Final = "elsewhere"
"""Cores busy with what belongs neither to the service nor to the bench."""

_STREET: Final = np.full((180, 320, 3), 60, np.uint8)
_UNDER_WAY_A_REPLICA: Final = 4
"""Requests for each model replica; with fewer, chance leaves one idle now and then."""


@dataclass(frozen=True, slots=True)
class Route:
    """What is asked, and which models work on it one after another."""

    target: Target
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One loaded span.

    Attributes:
        route: What was asked.
        nodes: Ray nodes.
        replicas: Of each of the route's models.
        placed: Of the first one, on each node.
        simulated_ms: What a picture took each of them.
        under_way: Requests kept under way.
        answered: Answers in the span.
        failed: Other outcomes.
        per_s: Answers a second.
        p50_ms: Half of the answers came within it, queues included.
        p99_ms: 99 % of them.
        cores: Busy with each part of the service, with the bench, and elsewhere.
    """

    route: str
    nodes: int
    replicas: int
    placed: tuple[int, ...]
    simulated_ms: float
    under_way: int
    answered: int
    failed: int
    per_s: float
    p50_ms: float
    p99_ms: float
    cores: dict[str, float]


def plate_route() -> Route:
    """A picture with one plate, to the plate reader's route."""
    picture = encode_jpeg(draw_fake_plate(_STREET, 40, 50, "AB123CD")[0])
    target = Target("plates", "POST", "/readPlateNumber", picture)
    return Route(target, ("PlateDetector", "PlateReader"))


def driver_route() -> Route:
    """A picture with one face, to be identified."""
    picture = encode_jpeg(draw_fake_face(_STREET, 120, 50, 0b1010_0110_0101_1001)[0])
    return Route(Target("drivers", "POST", "/v1/faces:identify", picture), ("FaceEncoder",))


def over_replicas(
    service: ScaledService, route: Route, counts: Sequence[int], span_s: float, simulated_ms: float
) -> Iterator[Point]:
    """One point a number of replicas of the route's models, on the nodes that are there."""
    for count in counts:
        service.deploy({**FEW, **{name: replicas(count) for name in route.models}})
        yield measure(service, route, count, span_s, simulated_ms)


def over_nodes(
    service: ScaledService, route: Route, a_node: int, nodes: int, plan: tuple[float, float]
) -> Iterator[Point]:
    """One replica on one node, then so many replicas on each of one, two, ... nodes.

    Args:
        service: With one node.
        route: What is asked.
        a_node: Replicas of each of its models on a node; no node takes more.
        nodes: Most nodes.
        plan: Seconds of a span, and the simulated milliseconds.
    """
    span_s, simulated_ms = plan
    service.deploy({**FEW, **_spread(route, 1, a_node)})
    yield measure(service, route, 1, span_s, simulated_ms)
    for count in range(1, nodes + 1):
        if count > 1:
            service.add_node()
        service.deploy({**FEW, **_spread(route, count * a_node, a_node)})
        point = measure(service, route, count * a_node, span_s, simulated_ms)
        yield replace(point, nodes=count)


def measure(
    service: ScaledService, route: Route, count: int, span_s: float, simulated_ms: float
) -> Point:
    """Loads a route whose models have so many replicas, and counts.

    Raises:
        ServiceFailed: Hardly anything was answered.
    """
    under_way = _UNDER_WAY_A_REPLICA * count * len(route.models)
    spread_s = len(route.models) * simulated_ms / 1000
    # All requests begin at the first model: until each has gone round once, the others lack work.
    settle_s = _UNDER_WAY_A_REPLICA * spread_s
    load = KeptUnderWay(service.port, route.target, under_way, spread_s, settle_s)
    placed = service.placed(route.models[0])
    before, began = _cpu_seconds(service), time.monotonic()
    replies = load.run(span_s)
    after, passed_s = _cpu_seconds(service), time.monotonic() - began
    answered = [reply for reply in replies if reply.is_answer]
    if len(answered) < 2:
        raise ServiceFailed(f"{route.target.name}: {len(answered)} of {len(replies)} answered")
    return Point(
        route=route.target.name,
        nodes=1,
        replicas=count,
        placed=placed,
        simulated_ms=simulated_ms,
        under_way=under_way,
        answered=len(answered),
        failed=len(replies) - len(answered),
        per_s=rate(replies),
        p50_ms=percentile(replies, 0.50),
        p99_ms=percentile(replies, 0.99),
        cores={part: max(0.0, (after[part] - before.get(part, 0.0)) / passed_s) for part in after},
    )


def efficiency(point: Point, single: Point) -> float:
    """Throughput over that of as many single replicas."""
    return point.per_s / (point.replicas * single.per_s)


def grouped(cores: Mapping[str, float]) -> dict[str, float]:
    """Busy cores by the parts that a table has room for."""
    names = {"models": MODELS, "ingress": ("Ingress",), "HAProxy": ("HAProxy",)}
    groups = {group: sum(cores.get(part, 0.0) for part in parts) for group, parts in names.items()}
    own = {part for parts in names.values() for part in parts} | {ELSEWHERE}
    groups["rest of it"] = sum(used for part, used in cores.items() if part not in own)
    return groups | {ELSEWHERE: cores.get(ELSEWHERE, 0.0)}


def _spread(route: Route, count: int, a_node: int) -> dict[str, dict[str, Any]]:
    return {name: replicas(count, a_node) for name in route.models}


def _cpu_seconds(service: ScaledService) -> dict[str, float]:
    own = service.cpu_seconds()
    times = psutil.cpu_times()
    busy = times.user + times.nice + times.system + times.irq + times.softirq
    return own | {ELSEWHERE: busy - sum(own.values())}

"""Kills parts of a service, a few seconds apart, in an order drawn anew each round."""

import contextlib
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import psutil

from deployments.shard_options import shard_name
from tests.serve.chaos.databases import Disturbance
from tests.serve.chaos.journal import now
from tests.serve.service import Service

_LONGEST_OUTAGE_S = 60.0  # after it, the next blow comes without an answer
_LOOK_S = 0.2
_REPLICATED = ("DriverIndex", "Ingress", "FaceEncoder")


@dataclass(frozen=True, slots=True)
class Kill:
    """One blow.

    Attributes:
        kind: What was hit.
        at: Monotonic seconds.
        hit: Processes or connections.
    """

    kind: str
    at: float
    hit: int


class Killer(threading.Thread):
    """Deals blows until it is stopped, each a pause after the service answers again.

    Args:
        blows: By name; each kind once a round.
        answered_since: Whether a request that was sent after a moment has got an answer.
        pause_s: Least and most time from the first answer after a blow to the next one.
        seed: Of the order.

    Attributes:
        kills: Those dealt so far.
        due: Blows by name to be dealt next, once.
        stop: Ends it after the blow under way.
    """

    def __init__(
        self,
        blows: Mapping[str, Disturbance],
        answered_since: Callable[[float], bool],
        pause_s: tuple[float, float],
        seed: int,
    ) -> None:
        super().__init__(name="killer", daemon=True)
        self.kills: list[Kill] = []
        self.due: list[tuple[str, Disturbance]] = []
        self.stop = threading.Event()
        self._blows = dict(blows)
        self._answered_since = answered_since
        self._pause_s = pause_s
        self._dice = random.Random(seed)

    def run(self) -> None:
        """Deal them."""
        round_: list[str] = []
        while not self.stop.wait(self._dice.uniform(*self._pause_s)):
            round_ = round_ or self._dice.sample(sorted(self._blows), len(self._blows))
            kind, blow = self.due.pop() if self.due else (round_[-1], self._blows[round_.pop()])
            at = now()
            self.kills.append(Kill(kind, at, blow()))
            while not self._answered_since(at) and now() < at + _LONGEST_OUTAGE_S:
                if self.stop.wait(_LOOK_S):
                    return


def blows_to(
    service: Service, database: Mapping[str, Disturbance], shards: int = 1
) -> dict[str, Disturbance]:
    """Everything that is killed again and again; ``DriverIndex`` stands for its further shards."""

    def one_of(deployment: str) -> int:
        replicas = service.replicas(deployment)
        return _kill([random.choice(replicas)] if replicas else [])

    def all_of(deployment: str) -> int:
        return _kill(service.replicas(deployment))

    return {
        **{f"one {name} replica": partial(one_of, name) for name in _REPLICATED},
        "all DriverIndex replicas": partial(all_of, "DriverIndex"),
        **{
            f"all {name} replicas": partial(all_of, name)
            for name in map(shard_name, range(1, shards))
        },
        "controller": lambda: _kill(service.controllers()),
        **database,
    }


def kill_the_proxy(service: Service) -> int:
    """Kill HAProxy; Serve takes half a minute to start it again."""
    return _kill(service.proxies())


def _kill(victims: Sequence[psutil.Process]) -> int:
    hit = 0
    for victim in victims:
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
            hit += 1
    return hit

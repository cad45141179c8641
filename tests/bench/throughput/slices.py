"""What one slice of a measurement gave, whoever was measured."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from tests.bench.rates import folded
from tests.bench.throughput.pictures import Scene

Outcome = Literal["answered", "refused", "failed"]
"""``answered``: the models' own answer, also that there is nothing to read. ``refused``: the server
said that it is busy. ``failed``: anything else."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One picture that was asked about.

    Attributes:
        picture: Its place in the scenes.
        outcome: What came of it.
        ended: When, in seconds since the slice began.
        ms: How long it took.
        plates: The texts read; for a contestant that names one plate, that one.
        driver: Name of the driver; None for a stranger.
        reason: Of a failure.
    """

    picture: int
    outcome: Outcome
    ended: float
    ms: float
    plates: tuple[str, ...] = ()
    driver: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Slice:
    """One contestant at one cell for a moment.

    Attributes:
        asked: Every picture.
        rate: Pictures answered a second while the load was whole, see ``rate_between``.
        seconds: How long that was.
        cpu_s: CPU seconds by group of processes, of all that was asked.
        own_cpu_s: Of the one who asks.
        loopback: Bytes that crossed the loopback interface.
    """

    asked: Sequence[Answered]
    rate: float
    seconds: float
    cpu_s: dict[str, float] = field(default_factory=dict)
    own_cpu_s: float = 0.0
    loopback: int = 0


def rate_between(asked: Sequence[Answered], begins: float, ends: float) -> float:
    """Answers a second from when all clients were under way to when none began anything more."""
    counted = sum(one.outcome == "answered" and begins < one.ended <= ends for one in asked)
    return counted / (ends - begins)


class NotMeasurable(Exception):
    """A contestant cannot be had; says why."""


def is_right(answer: Answered, scene: Scene) -> bool:
    """Whether all that the picture shows was answered rightly, O and 0, I and 1 taken for equal."""
    plate = scene.plate is None or folded(scene.plate) in map(folded, answer.plates)
    return plate and (scene.driver is None or scene.driver == answer.driver)

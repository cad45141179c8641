"""How long the stages of one request took."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter

TOTAL = "total"


class StageTimes:
    """The spans of the stages so far.

    A stage that is called several times counts from its first beginning to its last end, so that
    calls at the same time do not add up.
    """

    def __init__(self) -> None:
        self._began = perf_counter()
        self._spans: dict[str, tuple[float, float]] = {}

    def add(self, stage: str, began: float) -> None:
        """Notes a call of a stage that ends now and began then (``time.perf_counter``)."""
        first, _ = self._spans.get(stage, (began, began))
        self._spans[stage] = min(first, began), perf_counter()

    def milliseconds(self) -> dict[str, float]:
        """By stage, and the whole time since the beginning as ``total``."""
        spans = {stage: ended - began for stage, (began, ended) in self._spans.items()}
        spans[TOTAL] = perf_counter() - self._began
        return {stage: round(1000.0 * seconds, 1) for stage, seconds in spans.items()}


_times: ContextVar[StageTimes | None] = ContextVar("stage_times", default=None)


@contextmanager
def measured_stages() -> Iterator[StageTimes]:
    """Collects the times of the stages called inside, also in tasks that are begun inside."""
    times = StageTimes()
    token = _times.set(times)
    try:
        yield times
    finally:
        _times.reset(token)


@contextmanager
def measured_as(stage: str) -> Iterator[None]:
    """Notes what is done inside as a stage, where anybody collects times."""
    began = perf_counter()
    try:
        yield
    finally:
        times = _times.get()
        if times is not None:
            times.add(stage, began)

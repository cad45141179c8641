"""One index in a process of its own, so that its memory and its threads are its own."""

import os
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from operator import attrgetter
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import psutil
from numpy.typing import NDArray

from tests.bench.face_cloud import Floats

BUILD_THREADS = 2
GRACE_S = 60.0
"""How much longer than its limit a build may take until its process is ended."""

_LEAVE_WITHIN_S = 5.0
_END_WITHIN_S = 20.0
_WARM_UP = 3


class ContenderFailed(Exception):
    """An index cannot be measured; says why."""


class VectorIndex(Protocol):
    """What is measured; rows count from 0 in the order of the templates."""

    def build(self, templates: Path, until: float) -> None:
        """Take in all templates, up to a moment of ``time.monotonic``.

        Raises:
            ContenderFailed: It cannot, or not in that time.
        """

    def efforts(self) -> tuple[int, ...]:
        """Ways to search, from the quickest to the most thorough; none where it is exact."""

    def set_effort(self, effort: int) -> None:
        """Search from now on in one of these ways."""

    def nearest(self, probe: Floats) -> int:
        """The row of the template nearest to a ``(1, D)`` probe."""

    def setting(self) -> str:
        """How it is set, for tables."""

    def stored_bytes(self) -> int | None:
        """Memory that is not the process's; None where it is."""


@dataclass(frozen=True, slots=True)
class Built:
    """A build.

    Attributes:
        seconds: It took.
        memory: Bytes by which the process grew, or which the index takes elsewhere.
        peak: Most bytes that the process took at any time; 0 where the index is elsewhere.
    """

    seconds: float
    memory: int
    peak: int


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """Some searches: ``(N,)`` rows, and ``(N,)`` seconds that each took."""

    rows: NDArray[np.int64]
    seconds: NDArray[np.float64]


class Contender:
    """Measures an index from within its process."""

    def __init__(self, index: VectorIndex) -> None:
        self.index = index

    def build(self, templates: Path, limit_s: float) -> Built:
        """Build the index within a time, see ``VectorIndex.build``."""
        process = psutil.Process()
        before, began = process.memory_info().rss, time.monotonic()
        self.index.build(templates, began + limit_s)
        seconds = time.monotonic() - began
        stored = self.index.stored_bytes()
        if stored is not None:
            return Built(seconds, stored, 0)
        return Built(seconds, process.memory_info().rss - before, _peak())

    def tune(self, probes: Floats, truth: NDArray[np.int64], recall: float) -> str:
        """Take the quickest way that finds this share of the true rows, or else the most of them.

        More effort is taken to find no fewer, so that few ways need to be tried.
        """
        efforts, tried = self.index.efforts(), dict[int, float]()

        def found(effort: int) -> float:
            self.index.set_effort(effort)
            tried[effort] = float((self.search(probes).rows == truth).mean())
            return tried[effort]

        if efforts:
            bisect_left(efforts, recall, key=found)
            enough = min(recall, max(tried.values()))
            self.index.set_effort(min(one for one, share in tried.items() if share >= enough))
        return self.index.setting()

    def search(self, probes: Floats) -> Searched:
        """Search for ``(N, D)`` probes one by one; the first few also before, unmeasured."""
        for probe in probes[:_WARM_UP]:
            self.index.nearest(probe[np.newaxis])
        rows, seconds = np.empty(len(probes), np.int64), np.empty(len(probes))
        for place, probe in enumerate(probes):
            began = time.perf_counter()
            rows[place] = self.index.nearest(probe[np.newaxis])
            seconds[place] = time.perf_counter() - began
        return Searched(rows, seconds)


class Hosted:
    """An object in a process of its own, whose methods are called from here.

    Args:
        make: Makes the object, there.
    """

    def __init__(self, make: Callable[[], object]) -> None:
        context = get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(make, theirs), daemon=True)
        with _threads(BUILD_THREADS):
            self._process.start()
        theirs.close()

    def call(self, method: str, *args: Any, limit_s: float) -> Any:
        """Call a method there, or an attribute's (``index.find``), and wait for what it returns.

        Raises:
            ContenderFailed: The method says so, the process ended, or the time is over.
        """
        try:
            self._connection.send((method, args))
            if not self._connection.poll(limit_s):
                self.stop()
                raise ContenderFailed(f"no answer within {limit_s:.0f} s")
            answer = self._connection.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            self._process.join(_END_WITHIN_S)
            status = self._process.exitcode
            raise ContenderFailed(f"its process ended with status {status}") from None
        if isinstance(answer, ContenderFailed):
            raise answer
        return answer

    @property
    def alive(self) -> bool:
        """Whether its process is still there."""
        return self._process.is_alive()

    def stop(self) -> None:
        """End the process: it leaves by itself unless it is busy."""
        self._connection.close()
        self._process.join(_LEAVE_WITHIN_S)
        self._process.terminate()
        self._process.join(_END_WITHIN_S)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _serve(make: Callable[[], object], connection: Connection) -> None:
    hosted = make()
    while True:
        try:
            method, args = connection.recv()
        except EOFError:
            return
        try:
            answer = attrgetter(method)(hosted)(*args)
        except ContenderFailed as error:
            answer = error
        connection.send(answer)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Threads of libraries that a process started meanwhile has, unless it says otherwise."""
    name, before = "OMP_NUM_THREADS", os.environ.get("OMP_NUM_THREADS")
    os.environ[name] = str(count)
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _peak() -> int:
    """Most resident bytes that this process has had, by the kernel's count."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0

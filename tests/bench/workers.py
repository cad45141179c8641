"""Recognizers as processes of their own that answer a line of JSON with a line of JSON."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from pipelines.types import Box

_ONE_THREAD = {
    name: "1"
    for name in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
    )
}
_END_TIMEOUT_S = 10.0
_COMPLAINT_CHARACTERS = 600


class WorkerFailed(Exception):
    """A recognizer could not be started, or ended before its time; says what it complained of."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a recognizer is asked.

    Attributes:
        task: ``picture``: find and read all plates. ``read``: read the box, without detection.
        path: An encoded picture.
        box: Left, top, right, bottom in whole pixels, the last two exclusive; None is the whole
            picture. For ``read`` only.
    """

    task: Literal["picture", "read"]
    path: Path
    box: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class FoundPlate:
    """One plate that a recognizer reports.

    Attributes:
        box: Pixels of the picture; None when it was not asked to find any.
        score: Detection score, [0, 1].
        text: What it reads, empty for unreadable.
        confidence: That the text is right, [0, 1].
    """

    box: Box | None
    score: float
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Plates of one request, and milliseconds by stage: ``decode``, ``detect``, ``read`` and
    ``total`` by the clock, ``cpu`` what the process computed in ``total``."""

    plates: tuple[FoundPlate, ...]
    ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Contestant:
    """A recognizer to measure.

    Attributes:
        name: For tables.
        command: Starts its process.
        made_labels: Some labels were first read by its model; it is not measured on those.
    """

    name: str
    command: tuple[str, ...]
    made_labels: bool = False


class Worker:
    """A running recognizer on one core and one thread.

    Args:
        contestant: What to start.
        folder: Working directory.
        core: The core it may use.

    Raises:
        WorkerFailed: It does not start.
    """

    def __init__(self, contestant: Contestant, folder: Path, core: int | None) -> None:
        self.contestant = contestant
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop
        with _bound_to(core):  # a child inherits the core, and so do its threads
            self._process = subprocess.Popen(
                contestant.command,
                cwd=folder,
                env={**os.environ, **_ONE_THREAD},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                text=True,
            )

    def wait_until_ready(self) -> None:
        """Waits until the models are loaded.

        Raises:
            WorkerFailed: They cannot be.
        """
        self.receive()

    def ask(self, request: Request) -> Answer:
        """Sends one request and waits for its answer.

        Raises:
            WorkerFailed: The process ended.
        """
        self.send({"task": request.task, "path": str(request.path), "box": request.box})
        return parse(self.receive())

    def send(self, command: dict[str, Any]) -> None:
        """Sends a line without waiting for its answer.

        Raises:
            WorkerFailed: The process ended.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise WorkerFailed(self._complaint()) from None

    def receive(self) -> dict[str, Any]:
        """Waits for the answer to a line.

        Raises:
            WorkerFailed: The process ended, or says that it failed.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise WorkerFailed(self._complaint())
        answer: dict[str, Any] = json.loads(line)
        if "failed" in answer:
            raise WorkerFailed(answer["failed"])
        return answer

    def stop(self) -> None:
        """Ends the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._complaints.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _complaint(self) -> str:
        self._process.wait(_END_TIMEOUT_S)
        self._complaints.seek(0)
        text = self._complaints.read().decode(errors="replace").strip()
        return text[-_COMPLAINT_CHARACTERS:] or f"it ended with status {self._process.returncode}"


def parse(answer: dict[str, Any]) -> Answer:
    """Reads an answer line's content."""
    plates = tuple(
        FoundPlate(
            Box(*plate["box"]) if plate["box"] is not None else None,
            plate["score"],
            plate["text"],
            plate["confidence"],
        )
        for plate in answer["plates"]
    )
    return Answer(plates, answer["ms"])


def last_core() -> int | None:
    """The last core that this process may use; None where processes cannot be bound."""
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


@contextmanager
def _bound_to(core: int | None) -> Iterator[None]:
    if core is None:
        yield
        return
    allowed: Sequence[int] | set[int] = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)

"""A contestant that asks itself in a loop: one process a core, nothing served."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.bench.throughput.cells import Cell, Size, Work
from tests.bench.throughput.pictures import Scenes
from tests.bench.throughput.slices import Answered, Slice
from tests.bench.workers import Worker


class Looping:
    """Processes that are each bound to a core.

    Args:
        workers: Ready ones, as ``bare_worker`` and ``peer_worker`` are.
        scenes: The pictures.
        drivers: Their ids of drivers -> the names.
    """

    def __init__(
        self, workers: Sequence[Worker], scenes: Scenes, drivers: Mapping[int, str]
    ) -> None:
        self._workers = workers
        self._scenes = scenes
        self._drivers = drivers
        self._next: dict[tuple[Work, Size], int] = {}

    def measure(self, cell: Cell, seconds: float) -> Slice:
        """All processes at once, each with its own share of the pictures first.

        Raises:
            WorkerFailed: One of them ended.
        """
        scenes = self._scenes.of[cell.work, cell.size]
        first = self._next.get((cell.work, cell.size), 0)
        paths = [str(one.path) for one in scenes]
        for place, worker in enumerate(self._workers):
            worker.send(
                {
                    "task": "loop",
                    "work": cell.work,
                    "paths": paths,
                    "first": first + place * len(scenes) // len(self._workers),
                    "seconds": seconds,
                }
            )
        answers = [worker.receive() for worker in self._workers]
        self._next[cell.work, cell.size] = first + len(answers[0]["asked"])
        asked = [one for answer in answers for one in self._answered(answer)]
        cpu_s = {"engines": sum(answer["cpu_s"] for answer in answers)}
        # Each loop ends with a whole picture, after a time of its own.
        rate = sum(len(answer["asked"]) / answer["elapsed_s"] for answer in answers)
        return Slice(asked, rate, seconds, cpu_s)

    def _answered(self, answer: dict[str, Any]) -> list[Answered]:
        ended, answers = 0.0, []
        for picture, took, plates, driver_id in answer["asked"]:
            ended += took
            driver = self._drivers.get(driver_id)
            answers.append(Answered(picture, "answered", ended, 1000 * took, tuple(plates), driver))
        return answers

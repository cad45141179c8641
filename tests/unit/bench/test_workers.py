"""Recognizers as processes of their own."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.types import Box
from tests.bench.workers import Answer, Contestant, FoundPlate, Request, Worker, WorkerFailed

ECHO = """
import json, os, sys
print(json.dumps({"ready": 1}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    plate = {"box": asked["box"], "score": 0.5, "text": asked["path"], "confidence": 0.25}
    threads = float(os.environ["OMP_NUM_THREADS"])
    print(json.dumps({"plates": [plate], "ms": {"total": threads, "cores": cores}}), flush=True)
"""

Start = Callable[[str], Worker]


@pytest.fixture
def start(tmp_path: Path, request: pytest.FixtureRequest) -> Start:
    def begin(script: str) -> Worker:
        worker = Worker(Contestant("fake", (sys.executable, "-c", script)), tmp_path, 0)
        request.addfinalizer(worker.stop)
        return worker

    return begin


def test_answers_on_one_core_and_one_thread(start: Start) -> None:
    worker = start(ECHO)
    worker.wait_until_ready()

    answer = worker.ask(Request("read", Path("a.jpg"), (1, 2, 3, 4)))

    plate = FoundPlate(Box(1, 2, 3, 4), 0.5, "a.jpg", 0.25)
    assert answer == Answer((plate,), {"total": 1.0, "cores": 1})


def test_says_why_a_recognizer_cannot_start(start: Start) -> None:
    worker = start("""print('{"failed": "no weights"}')""")

    with pytest.raises(WorkerFailed, match=r"^no weights$"):
        worker.wait_until_ready()


def test_says_what_an_ended_recognizer_complained_of(start: Start) -> None:
    worker = start("import sys; sys.exit('out of luck')")

    with pytest.raises(WorkerFailed, match=r"^out of luck$"):
        worker.wait_until_ready()


def test_says_the_status_of_one_that_ended_silently(start: Start) -> None:
    worker = start("import sys; sys.exit(3)")

    with pytest.raises(WorkerFailed, match=r"^it ended with status 3$"):
        worker.wait_until_ready()

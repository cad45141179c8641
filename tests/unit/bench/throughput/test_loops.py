"""A contestant that asks itself in a loop, with processes that only say what they were told."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.throughput.cells import Cell
from tests.bench.throughput.loops import Looping
from tests.bench.throughput.pictures import Scene, Scenes
from tests.bench.workers import Contestant, Worker

SCRIPT = """
import json, sys
print(json.dumps({"ready": 1}), flush=True)
for line in sys.stdin:
    told = json.loads(line)
    asked = [[told["first"] % 4, 0.25, ["AB1"], 7], [(told["first"] + 1) % 4, 0.25, [], None]]
    print(json.dumps({"asked": asked, "elapsed_s": 0.5, "cpu_s": 0.4}), flush=True)
"""
CELL = Cell("bare", "both", "small", 0)


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[list[Worker]]:
    contestant = Contestant("fake", (sys.executable, "-c", SCRIPT))
    started = [Worker(contestant, tmp_path, None) for _ in range(2)]
    for one in started:
        one.wait_until_ready()
    yield started
    for one in started:
        one.stop()


def test_the_rates_of_all_processes_add_up(workers: list[Worker]) -> None:
    scenes = Scenes({("both", "small"): (Scene(Path("a.jpg")),) * 4}, {})
    found = Looping(workers, scenes, {7: "Ann"}).measure(CELL, 0.5)

    assert found.rate == 8.0
    assert found.cpu_s == {"engines": pytest.approx(0.8)}
    assert [one.ms for one in found.asked] == [250.0] * 4
    assert (found.asked[0].plates, found.asked[0].driver) == (("AB1",), "Ann")
    assert (found.asked[1].plates, found.asked[1].driver) == ((), None)


def test_processes_begin_apart_and_go_on_where_they_ended(workers: list[Worker]) -> None:
    scenes = Scenes({("both", "small"): (Scene(Path("a.jpg")),) * 4}, {})
    looping = Looping(workers, scenes, {})

    first = looping.measure(CELL, 0.5)
    second = looping.measure(CELL, 0.5)

    assert [one.picture for one in first.asked] == [0, 1, 2, 3]
    assert [one.picture for one in second.asked] == [2, 3, 0, 1]

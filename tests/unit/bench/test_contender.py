"""Indexes in processes of their own."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from tests.bench.contender import BUILD_THREADS, Built, Contender, ContenderFailed, Hosted
from tests.bench.face_cloud import Floats

PROBES = np.arange(6, dtype=np.float32).reshape(6, 1)
TRUTH = np.arange(6)


class Rounding:
    """An index of whole numbers that finds those below its effort."""

    def __init__(self, stored: int | None = None) -> None:
        self.effort = 0
        self.asked = 0
        self._stored = stored
        self._kept = b""

    def build(self, templates: Path, until: float) -> None:
        if not templates.exists():
            raise ContenderFailed("not built in time")
        assert until > time.monotonic()
        self._kept = os.urandom(32 << 20)

    def efforts(self) -> tuple[int, ...]:
        return (2, 3, 5, 6)

    def set_effort(self, effort: int) -> None:
        self.effort = effort

    def nearest(self, probe: Floats) -> int:
        self.asked += 1
        return int(probe[0, 0]) if probe[0, 0] < self.effort else -1

    def setting(self) -> str:
        return f"effort {self.effort}"

    def stored_bytes(self) -> int | None:
        return self._stored


class Hosting:
    """Something to call in another process."""

    def __init__(self) -> None:
        self.words = ["a"]

    def threads(self) -> str:
        return os.environ["OMP_NUM_THREADS"]

    def refuse(self) -> None:
        raise ContenderFailed("no usearch here")

    def end(self) -> None:
        os._exit(7)

    def hang(self) -> None:
        time.sleep(600)


def fresh() -> Contender:
    return Contender(Rounding())


def test_takes_the_quickest_way_that_finds_enough() -> None:
    assert Contender(Rounding()).tune(PROBES, TRUTH, 0.5) == "effort 3"
    assert Contender(Rounding()).tune(PROBES, TRUTH, 0.8) == "effort 5"


def test_tries_no_more_ways_than_it_needs() -> None:
    index = Rounding()
    Contender(index).tune(PROBES, TRUTH, 0.8)
    assert index.asked == 2 * (len(PROBES) + 3)


def test_takes_the_quickest_of_the_best_where_none_finds_enough() -> None:
    assert Contender(Rounding()).tune(PROBES, TRUTH + (TRUTH > 3), 0.9) == "effort 5"


def test_each_search_is_timed_and_the_first_are_asked_twice() -> None:
    index = Rounding()
    index.set_effort(4)
    searched = Contender(index).search(PROBES)
    assert searched.rows.tolist() == [0, 1, 2, 3, -1, -1]
    assert (searched.seconds > 0).all()
    assert index.asked == len(PROBES) + 3


def test_memory_is_the_growth_of_the_process(tmp_path: Path) -> None:
    with Hosted(fresh) as hosted:
        built = hosted.call("build", tmp_path, 60.0, limit_s=60)
    assert 30 << 20 < built.memory < 60 << 20
    assert built.peak > built.memory


def test_memory_elsewhere_is_what_the_index_says(tmp_path: Path) -> None:
    built = Contender(Rounding(stored=5)).build(tmp_path, 60.0)
    assert built == Built(built.seconds, 5, 0)


def test_calls_methods_of_an_object_and_of_its_attributes_in_another_process() -> None:
    with Hosted(Hosting) as hosted:
        assert hosted.call("words.count", "a", limit_s=60) == 1
        assert hosted.call("threads", limit_s=60) == str(BUILD_THREADS)
        with pytest.raises(ContenderFailed, match=r"^no usearch here$"):
            hosted.call("refuse", limit_s=60)
        assert hosted.call("words.count", "b", limit_s=60) == 0


def test_says_that_the_process_ended() -> None:
    with Hosted(Hosting) as hosted:
        with pytest.raises(ContenderFailed, match=r"^its process ended with status 7$"):
            hosted.call("end", limit_s=60)
        with pytest.raises(ContenderFailed, match=r"^its process ended with status 7$"):
            hosted.call("threads", limit_s=60)


def test_ends_a_process_that_does_not_answer_in_time() -> None:
    with Hosted(Hosting) as hosted:
        assert hosted.call("threads", limit_s=60)
        with pytest.raises(ContenderFailed, match=r"^no answer within 0 s$"):
            hosted.call("hang", limit_s=0.01)
        assert not hosted.alive

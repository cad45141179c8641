"""Slices made into figures."""

from pathlib import Path

import pytest

from tests.bench.rates import Rate
from tests.bench.throughput.cells import Cell
from tests.bench.throughput.pictures import Scene, Scenes
from tests.bench.throughput.slices import Answered, Slice, is_right, rate_between
from tests.bench.throughput.summary import LEAST_FOR_P99, accuracy, figure, figures, rate_of

CELL = Cell("ours", "both", "small", 2)


def answers(*ms: float) -> list[Answered]:
    return [Answered(0, "answered", 0.001 * one, one) for one in ms]


def test_only_answers_while_the_load_was_whole_count_for_the_throughput() -> None:
    asked = [
        Answered(0, "answered", 0.5, 1.0),
        Answered(0, "answered", 1.5, 1.0),
        Answered(0, "refused", 1.6, 1.0),
        Answered(0, "answered", 2.0, 1.0),
        Answered(0, "answered", 3.5, 1.0),
    ]

    assert rate_between(asked, 1.0, 3.0) == 1.0


def test_refused_and_failed_are_no_answers() -> None:
    asked = [
        *answers(10.0, 20.0, 60.0),
        Answered(0, "refused", 1.0, 0.1, reason="busy"),
        Answered(0, "failed", 1.0, 0.1, reason="lost"),
        Answered(0, "failed", 1.0, 0.1, reason="lost"),
    ]

    found = figure(CELL, [Slice(asked, 3.0, 1.0)])

    assert (found.answered, found.refused, found.failed) == (3, 1, 2)
    assert found.p50 == 20.0
    assert found.refused_share == 0.5
    assert found.reasons == (("lost", 2), ("busy", 1))


def test_slices_count_by_their_length() -> None:
    found = figure(CELL, [Slice(answers(1.0), 10.0, 1.0), Slice(answers(1.0), 20.0, 3.0)])

    assert found.rate == 17.5


def test_costs_are_told_a_picture() -> None:
    slices = [
        Slice(answers(1.0, 1.0), 1.0, 1.0, {"a": 0.02}, 0.001, 300),
        Slice(answers(1.0, 1.0), 1.0, 1.0, {"a": 0.02, "b": 0.04}, 0.001, 500),
    ]

    found = figure(CELL, slices)

    assert found.cpu_ms == pytest.approx({"a": 10.0, "b": 10.0})
    assert found.total_cpu_ms == pytest.approx(20.0)
    assert found.own_ms == pytest.approx(0.5)
    assert found.loopback == 200.0


def test_no_p99_is_told_of_few_answers() -> None:
    few, enough = answers(*[1.0] * (LEAST_FOR_P99 - 1)), answers(*[1.0] * LEAST_FOR_P99)

    assert figure(CELL, [Slice(few, 1.0, 1.0)]).p99 is None
    assert figure(CELL, [Slice(enough, 1.0, 1.0)]).p99 == 1.0


def test_nothing_answered_has_no_latency_and_no_slices_no_figure() -> None:
    refused = [Answered(0, "refused", 1.0, 0.1)]

    assert figure(CELL, [Slice(refused, 0.0, 1.0)]).p50 is None
    assert figures({CELL: []}) == {}


SCENE = Scene(Path("a.jpg"), plate="0IAB", driver="Ann")


def test_an_answer_is_right_when_all_that_is_known_is_answered() -> None:
    def right(plates: tuple[str, ...], driver: str | None) -> bool:
        return is_right(Answered(0, "answered", 1.0, 1.0, plates, driver), SCENE)

    assert right(("XY", "O1AB"), "Ann")
    assert not right(("O1AC",), "Ann")
    assert not right(("O1AB",), "Bob")
    assert is_right(Answered(0, "answered", 1.0, 1.0), Scene(Path("a.jpg")))


def test_each_picture_counts_once_for_the_accuracy() -> None:
    good = Answered(0, "answered", 1.0, 1.0, ("0IAB",), "Ann")
    bad = Answered(1, "answered", 1.0, 1.0)
    refused = Answered(2, "refused", 1.0, 1.0)
    scenes = Scenes({("both", "small"): (SCENE, SCENE, SCENE)}, {})

    found = accuracy({CELL: [Slice([good, bad], 1, 1), Slice([good, refused], 1, 1)]}, scenes)

    assert found == {("ours", "both", "small"): {0: True, 1: False}}
    assert rate_of(found["ours", "both", "small"]) == Rate(1, 2)
    assert rate_of(found["ours", "both", "small"], {0}) == Rate(1, 1)

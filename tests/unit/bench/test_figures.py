"""Answers made into figures."""

from pathlib import Path

import pytest

from pipelines.types import Box
from tests.bench import figures
from tests.bench.dataset import LabelledPlate
from tests.bench.figures import FalsePlates, detection, evaluate, reading
from tests.bench.measure import Question
from tests.bench.rates import Rate
from tests.bench.workers import Answer, FoundPlate, Request

LEFT = LabelledPlate(Box(0, 0, 10, 4), "AB1O", "ES")
RIGHT = LabelledPlate(Box(100, 0, 110, 4), "XY22", "US", from_model=True)
UNKNOWN = LabelledPlate(Box(50, 50, 60, 54))
PHOTO = Question("photo", Request("picture", Path("photo.jpg")), "some", (LEFT, RIGHT, UNKNOWN))
FACE = Question("plateless", Request("picture", Path("face.jpg")), "drivers")


def found(box: Box, text: str) -> FoundPlate:
    return FoundPlate(box, 0.9, text, 0.8)


def test_each_labelled_plate_gets_the_text_read_at_its_place() -> None:
    answer = Answer(
        (found(RIGHT.box or Box(0, 0, 0, 0), "XY2"), found(Box(0, 0, 10, 4), "AB10")), {}
    )

    results = evaluate([PHOTO], {"ours": [answer]}, set())

    assert [(one.truth, one.read) for one in results.plates] == [("AB1O", "AB10"), ("XY22", "XY2")]
    summed = reading(results.plates)
    assert summed.exact == Rate(0, 2)
    assert summed.folded == Rate(1, 2)
    assert summed.wrong == Rate(2, 8)


def test_detection_counts_all_labelled_boxes() -> None:
    answer = Answer((found(Box(0, 0, 10, 3), "AB10"), found(Box(200, 0, 210, 4), "")), {})

    (one,) = evaluate([PHOTO], {"ours": [answer]}, set()).detections

    summed = detection([one])
    assert summed.recall == Rate(1, 3)
    assert summed.precision == Rate(1, 2)
    assert summed.overlap == pytest.approx(0.75)


def test_a_loose_box_is_read_but_not_detected() -> None:
    loose = Answer((found(Box(0, 0, 20, 10), "AB1O"),), {})  # 40 of 200 shared

    results = evaluate([PHOTO], {"ours": [loose]}, set())

    assert results.plates[0].read == "AB1O"
    assert results.detections[0].overlaps == ()


def test_a_recognizer_is_not_measured_on_labels_of_its_model() -> None:
    nothing = Answer((), {})

    results = evaluate([PHOTO], {"ours": [nothing], "peer": [nothing]}, {"peer"})

    assert [(one.contestant, one.truth) for one in results.plates] == [
        ("ours", "AB1O"),
        ("ours", "XY22"),
        ("peer", "AB1O"),
    ]


def test_false_plates_are_those_with_a_text() -> None:
    box = Box(0, 0, 5, 5)
    answers = [
        Answer((found(box, "AB"), found(box, "CD")), {}),
        Answer((found(box, ""),), {}),
        Answer((), {}),
    ]

    results = evaluate([FACE] * 3, {"ours": answers}, set())

    assert results.false_plates == {"ours": {"drivers": FalsePlates(2, Rate(1, 3))}}


def test_times_are_those_of_photos() -> None:
    answers = [Answer((), {"detect": 3.0, "total": 5.0}), Answer((), {"total": 90.0})]

    results = evaluate([PHOTO, FACE], {"ours": answers}, set())

    taken = results.ms["ours"]
    assert (taken["decode"], taken["detect"], taken["total"]) == ([0.0], [3.0], [5.0])


def test_a_plate_counts_in_its_source_its_region_and_what_it_shares_with_others() -> None:
    results = evaluate([PHOTO], {"ours": [Answer((), {})]}, set())

    assert figures.rows_of(results.plates[0]) == (
        "some",
        "region ES",
        "texts of up to 9",
        "labels of no model",
        "all",
    )
    assert figures.row_names(results.plates) == [
        "some",
        "region ES",
        "region US",
        "texts of up to 9",
        "labels of no model",
        "all",
    ]

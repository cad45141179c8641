"""Deciding between texts over several looks."""

import numpy as np
import pytest

from pipelines.engines.plate_evidence import Evidence, lines
from tests.unit.plate_networks import Step, recognition, sure


def _best(*looks: list[Step]) -> tuple[str, float]:
    way = Evidence(tuple(recognition(look) for look in looks)).texts()[0]
    return way.text, round(way.probability, 3)


def test_one_look_reads_its_likeliest_text() -> None:
    assert _best([{"B": 0.7, "8": 0.3}, *sure("1")]) == ("B1", 0.7)


def test_looks_that_agree_keep_the_probability() -> None:
    look: list[Step] = [{"B": 0.7, "8": 0.3}, *sure("1")]
    assert _best(look, look) == ("B1", 0.7)


def test_the_surer_look_decides_and_disagreement_costs_probability() -> None:
    unsure: list[Step] = [{"B": 0.6, "8": 0.4}]
    surer: list[Step] = [{"B": 0.1, "8": 0.9}]
    assert _best(unsure, surer) == ("8", 0.6)


def test_a_text_of_both_rows_is_read_top_to_bottom() -> None:
    evidence = Evidence((recognition(sure("59X1"), sure("23456")),))
    best = evidence.texts()[0]
    assert best.text == "59X123456"
    assert lines(best) == ("59X1", "23456")


@pytest.mark.parametrize("rows", [(sure("AB12"), []), ([], sure("AB12"))])
def test_one_line_is_one_line_in_either_row(rows: tuple[list[Step], list[Step]]) -> None:
    best = Evidence((recognition(*rows),)).texts()[0]
    assert lines(best) == ("AB12",)


def test_a_character_on_both_sides_of_the_break_is_two() -> None:
    best = Evidence((recognition(sure("AB1"), sure("1CD")),)).texts()[0]
    assert lines(best) == ("AB1", "1CD")


def test_regions_are_means_over_the_looks() -> None:
    evidence = Evidence((recognition(sure("A")), recognition(sure("A"))))
    assert evidence.regions() == pytest.approx(np.array([0.25, 0.75]))

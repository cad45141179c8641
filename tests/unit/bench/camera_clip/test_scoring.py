"""Events held against who passed."""

from tests.bench.camera_clip.scoring import Score, score, told


def test_counts_what_was_raised_and_what_was_not() -> None:
    assert score(["AO1", "BB22", "CC33", "AO1"], ["A01", "BB22", "BB22", "XX99"]) == Score(
        present=3, events=4, right=2, duplicates=1, wrong=("XX99",), missed=("CC33",)
    )


def test_a_camera_that_sees_everything_once_is_right() -> None:
    assert score(["AA11", "BB22"], ["BB22", "AA11"]) == Score(2, 2, 2, 0, (), ())


def test_nobody_who_passes_is_no_miss() -> None:
    assert score([], []) == Score(0, 0, 0, 0, (), ())


def test_a_score_is_told_with_the_names_of_what_went_wrong() -> None:
    one = score(["A123BC", "M456TK"], ["A123BC", "A123BC", "X1"])
    assert told("vehicles", one) == (
        "vehicles: 2 present, 3 events: 1 right, 1 duplicates, 1 wrong (X1); 1 missed (M456TK)"
    )

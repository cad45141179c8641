"""The gate that runtimes and precisions pass."""

from dataclasses import replace

import numpy as np
import pytest

from tests.bench.engine_gate import Row, table_of
from tests.bench.engine_tasks import accepted

ROW = Row("reader", "OpenVINO, bfloat16", {"texts read": 91.25}, 0.3, 1.0, True)


@pytest.mark.parametrize(("lost", "passes"), [(-1.0, True), (0.3, True), (0.31, False)])
def test_what_loses_more_than_the_limit_fails(lost: float, passes: bool) -> None:
    assert replace(ROW, lost=lost).passes is passes


def test_the_table_names_what_is_taken_and_what_fails() -> None:
    table = table_of([ROW, replace(ROW, lost=2.0, taken=False)])
    assert table.rows == (
        (
            "reader", "OpenVINO, bfloat16", "texts read 91.25", "+0.30", "1.00",
            "passes, taken by auto",
        ),
        ("reader", "OpenVINO, bfloat16", "texts read 91.25", "+2.00", "1.00", "fails"),
    )  # fmt: skip


def test_pairs_of_one_person_count_above_all_but_a_few_of_others() -> None:
    east, north = np.array([[1.0, 0.0], [0.8, 0.6]]), np.array([[0.0, 1.0], [-1.0, 0.0]])
    # Pairs of one: 0.8 and 0. Pairs of others: 0, -1, 0.6, -0.8.
    assert accepted([east, north]) == 50.0

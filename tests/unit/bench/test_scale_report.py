"""Tables, values and the figure of search over gallery size."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.bench.contender import Built
from tests.bench.scale_report import Life, Measured, Size, plot, tables, values

MIB = 2**20
MILLISECONDS = np.arange(1, 102) / 1000


@pytest.fixture
def sizes() -> list[Size]:
    small = Size(1000, {"ours": Measured(Built(0.5, 7 * MIB, 9 * MIB), "exact", 1.0, MILLISECONDS)})
    large = Size(
        20_000,
        {"pgvector": Measured(Built(12.34, 20 * MIB, 0), "ef 5", 0.9951, 2 * MILLISECONDS)},
        {"usearch": "not built in time"},
        Life(1.0, None, 40 * MIB, 10 * MIB, 0.25, MILLISECONDS, 2 * MILLISECONDS, 1),
    )
    return [small, large]


def test_the_table_has_a_line_an_index_and_says_what_was_not_measured(sizes: list[Size]) -> None:
    indexes, _ = tables(sizes, ("How.",))
    assert indexes.rows == (
        ("1,000", "ours", "exact", "51.00", "100.00", "1.0000", "0.5", "7", ""),
        ("20,000", "pgvector", "ef 5", "102.00", "200.00", "0.9951", "12.3", "20", "1,049"),
        ("20,000", "usearch", "not measured: not built in time", "", "", "", "", "", ""),
    )
    assert indexes.notes == ("How.",)
    assert all(len(row) == len(indexes.header) for row in indexes.rows)


def test_the_second_table_tells_of_replicas(sizes: list[Size]) -> None:
    _, life = tables(sizes, ())
    row = ("20,000", "", "1.0", "40", "10", "0.25", "51.0", "102.0", "200.0", "100 of 101")
    assert life.rows == (row,)
    assert len(life.header) == len(row)


def test_values_are_json(sizes: list[Size]) -> None:
    small, large = json.loads(json.dumps(values(sizes)))
    assert small["ours"] is None
    assert small["indexes"]["ours"]["peak_bytes"] == 9 * MIB
    assert large["left out"] == {"usearch": "not built in time"}
    assert large["ours"]["found_p99_ms"] == pytest.approx(200)
    assert large["ours"]["found_at_once"] == 100


def test_the_figure_is_drawn_also_where_an_index_is_missing(
    sizes: list[Size], tmp_path: Path
) -> None:
    plot(sizes, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")

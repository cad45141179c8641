"""The ratios that the service is to keep."""

from dataclasses import replace

import pytest

from tests.bench.throughput import report
from tests.bench.throughput.cells import (
    BARE,
    BARE_ONE,
    FAST_ALPR,
    OMNI,
    PLAIN,
    PRODUCTION,
    Cell,
    Size,
)
from tests.bench.throughput.summary import Figure
from tests.bench.throughput.targets import Line, Measured, lines, table


def one(
    name: str, clients: int, rate: float, p50: float = 50.0, size: Size = "720p"
) -> tuple[Cell, Figure]:
    cell = Cell(name, "plates", size, clients)
    return cell, Figure(cell, rate, 500, 0, 0, p50, 2 * p50, {"engines": 20.0})


GOOD = Measured(
    dict(
        [
            one(BARE, 0, 50.0),
            one(BARE_ONE, 0, 26.0, 38.0),
            one(BARE_ONE, 0, 20.0, 38.0, "12 MP"),
            one(FAST_ALPR, 0, 11.0),
            one(OMNI, 8, 10.0),
            one(PLAIN, 16, 40.0, 400.0),
            one(PRODUCTION, 1, 22.0, 43.0),
            one(PRODUCTION, 8, 44.0),
            one(PRODUCTION, 16, 46.0, 350.0),
        ]
    ),
    {
        (PRODUCTION, "plates", "720p"): {0: True, 1: True, 2: False},
        (OMNI, "plates", "720p"): {0: True, 1: False, 9: True},
        (BARE_ONE, "plates", "720p"): {0: True, 1: True, 2: False},
        (BARE_ONE, "plates", "12 MP, small plates"): {0: True, 1: False},
    },
    2,
    {
        PRODUCTION: replace(one(PRODUCTION, 0, 45.0, 900.0)[1], refused=500),
        PLAIN: one(PLAIN, 0, 42.0, 5000.0)[1],
    },
    25.0,
    {"PlateDetector": 300_000_000},
    0.02,
)


def line(start: str, measured: Measured = GOOD) -> Line:
    (found,) = [each for each in lines(measured) if each.target.startswith(start)]
    return found


@pytest.mark.parametrize(
    ("start", "measured", "met"),
    [
        ("plates, production mode, 16 clients", "46.0 / 50.0 = 0.92", True),
        ("drivers, production mode, 16 clients", "-", None),
        ("plates, production mode, 1 client", "43.0 - 38.0 = 5.0 ms", True),
        ("plates: bare engines at least 2 x", "26.0 / 11.0 = 2.36", True),
        ("plates: production mode, 16 clients, a core", "23.0 / 11.0 = 2.09", True),
        ("plates, 8 clients: production mode", "44.0 / 10.0 = 4.40", True),
        ("plates read right: production mode no lower than omni", "2 to 1 of 2", True),
        ("plates, 16 clients: production mode's p99", "700 to 800 ms", True),
        (
            "plates, twice the load",
            "accepted p99 1800 to 10000 ms, refused or failed 50% to 0%, 45.0 to 42.0 pictures/s",
            True,
        ),
        ("plates, bare, one core: a 12-megapixel", "26.0 / 20.0 = 1.30", True),
        ("plates, bare, one core: small plates", "1 to 2 of 2", False),
        ("second start", "25.0 s", False),
        ("idle memory", "0.30 GB", True),
    ],
)
def test_a_line_says_what_was_measured_and_whether_it_is_met(
    start: str, measured: str, met: bool | None
) -> None:
    found = line(start)

    assert (found.measured, found.met) == (measured, met)


def test_a_missed_ratio_is_not_met() -> None:
    slow = replace(GOOD, figures={**GOOD.figures, **dict([one(PRODUCTION, 16, 44.0)])})

    assert line("plates, production mode, 16 clients", slow) == Line(
        "plates, production mode, 16 clients: at least 0.90 of the bare engines' pictures/s",
        "44.0 / 50.0 = 0.88",
        False,
    )


def test_a_p99_of_few_answers_is_not_compared() -> None:
    cell, figure = one(PLAIN, 16, 40.0)
    few = replace(GOOD, figures={**GOOD.figures, cell: replace(figure, p99=None, answered=150)})

    assert line("plates, 16 clients: production mode's p99", few).measured == (
        "500 and 150 answers, 200 needed"
    )


def test_the_table_shouts_what_is_not_met() -> None:
    rows = {target: met for target, _, met in table(lines(GOOD)).rows}

    assert rows["second start to ready under 20 s"] == "NO"
    assert rows["idle memory under 2.5 GB"] == "yes"
    assert rows[line("drivers, production mode, 16 clients").target] == "not known"


def test_the_report_has_a_row_a_cell_and_says_everything_in_json() -> None:
    rates = next(each for each in report.tables(GOOD) if each.title.startswith("Plates: thr"))
    by_place = {row[:3]: row for row in rates.rows}

    assert len(rates.rows) == len(GOOD.figures)
    assert by_place["720p", PRODUCTION, "16"][3:7] == ("46.0", "23.0", "350.0", "700.0")
    assert by_place["720p", FAST_ALPR, "loop"][3:5] == ("11.0", "11.0")
    assert len(report.values(GOOD)["cells"]) == len(GOOD.figures)
    assert all(len(row) == len(each.header) for each in report.tables(GOOD) for row in each.rows)

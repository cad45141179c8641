"""What is measured, and in which order."""

from collections import Counter

import pytest

from tests.bench.throughput.cells import LOOPS, Cell, full, in_rounds, quick, unit_s

CELLS = tuple(Cell("one", "plates", "small", clients, clients) for clients in (1, 2, 3, 4))


def test_every_cell_is_measured_once_a_round() -> None:
    assert Counter(in_rounds(CELLS, 3)) == dict.fromkeys(CELLS, 3)


def test_each_round_begins_at_another_place() -> None:
    order = list(in_rounds(CELLS, 2))

    assert [cell.clients for cell in order] == [1, 2, 3, 4, 3, 4, 1, 2]


def test_slices_fill_the_time_by_their_weights() -> None:
    unit = unit_s(CELLS, 2, 60.0)

    assert sum(cell.weight * unit for cell in in_rounds(CELLS, 2)) == pytest.approx(60.0)


@pytest.mark.parametrize("cells", [quick(), full()], ids=["quick", "full"])
def test_no_cell_is_there_twice_and_loops_have_no_clients(cells: tuple[Cell, ...]) -> None:
    places = [(one.contestant, one.work, one.size, one.clients) for one in cells]

    assert len(places) == len(set(places))
    assert all((one.clients == 0) == (one.contestant in LOOPS) for one in cells)


def test_all_that_is_measured_quickly_is_measured_in_full() -> None:
    everything = {(one.contestant, one.work, one.size, one.clients) for one in full()}

    assert {(one.contestant, one.work, one.size, one.clients) for one in quick()} <= everything

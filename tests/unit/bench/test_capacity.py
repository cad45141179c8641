"""Pictures a second from operations, and how the table says what was measured."""

import pytest

from tests.bench.capacity import capacity_table, network_table
from tests.bench.capacity_model import H100, T4, Gpu, Network, share_of_peak

_COUNTED = [
    Network("finder", "plates", "1 x 3 x 8 x 8", 2_000_000_000),
    Network("reader", "plates", "1 x 3 x 8 x 8", 500_000_000, passes=2),
    Network("recogniser", "drivers", "1 x 3 x 8 x 8", 1_000_000_000),
]
_MS = {"decode": 4.0, "plates: find": 16.0, "plates: read": 4.0, "drivers: all of it": 10.0}


def test_a_gpu_gives_its_share_of_the_peak_over_the_operations() -> None:
    gpu = Gpu("G", 10e12, "its maker", 0.05, "guessed")
    assert gpu.pictures_per_s(1_000_000_000) == pytest.approx(500)


def test_the_assumed_shares_are_those_of_published_times() -> None:
    assert share_of_peak(8.7e9, 1.47e-3, 65e12) == pytest.approx(0.091, abs=5e-4)
    assert T4.share == pytest.approx(0.091, abs=5e-4)
    assert H100.share == pytest.approx(0.028, abs=5e-4)


def test_the_table_says_of_each_figure_whether_it_was_measured() -> None:
    rows = capacity_table(_COUNTED, _MS).rows
    assert [row[:3] for row in rows] == [
        ("plates", "one core", "measured"),
        ("plates", "T4", "computed, not run"),
        ("plates", "H100 SXM", "computed, not run"),
        ("drivers", "one core", "measured"),
        ("drivers", "T4", "computed, not run"),
        ("drivers", "H100 SXM", "computed, not run"),
    ]


def test_a_core_spends_the_time_of_all_parts_of_a_picture() -> None:
    plates, _, _, drivers, *_ = capacity_table(_COUNTED, _MS).rows
    assert plates[3:] == ("20.0 ms", "50")
    assert drivers[3:] == ("10.0 ms", "100")


def test_a_gpu_runs_all_passes_of_a_picture() -> None:
    t4 = capacity_table(_COUNTED, _MS).rows[1]
    assert t4[3:] == (
        "3.00 GFLOP at 9.1% of 65 TFLOP/s",
        f"{T4.pictures_per_s(3_000_000_000):,.0f}",
    )


def test_networks_are_listed_with_their_operations() -> None:
    assert network_table(_COUNTED).rows[1] == ("plates", "reader", "1 x 3 x 8 x 8", "0.500")

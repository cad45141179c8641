"""The bench of large pictures: its table and what it counts."""

from pathlib import Path

import numpy as np
import pytest

from pipelines.types import Box
from tests.bench.large_pictures import Answer, Tally, main, measure, table, tally_answer

_BOX, _ELSEWHERE = Box(100, 100, 200, 130), Box(500, 500, 600, 530)


@pytest.mark.parametrize(
    ("seen", "found", "read", "false"),
    [
        ([], 0, 0, 0),
        ([(_BOX, "AB10")], 1, 1, 0),
        ([(_BOX, "ABI0")], 1, 1, 0),
        ([(_BOX, "XX")], 1, 0, 0),
        ([(_ELSEWHERE, "AB10")], 0, 0, 1),
        ([(_BOX, "AB10"), (_ELSEWHERE, "SHOP")], 1, 1, 1),
    ],
    ids=["nothing", "read", "folded", "misread", "elsewhere", "and another"],
)
def test_a_plate_counts_where_it_is_and_by_its_text(
    seen: list[tuple[Box, str]], found: int, read: int, false: int
) -> None:
    tally = Tally()

    tally_answer(tally, Answer(tuple(seen), 0.1, 0.2), (_BOX, "AB1O"))

    assert (tally.found, tally.read, tally.false) == (found, read, false)
    assert (tally.finding, tally.total) == ([0.1], [0.2])


def test_any_plate_in_a_picture_without_one_is_false() -> None:
    tally = Tally()

    tally_answer(tally, Answer(((_BOX, "AB10"),), 0.1, 0.2), None)
    tally_answer(tally, Answer((), 0.1, 0.2), None)

    assert (tally.found, tally.false, tally.pictures) == (0, 1, 2)


def test_times_are_shown_as_ratios_to_the_small_pictures() -> None:
    tallies = {
        ("720p", "as served"): Tally([0.02, 0.04], [0.05, 0.05], 2, 2, 0),
        ("12 MP, usual plate", "as served"): Tally([0.06, 0.06], [0.1, 0.05], 2, 1, 0),
    }

    shown = table(tallies, 2.5)

    assert shown.rows[1][2:] == ("2", "60", "2.00", "75", "1.50", "100%", "50%", "0%")
    assert "2.5 MB" in " ".join(shown.notes)


def test_without_the_pictures_it_says_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GATEHOUSE_DATA", raising=False)

    assert main([]) == 1
    assert capsys.readouterr().err.startswith("set GATEHOUSE_DATA to a folder with data/")


@pytest.mark.slow
def test_all_ways_are_measured_on_the_real_photos(gatehouse_data: Path) -> None:

    tallies, megabytes = measure(gatehouse_data / "data", scenes=1, limit_s=1.0, seed=1)

    assert len(tallies) == 9
    assert all(tally.pictures == 1 for tally in tallies.values())
    assert np.isfinite(megabytes)

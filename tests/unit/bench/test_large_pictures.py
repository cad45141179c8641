"""The bench of large pictures: its table and what it counts."""

import numpy as np
import pytest

from configs.settings import PlateDetectorSettings, PlateReaderSettings
from pipelines.engines.fake_plate_reader import FakePlateReader, draw_fake_plate
from pipelines.geometry import intersection_over_union
from pipelines.imaging import encode_jpeg
from pipelines.types import Box
from tests.bench.large_pictures import Answer, Tally, Way, main, table, tally_answer

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


@pytest.mark.parametrize("whole", [True, False])
def test_a_way_answers_places_texts_and_its_time(whole: bool) -> None:
    street = np.full((600, 1200, 3), 90, np.uint8)
    picture, box = draw_fake_plate(street, 300, 200, "30M2943")
    reader = FakePlateReader(PlateReaderSettings(engine="fake"))
    way = Way(PlateDetectorSettings(engine="fake"), reader.read, whole=whole)

    answer = way.ask(encode_jpeg(picture))

    ((place, text),) = answer.plates
    assert text == "30M2943"
    assert intersection_over_union(place, box) > 0.8
    assert 0 < answer.finding_s < answer.total_s

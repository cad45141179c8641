"""The plots of a report, by what stands on their axes."""

import io
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from pipelines.events.figures import CameraCount, Figures, Step
from pipelines.events.records import EventKind
from pipelines.reports.plots import PANELS, Panel, png_of, sheet_of
from tests.unit.events.passing import NOON
from tests.unit.reports.made_up import DAY, EMPTY, WEEK


def drawn(name: str, figures: Figures) -> Axes:
    """A plot before it becomes a picture."""
    [panel] = [one for one in PANELS if one.name == name]
    axes = Figure().subplots()
    panel.draw(axes, figures)
    return axes


def legend(axes: Axes) -> list[str]:
    """What the legend names."""
    found = axes.get_legend()
    return [] if found is None else [text.get_text() for text in found.get_texts()]


def heights(axes: Axes) -> list[float]:
    """How high each group of bars is, all of it together."""
    return [sum(bar.get_height() for bar in group) for group in axes.containers]


def test_traffic_is_stacked_by_kind() -> None:
    axes = drawn("traffic", WEEK)
    assert (axes.get_title(), axes.get_ylabel()) == ("Traffic by kind", "events each hour")
    assert axes.get_xlabel() == "UTC"
    assert legend(axes) == ["gate checks", "plates read alone", "faces seen"]
    assert heights(axes) == [2000, 4, 4]
    faces = axes.containers[2][12]
    assert (faces.get_y(), faces.get_height()) == (2000, 4)


def test_cameras_are_stacked_and_the_rest_is_one() -> None:
    axes = drawn("cameras", WEEK)
    assert legend(axes) == ["$gate <1>", "no camera named", "other cameras"]
    assert heights(axes) == [1004, 4, 1000]
    all_of_them = replace(WEEK, cameras=(CameraCount(NOON, "a", 2004), CameraCount(NOON, "b", 4)))
    assert legend(drawn("cameras", all_of_them)) == ["a", "b"]


def test_a_long_name_of_a_camera_lacks_its_middle() -> None:
    named = replace(WEEK, cameras=(CameraCount(NOON, "south" + "c" * 90 + "north", 2008),))
    assert legend(drawn("cameras", named)) == ["south" + "c" * 8 + "…" + "c" * 9 + "north"]


@pytest.mark.parametrize("name", ["_north", "no camera named", "other cameras", "b" * 100])
def test_every_camera_is_told_alone_however_it_is_called(name: str) -> None:
    like = "b" * 50 + "!" + "b" * 49
    cameras = [CameraCount(NOON, one, count) for one, count in ((name, 9), (like, 8), (None, 7))]
    axes = drawn("cameras", replace(WEEK, cameras=tuple(cameras)))
    short = "b" * 13 + "…" + "b" * 14
    called = short if name.startswith("b") else name
    assert legend(axes) == [called, short, "no camera named", "other cameras"]
    assert heights(axes) == [9, 8, 7, 2008 - 24]


def test_strangers_are_shares_of_a_day_where_the_time_is_long() -> None:
    axes = drawn("strangers", WEEK)
    lines = zip(legend(axes), axes.lines, strict=True)
    shares = {name: np.asarray(line.get_ydata()) for name, line in lines}
    assert {name: list(values[:1]) for name, values in shares.items()} == {
        "faces that are nobody's": [0.75],
        "plates of no known vehicle": [0.25],
        "checks denied or asked": [0.25],
        "plates without a text": [0.0],
    }
    assert shares["plates without a text"][1] == 0.75
    assert all(np.isnan(values[2:]).all() and len(values) == 7 for values in shares.values())
    assert len(axes.texts) == 0
    short = replace(WEEK, end=WEEK.first + 2 * DAY)
    assert [np.size(line.get_ydata()) for line in drawn("strangers", short).lines] == [48] * 4


def test_that_no_gate_check_read_a_plate_is_told() -> None:
    reads = tuple(one for one in WEEK.traffic if one.kind is EventKind.PLATE_READ)
    axes = drawn("strangers", replace(WEEK, traffic=reads))
    assert legend(axes) == ["plates without a text"]
    said = "plates of no known vehicle:\nno gate check read one"
    assert [text.get_text() for text in axes.texts] == [said]


def test_drift_has_a_median_and_a_band_for_each_day() -> None:
    axes = drawn("confidence", WEEK)
    assert legend(axes) == ["10th to 90th percentile", "median"]
    [median] = axes.lines
    assert np.asarray(median.get_ydata()).tolist() == [0.9, 0.8]
    [band] = [np.asarray(one.get_paths()[0].vertices) for one in axes.collections]
    assert {y for _, y in band.tolist()} == {0.8, 0.99, 0.7, 0.9}


def test_reasons_are_told_in_words_the_most_frequent_above() -> None:
    axes = drawn("reasons", WEEK)
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["driver unknown", "vehicle allowed"]
    assert [text.get_text() for text in axes.texts] == ["3", "1,500"]


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.name)
def test_a_time_without_events_says_so(panel: Panel) -> None:
    axes = drawn(panel.name, EMPTY)
    assert [text.get_text() for text in axes.texts] == ["nothing in this time"]
    assert axes.get_title()
    assert legend(axes) == []


def test_days_are_drawn_whole_where_the_time_begins_in_the_middle_of_one() -> None:
    long = replace(EMPTY, first=NOON, end=NOON + 20 * DAY, step=Step.DAY)
    begin, end = drawn("traffic", long).get_xlim()
    assert end - begin == 21


Drawn = Callable[[Figures], bytes]


@pytest.mark.parametrize("figures", [WEEK, EMPTY], ids=["week", "empty"])
@pytest.mark.parametrize(
    ("draw", "size"),
    [(lambda figures: png_of(PANELS[0], figures), (1155, 363)), (sheet_of, (1155, 2244))],
    ids=["one", "all"],
)
def test_pictures_are_png_of_one_width(
    draw: Drawn, size: tuple[int, int], figures: Figures
) -> None:
    png = draw(figures)
    assert Image.open(io.BytesIO(png)).size == size
    assert cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE).std() > 5

"""From pieces of text to the rows of a number."""

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.engines.plate_lines import LineFinder, Row, number_rows
from pipelines.errors import ConfigurationError


def _piece(x: float, y: float, width: float, height: float) -> NDArray[np.float32]:
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32)


def _extents(rows: list[Row]) -> list[tuple[float, float]]:
    return [(round(row.width), round(row.height)) for row in rows]


def test_no_pieces_are_no_rows() -> None:
    assert number_rows([]) == []


def test_pieces_side_by_side_are_one_row() -> None:
    rows = number_rows([_piece(100, 12, 60, 38), _piece(10, 10, 60, 40)])
    assert _extents(rows) == [(150, 40)]


def test_rows_of_a_two_line_plate_come_top_to_bottom() -> None:
    rows = number_rows([_piece(10, 60, 100, 40), _piece(30, 10, 60, 38)])
    assert _extents(rows) == [(60, 38), (100, 40)]


def test_small_print_above_and_below_is_left_out() -> None:
    rows = number_rows([_piece(10, 30, 150, 50), _piece(30, 5, 100, 20), _piece(30, 85, 90, 18)])
    assert _extents(rows) == [(150, 50)]


def test_a_short_lower_row_is_a_date_and_left_out() -> None:
    rows = number_rows([_piece(10, 10, 200, 50), _piece(80, 65, 60, 36)])
    assert _extents(rows) == [(200, 50)]


def test_of_many_rows_the_three_largest_are_kept_top_to_bottom() -> None:
    widths = [100, 104, 98, 110, 97, 106, 96]
    rows = number_rows([_piece(10, 50 * n, width, 40) for n, width in enumerate(widths)])
    assert _extents(rows) == [(104, 40), (110, 40), (106, 40)]


@pytest.mark.parametrize("degrees", [-20, 0, 15])
def test_a_turned_row_is_cut_out_level(degrees: float) -> None:
    turn = np.radians(degrees)
    along = np.array([np.cos(turn), np.sin(turn)], np.float32)
    down = np.array([-np.sin(turn), np.cos(turn)], np.float32)
    centre = np.array([100, 80], np.float32)
    piece = np.array(
        [centre + along * x + down * y for x, y in ((-60, -15), (60, -15), (60, 15), (-60, 15))],
        np.float32,
    )
    rows, columns = np.mgrid[:160, :200]
    across = (np.stack([columns, rows], -1) - centre) @ along
    picture = np.repeat(((across > 0) * 255).astype(np.uint8)[..., None], 3, axis=2)

    (row,) = number_rows([piece])
    level = row.cut(picture)

    assert level.shape == (30, 120, 3)
    assert level[:, :55].max() == 0
    assert level[:, 65:].min() == 255


def test_a_polygon_without_an_area_is_no_row() -> None:
    flat = np.array([[10, 20], [90, 20], [90, 20], [10, 20]], np.float32)
    text = np.array([[10, 40], [90, 40], [90, 60], [10, 60]], np.float32)
    assert number_rows([flat]) == []
    assert len(number_rows([flat, text])) == 1


def test_openvino_is_refused_on_a_gpu() -> None:
    with pytest.raises(ConfigurationError) as error:
        LineFinder("gpu:0", "openvino")
    assert str(error.value) == (
        "runtime openvino computes on the cpu only; on 'gpu:0' set auto or onnxruntime"
    )

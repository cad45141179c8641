import cv2
import numpy as np
import pytest

from pipelines.training.corners.contexts import Context, Kind, encode
from pipelines.training.corners.views import draw_view, project

CORNERS = np.array([(80, 60), (200, 66), (198, 96), (78, 92)], np.float32)


def _marked() -> Context:
    """A context whose corners are bright dots."""
    picture = np.full((160, 280, 3), 40, np.uint8)
    for x, y in CORNERS:
        cv2.circle(picture, (round(x - 0.5), round(y - 0.5)), 5, (255, 255, 255), cv2.FILLED)
    return encode(picture, CORNERS, Kind.CORNERS)


@pytest.mark.parametrize("seed", range(6))
def test_corners_lie_where_the_view_shows_them(seed: int) -> None:
    view = draw_view(_marked(), np.random.default_rng(seed), worn=False)

    assert view.pixels.shape == (64, 128, 3)
    for x, y in view.corners:
        column, row = int(x * 128), int(y * 64)
        assert view.pixels[row, column].mean() > 150


@pytest.mark.parametrize("seed", range(20))
def test_corners_go_back_to_where_they_were_in_the_box(seed: int) -> None:
    context = _marked()

    view = draw_view(context, np.random.default_rng(seed))

    back = project(view.back.astype(np.float64), view.corners.astype(np.float64))
    low, size = CORNERS.min(axis=0), np.ptp(CORNERS, axis=0)
    assert back == pytest.approx((CORNERS - low) / size, abs=1e-3)


def test_the_same_draw_gives_the_same_view() -> None:
    first, second = (draw_view(_marked(), np.random.default_rng(5)) for _ in range(2))
    other = draw_view(_marked(), np.random.default_rng(6))

    assert np.array_equal(first.pixels, second.pixels)
    assert not np.array_equal(first.pixels, other.pixels)


def test_nearly_all_corners_lie_inside_the_view() -> None:
    rng = np.random.default_rng(0)
    corners = np.stack([draw_view(_marked(), rng).corners for _ in range(200)])
    inside = ((corners > 0) & (corners < 1)).all(axis=(1, 2))
    assert inside.mean() > 0.9

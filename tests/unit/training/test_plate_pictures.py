"""Pictures made for training keep their labels true."""

import numpy as np

from pipelines.training.plate_pictures import CloseUp, background, close_up, on_canvas

RED = (0, 0, 255)


def street() -> tuple[np.ndarray, np.ndarray]:
    picture = np.full((300, 400, 3), 90, np.uint8)
    picture[120:150, 100:220] = RED
    return picture, np.array([100 / 400, 120 / 300, 220 / 400, 150 / 300])


def marked(cut: CloseUp) -> list[int]:
    rows, columns = np.nonzero((cut.picture[..., 2] > 180) & (cut.picture[..., 0] < 60))
    return [int(v) for v in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)]


def test_a_close_up_is_labelled_where_its_plate_is() -> None:
    picture, box = street()
    for seed in range(20):
        cut = close_up(picture, box, np.random.default_rng(seed))
        assert cut is not None
        height, width = cut.picture.shape[:2]
        assert np.abs(cut.box * [width, height, width, height] - marked(cut)).max() < 1.0
        assert (cut.box[2] - cut.box[0]) > 0.5


def test_a_tiny_plate_gives_no_close_up() -> None:
    picture, _ = street()
    box = np.array([0.5, 0.5, 0.6, 0.55])
    assert close_up(picture, box, np.random.default_rng(0)) is None


def test_a_close_up_on_a_canvas_is_labelled_where_its_plate_is() -> None:
    picture, box = street()
    grey = np.full((200, 300, 3), 30, np.uint8)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        cut = close_up(picture, box, rng)
        assert cut is not None
        placed = on_canvas(cut, grey, rng)
        assert placed.picture.shape == (640, 640, 3)
        assert np.abs(placed.box * 640 - marked(placed)).max() < 4.0


def test_a_background_shows_no_plate() -> None:
    picture, box = street()
    cuts = [background(picture, box[None], np.random.default_rng(seed)) for seed in range(30)]
    found = [cut for cut in cuts if cut is not None]
    assert len(found) > 15
    for cut in found:
        assert not ((cut[..., 2] > 180) & (cut[..., 0] < 60)).any()


def test_a_picture_full_of_plate_has_no_background() -> None:
    picture, _ = street()
    full = np.array([[0.0, 0.0, 1.0, 1.0]])
    assert background(picture, full, np.random.default_rng(0)) is None

"""Reading labels and grouping near-duplicates."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.training.plate_data import (
    LabelledPicture,
    difference_hash,
    format_label,
    group,
    group_pictures,
    near_duplicates,
    origin,
    parse_label,
    read_pictures,
)


def picture(name: str) -> LabelledPicture:
    return LabelledPicture(Path(name), name.split("__", maxsplit=1)[0], np.zeros((0, 4)))


def scene(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (6, 8, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (320, 240), interpolation=cv2.INTER_CUBIC))


def test_reads_a_box_as_corners() -> None:
    np.testing.assert_allclose(parse_label("0 0.5 0.4 0.2 0.1\n"), [[0.4, 0.35, 0.6, 0.45]])


def test_reads_a_polygon_as_its_outer_box() -> None:
    np.testing.assert_allclose(
        parse_label("0 0.1 0.2 0.5 0.1 0.6 0.3 0.2 0.4\n"), [[0.1, 0.1, 0.6, 0.4]]
    )


def test_clips_boxes_to_the_picture() -> None:
    np.testing.assert_allclose(parse_label("0 0.0 0.5 0.4 1.4"), [[0.0, 0.0, 0.2, 1.0]])


def test_reads_an_empty_label_as_no_plates() -> None:
    assert parse_label("\n").shape == (0, 4)


def test_refuses_a_line_that_is_no_label() -> None:
    with pytest.raises(ValueError, match=r"^not a YOLO label line: '0 0.5 0.5 0.1'$"):
        parse_label("0 0.5 0.5 0.1")


def test_written_labels_read_back() -> None:
    boxes = np.array([[0.1, 0.2, 0.3, 0.4], [0.0, 0.0, 1.0, 1.0]])
    np.testing.assert_allclose(parse_label(format_label(boxes)), boxes, atol=1e-6)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a__beetle-front-jpg-rf-1234abcd.jpg", "b__beetle-front-jpg-rf-99.jpg"),
        ("spain__0116GPD_1.jpg", "spain__0116GPD_2.jpg"),
        ("a__old-beetle-jpg.rf.12.jpg", "a__old-beetle-jpeg.jpg-rf-3.jpg"),
    ],
)
def test_copies_and_vehicles_share_an_origin(first: str, second: str) -> None:
    assert origin(first) == origin(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a__N12.jpg", "b__N12.jpg"),
        ("a__i-jpg-rf-0123.jpg", "a__i-jpg-rf-4567.jpg"),
        ("a__beetle-front-1.jpg", "a__beetle-front-2.jpg"),
    ],
)
def test_counters_are_no_origin(first: str, second: str) -> None:
    assert origin(first) != origin(second)


def test_hash_survives_light_and_size_but_not_another_scene() -> None:
    first = scene(1)
    darker = cv2.resize((first * 0.6).astype(np.uint8), (200, 150))
    assert np.count_nonzero(difference_hash(first) != difference_hash(darker)) <= 6
    assert np.count_nonzero(difference_hash(first) != difference_hash(scene(2))) > 30


def test_finds_mirrored_copies() -> None:
    pictures = [scene(1), scene(2), scene(1)[:, ::-1]]
    hashes = np.stack([difference_hash(one) for one in pictures])
    mirrored = np.stack([difference_hash(one[:, ::-1]) for one in pictures])
    assert near_duplicates(hashes, mirrored) == [(0, 2)]


def test_groups_are_connected_through_third_members() -> None:
    assert group(5, [(3, 1), (4, 3)]) == [[0], [1, 3, 4], [2]]


def test_groups_pictures_by_look_and_by_name(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "labels").mkdir()
    scenes = {"a__one": 1, "a__two": 1, "a__1234ABC_1": 3, "a__1234ABC_2": 4, "b__lone": 5}
    for name, seed in scenes.items():
        cv2.imwrite(str(tmp_path / "images" / f"{name}.jpg"), scene(seed))
        (tmp_path / "labels" / f"{name}.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    pictures = read_pictures(tmp_path)
    names = [[pictures[i].path.stem for i in members] for members in group_pictures(pictures)]
    assert names == [["a__1234ABC_1", "a__1234ABC_2"], ["a__one", "a__two"], ["b__lone"]]

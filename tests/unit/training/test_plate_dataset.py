"""The written training set."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.training.plate_data import LabelledPicture, read_pictures
from pipelines.training.plate_dataset import CORRECTIONS, corrected, prepare
from pipelines.training.plate_split import Part, Split

PARTS: tuple[Part, ...] = ("training", "training", "validation", "test")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("plates")
    for folder in ("data/images", "data/labels", "people"):
        (root / folder).mkdir(parents=True)
    rng = np.random.default_rng(7)
    names = [f"a__{i}" for i in range(40)] + [f"us_florida_aug__{i}" for i in range(5)]
    for name in names:
        scene = cv2.resize(rng.integers(60, 255, (6, 8, 3)).astype(np.uint8), (320, 240))
        cv2.imwrite(str(root / f"data/images/{name}.jpg"), scene)
        (root / f"data/labels/{name}.txt").write_text("0 0.5 0.5 0.3 0.1\n")
    for number in range(203):
        cv2.imwrite(str(root / f"people/{number:03}.jpg"), np.full((32, 32, 3), number, np.uint8))
    parts: dict[str, Part] = {
        f"{name}.jpg": PARTS[number % len(PARTS)] for number, name in enumerate(names)
    }
    dataset = prepare(root / "data", Split(parts, {}, {}, {}), root / "people", root / "set")
    return root / "data", dataset


def test_each_part_has_its_photographs_and_the_test_none(prepared: tuple[Path, Path]) -> None:
    _, dataset = prepared
    photographs = {
        part: {p.path.name for p in read_pictures(dataset.parent, part) if p.source == "a"}
        for part in ("train", "val")
    }
    assert photographs == {
        "train": {f"a__{i}.jpg" for i in range(40) if i % 4 in {0, 1}},
        "val": {f"a__{i}.jpg" for i in range(40) if i % 4 == 2},
    }


def test_corrections_replace_boxes_and_leave_pictures_out(tmp_path: Path) -> None:
    known = tmp_path / "corrections.json"
    known.write_text('{"a__1.jpg": [[0.1, 0.2, 0.3, 0.4], [0.5, 0.5, 0.6, 0.6]], "a__2.jpg": null}')
    box = np.array([[0.0, 0.0, 1.0, 1.0]])
    pictures = [LabelledPicture(Path(f"x/a__{i}.jpg"), "a", box) for i in range(3)]
    kept = corrected(pictures, known)
    assert [picture.path.name for picture in kept] == ["a__0.jpg", "a__1.jpg"]
    assert kept[0].boxes.tolist() == [[0.0, 0.0, 1.0, 1.0]]
    assert kept[1].boxes.tolist() == [[0.1, 0.2, 0.3, 0.4], [0.5, 0.5, 0.6, 0.6]]


def test_known_corrections_are_boxes_inside_their_pictures() -> None:
    known = json.loads(CORRECTIONS.read_text())
    boxes = np.concatenate([np.array(b).reshape(-1, 4) for b in known.values() if b is not None])
    assert boxes.min() >= 0.0
    assert boxes.max() <= 1.0
    assert (boxes[:, 2:] > boxes[:, :2]).all()


def test_dropped_sources_are_on_neither_side(prepared: tuple[Path, Path]) -> None:
    _, dataset = prepared
    sources = {
        picture.source
        for part in ("train", "val")
        for picture in read_pictures(dataset.parent, part)
    }
    assert "us_florida_aug" not in sources


def test_people_and_backgrounds_have_no_plates_and_close_ups_one(
    prepared: tuple[Path, Path],
) -> None:
    _, dataset = prepared
    plates: dict[str, set[int]] = {}
    for picture in read_pictures(dataset.parent, "train"):
        kind = picture.path.name.split("_", maxsplit=1)[0]
        plates.setdefault(kind, set()).add(len(picture.boxes))
    assert plates == {
        "a": {1},
        "background": {0},
        "closeup": {1},
        "distractor": {0},
        "people": {0},
    }


def test_plateless_pictures_for_evaluation_do_not_train(prepared: tuple[Path, Path]) -> None:
    _, dataset = prepared
    aside = sorted(path.name for path in (dataset.parent / "plateless").glob("people_*"))
    assert aside == ["people_200.jpg", "people_201.jpg", "people_202.jpg"]


def test_the_yaml_names_both_parts(prepared: tuple[Path, Path]) -> None:
    _, dataset = prepared
    assert dataset.read_text() == (
        f"path: {dataset.parent}\ntrain: images/train\nval: images/val\nnames:\n  0: plate\n"
    )

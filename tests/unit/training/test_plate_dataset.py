"""The written training set."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.training.plate_data import group_pictures, read_pictures
from pipelines.training.plate_dataset import prepare


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("plates")
    for folder in ("data/images", "data/labels", "people"):
        (root / folder).mkdir(parents=True)
    rng = np.random.default_rng(7)
    names = [f"a__{i}" for i in range(40)] + [f"us_florida_aug__{i}" for i in range(5)]
    for number, name in enumerate(names):
        # Two in three pictures have a slightly darker double.
        coarse = np.random.default_rng(number // 2 if number % 3 else 1000 + number)
        scene = cv2.resize(coarse.integers(60, 255, (6, 8, 3)).astype(np.uint8), (320, 240))
        cv2.imwrite(str(root / f"data/images/{name}.jpg"), scene * rng.uniform(0.7, 1.0))
        (root / f"data/labels/{name}.txt").write_text("0 0.5 0.5 0.3 0.1\n")
    for number in range(203):
        cv2.imwrite(str(root / f"people/{number:03}.jpg"), np.full((32, 32, 3), number, np.uint8))
    dataset = prepare(root / "data", root / "people", root / "set")
    return root / "data", dataset


def test_no_near_duplicate_stands_on_both_sides(prepared: tuple[Path, Path]) -> None:
    data, dataset = prepared
    pictures = read_pictures(data)
    held = {picture.path.name for picture in read_pictures(dataset.parent, "val")}
    assert held
    groups = [[pictures[i].path.name for i in g] for g in group_pictures(pictures)]
    assert any(len(members) > 1 for members in groups)
    assert all(held.issuperset(members) or held.isdisjoint(members) for members in groups)


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
    assert plates == {"a": {1}, "background": {0}, "closeup": {1}, "people": {0}}


def test_plateless_pictures_for_evaluation_do_not_train(prepared: tuple[Path, Path]) -> None:
    _, dataset = prepared
    aside = sorted(path.name for path in (dataset.parent / "plateless").glob("people_*"))
    assert aside == ["people_200.jpg", "people_201.jpg", "people_202.jpg"]


def test_the_yaml_names_both_parts(prepared: tuple[Path, Path]) -> None:
    _, dataset = prepared
    assert dataset.read_text() == (
        f"path: {dataset.parent}\ntrain: images/train\nval: images/val\nnames:\n  0: plate\n"
    )

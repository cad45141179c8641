"""Writes the plate detector's training set: the division's photographs and made pictures."""

import json
import logging
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.training.plate_data import (
    DROPPED_SOURCES,
    LabelledPicture,
    format_label,
    read_pictures,
)
from pipelines.training.plate_distractors import with_distractors
from pipelines.training.plate_pictures import background, close_up, on_canvas
from pipelines.training.plate_split import Part, Split

logger = logging.getLogger(__name__)

# With more close-ups than plateless pictures the detector learns to call any close view a plate.
CLOSE_UPS = 80
BACKGROUNDS = 180
DISTRACTORS = 140
PEOPLE = 200
VALIDATION_BACKGROUNDS = 100
SEED = 20261122

CORRECTIONS: Final = Path(__file__).with_name("plate_corrections.json")
"""File name -> all boxes of the photograph (xyxy, fractions), or null: too poor to train on.

Of training photographs only. Found where an earlier detector and the labels disagreed, and looked
at: unlabelled plates, loose boxes, frames full of salt and pepper noise.
"""


def prepare(data: Path, split: Split, people: Path | None, target: Path) -> Path:
    """Writes the training set as ultralytics reads it; test photographs stay out of it.

    Args:
        data: Folder with ``images/``, ``labels/`` and ``SOURCES.tsv``.
        split: Says which photographs train and which validate.
        people: Folder of pictures of people without plates, or None. The first two hundred train,
            the rest are left to evaluation.
        target: Folder to write; what it held before goes.

    Returns:
        The data set's YAML file.
    """
    if target.exists():
        shutil.rmtree(target)
    pictures = [p for p in read_pictures(data) if p.source not in DROPPED_SOURCES]
    parts: dict[str, Part] = {"train": "training", "val": "validation"}
    kept = {
        folder: [p for p in pictures if split.photos[p.path.name] == part]
        for folder, part in parts.items()
    }
    kept["train"] = corrected(kept["train"])
    for part, members in kept.items():
        for folder in ("images", "labels"):
            (target / folder / part).mkdir(parents=True)
        for picture in members:
            shutil.copyfile(picture.path, target / "images" / part / picture.path.name)
            (target / "labels" / part / f"{picture.path.stem}.txt").write_text(
                format_label(picture.boxes)
            )
        logger.info("%s: %s", part, dict(Counter(picture.source for picture in members)))
    rng = np.random.default_rng(SEED)
    backgrounds = _add_backgrounds(kept["train"], target, rng)
    for number in range(DISTRACTORS if backgrounds else 0):
        made = with_distractors(backgrounds[number % len(backgrounds)], rng)
        _write(target, f"distractor_{number:03}", made, "")
    _add_close_ups(kept["train"], backgrounds, target, rng)
    _write_plateless(kept["val"], people, target, rng)
    dataset = target / "plates.yaml"
    dataset.write_text(
        f"path: {target.resolve()}\ntrain: images/train\nval: images/val\nnames:\n  0: plate\n"
    )
    return dataset


def corrected(
    pictures: Sequence[LabelledPicture], corrections: Path = CORRECTIONS
) -> list[LabelledPicture]:
    """Gives pictures their corrected boxes, and leaves out those too poor to train on.

    Args:
        pictures: Pictures with the boxes of their label files.
        corrections: JSON file as ``CORRECTIONS``.
    """
    known = json.loads(corrections.read_text(encoding="utf-8"))
    kept = []
    for picture in pictures:
        boxes = known.get(picture.path.name, picture.boxes)
        if boxes is not None:
            kept.append(replace(picture, boxes=np.array(boxes, np.float64).reshape(-1, 4)))
    return kept


def _add_backgrounds(
    pictures: Sequence[LabelledPicture], target: Path, rng: np.random.Generator
) -> list[npt.NDArray[np.uint8]]:
    cuts: list[npt.NDArray[np.uint8]] = []
    for index in rng.permutation(len(pictures)).tolist():
        picture = pictures[index]
        cut = background(_read(picture.path), picture.boxes, rng)
        if cut is None or not picture.boxes.size:
            continue
        _write(target, f"background_{len(cuts):03}", cut, "")
        cuts.append(cut)
        if len(cuts) == BACKGROUNDS:
            break
    return cuts


def _add_close_ups(
    pictures: Sequence[LabelledPicture],
    backgrounds: Sequence[npt.NDArray[np.uint8]],
    target: Path,
    rng: np.random.Generator,
) -> None:
    made = 0
    for index in rng.permutation(len(pictures)).tolist():
        picture = pictures[index]
        if len(picture.boxes) != 1:
            continue
        cut = close_up(_read(picture.path), picture.boxes[0], rng)
        if cut is None:
            continue
        if made % 2:
            cut = on_canvas(cut, backgrounds[made % len(backgrounds)], rng)
        _write(target, f"closeup_{made:03}", cut.picture, format_label(cut.box[None]))
        made += 1
        if made == CLOSE_UPS:
            break


def _write_plateless(
    validation: Sequence[LabelledPicture],
    people: Path | None,
    target: Path,
    rng: np.random.Generator,
) -> None:
    """Adds people to training, and sets plateless pictures aside for evaluation."""
    aside = target / "plateless"
    aside.mkdir()
    faces = [] if people is None else sorted(people.glob("*.jpg"))
    for number, path in enumerate(faces):
        if number < PEOPLE:
            _write(target, f"people_{number:03}", _read(path), "")
        else:
            shutil.copyfile(path, aside / f"people_{path.name}")
    for number, picture in enumerate(validation[:VALIDATION_BACKGROUNDS]):
        cut = background(_read(picture.path), picture.boxes, rng)
        if cut is not None:
            cv2.imwrite(str(aside / f"background_{number:03}.jpg"), cut)


def _write(target: Path, name: str, picture: npt.NDArray[np.uint8], label: str) -> None:
    cv2.imwrite(
        str(target / "images" / "train" / f"{name}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 92]
    )
    (target / "labels" / "train" / f"{name}.txt").write_text(label)


def _read(path: Path) -> npt.NDArray[np.uint8]:
    picture = cv2.imread(str(path))
    if picture is None:
        raise ValueError(f"cannot decode {path}")
    return np.asarray(picture, np.uint8)

"""The pictures of one run, made once from the development photos."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from tqdm import tqdm

from pipelines.types import Box, Picture
from tests.bench.dataset import LabelledPicture, division, pictures
from tests.bench.figures import PEER_CHARACTERS
from tests.bench.people import people
from tests.bench.throughput.cells import Size, Work
from tests.bench.throughput.scenes import Frame, as_camera_jpeg, cut_around, filling, pasted, placed

FRAMES: Final[dict[Size, Frame]] = {
    "small": Frame(640, 480),
    "720p": Frame(1280, 720),
    "12 MP": Frame(4000, 3000),
    "12 MP, small plates": Frame(4000, 3000),
}
ENROLLED_PHOTOS: Final = 3
_SMALL_SHARE: Final = 0.4
_FACE_SHARE: Final = 0.4
_LEAST_WIDTH: Final = 400


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture, and what is known of it.

    Attributes:
        path: The encoded picture.
        plate: What its plate says; None where there is none.
        driver: Whose face it shows; None where there is none.
    """

    path: Path
    plate: str | None = None
    driver: str | None = None


@dataclass(frozen=True, slots=True)
class Scenes:
    """All pictures by work and size, and the photos that drivers are enrolled by."""

    of: dict[tuple[Work, Size], tuple[Scene, ...]]
    enrolled: dict[str, tuple[Path, ...]]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many pictures of a kind, how many of 12 megapixels, and how many drivers."""

    pictures: int
    large: int
    drivers: int


def make(root: Path, cache: Path, folder: Path, counts: Counts, seed: int = 1) -> Scenes:
    """Write all pictures to a folder; the same ones for the same seed.

    Args:
        root: The folder that holds ``data``.
        cache: For the division of the plate pictures, which takes minutes the first time.
        folder: For the pictures.
        counts: How many.
        seed: Decides which photos.
    """
    split = division(root / "data/plates", cache)
    vehicles = readable(pictures(root / "data", split, "test", plateless=0, seed=seed).photos)
    random.Random(seed).shuffle(vehicles)
    wide = (one for one in vehicles if _load(one.path).shape[1] >= _LEAST_WIDTH)
    known = people(root / "data/faces", seed=seed).drivers
    names = random.Random(seed).sample(sorted(known), counts.drivers)
    drivers = {name: known[name] for name in names}
    return draw(list(islice(wide, counts.pictures)), drivers, folder, counts)


def draw(
    vehicles: Sequence[LabelledPicture],
    drivers: Mapping[str, Sequence[Path]],
    folder: Path,
    counts: Counts,
) -> Scenes:
    """Write the pictures of these vehicles and drivers; the first photos of a driver enrol."""
    # One probe of each driver, then the second of each: few pictures show many drivers.
    probes = range(ENROLLED_PHOTOS, ENROLLED_PHOTOS + 2)
    faces = [
        (name, photo) for at in probes for name in drivers for photo in drivers[name][at : at + 1]
    ]
    faces = faces[: counts.pictures]
    of: dict[tuple[Work, Size], tuple[Scene, ...]] = {}
    for size, frame in tqdm(FRAMES.items(), desc="making pictures", unit="size"):
        most = counts.pictures if frame.width < FRAMES["12 MP"].width else counts.large
        drawings: dict[Work, Iterator[tuple[Picture, Scene]]] = {
            "plates": _plates(vehicles, size),
            "drivers": _drivers(faces, size),
            "both": _both(vehicles, faces, size),
        }
        for work, drawn in drawings.items():
            written = _written(islice(drawn, most), folder / f"{work}-{size}")
            if written:
                of[work, size] = written
    enrolled = {name: tuple(photos[:ENROLLED_PHOTOS]) for name, photos in drivers.items()}
    return Scenes(of, enrolled)


def readable(photos: Sequence[LabelledPicture]) -> list[LabelledPicture]:
    """Photos with one plate whose text is known, no model's, and one that every reader can give."""
    return [
        photo
        for photo in photos
        if len(photo.plates) == 1
        for plate in photo.plates
        if plate.box is not None
        and plate.text is not None
        and not plate.from_model
        and len(plate.text) <= PEER_CHARACTERS
    ]


def _plates(vehicles: Sequence[LabelledPicture], size: Size) -> Iterator[tuple[Picture, Scene]]:
    frame = FRAMES[size]
    for place, vehicle in enumerate(vehicles):
        seen = cut_around(_load(vehicle.path), _box(vehicle), frame)
        if size == "12 MP, small plates":
            corner = ((place % 3) / 2, (place // 3 % 3) / 2)
            picture = placed(seen, frame, _SMALL_SHARE, corner)
        else:
            picture = filling(seen, frame)
        yield picture, Scene(vehicle.path, plate=vehicle.plates[0].text)


def _drivers(faces: Sequence[tuple[str, Path]], size: Size) -> Iterator[tuple[Picture, Scene]]:
    if size == "12 MP, small plates":
        return
    for name, photo in faces:
        yield placed(_load(photo), FRAMES[size], 1.0, (0.5, 0.5)), Scene(photo, driver=name)


def _both(
    vehicles: Sequence[LabelledPicture], faces: Sequence[tuple[str, Path]], size: Size
) -> Iterator[tuple[Picture, Scene]]:
    if size == "12 MP, small plates":
        return
    frame = FRAMES[size]
    for vehicle, (name, photo) in zip(vehicles, faces, strict=False):
        # The vehicle to the left and the driver beside it, as at a gate's intercom.
        beside = Frame(round(0.7 * frame.width), frame.height)
        seen = filling(cut_around(_load(vehicle.path), _box(vehicle), beside), beside)
        whole = placed(seen, frame, 1.0, (0.0, 0.0))
        scene = Scene(photo, plate=vehicle.plates[0].text, driver=name)
        yield pasted(whole, _load(photo), _FACE_SHARE, (1.0, 0.5)), scene


def _written(drawn: Iterator[tuple[Picture, Scene]], folder: Path) -> tuple[Scene, ...]:
    folder.mkdir(parents=True)
    scenes = []
    for place, (picture, scene) in enumerate(drawn):
        path = folder / f"{place:03}.jpg"
        path.write_bytes(as_camera_jpeg(picture, place))
        scenes.append(Scene(path, scene.plate, scene.driver))
    return tuple(scenes)


def _load(path: Path) -> Picture:
    return np.asarray(cv2.imread(str(path)), np.uint8)


def _box(photo: LabelledPicture) -> Box:
    box = photo.plates[0].box
    assert box is not None
    return box

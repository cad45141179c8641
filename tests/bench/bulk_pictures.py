"""A folder of many pictures, made of the development photos."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from tqdm import tqdm

from pipelines.types import Box
from tests.bench.throughput.scenes import Frame, as_camera_jpeg, cut_around, filling

FRAMES: Final = (Frame(1280, 720), Frame(1024, 768), Frame(960, 540), Frame(640, 480))


def make(photos: Sequence[Path], folder: Path, count: int) -> None:
    """Write pictures that are cut, scaled and encoded anew from photos; the same ones each time."""
    folder.mkdir(parents=True)
    places = [(photos[place % len(photos)], folder, place) for place in range(count)]
    with ProcessPoolExecutor() as pool:
        [*tqdm(pool.map(write, places, chunksize=16), "making pictures", count)]


def write(place: tuple[Path, Path, int]) -> None:
    """Write one picture: the photo, the folder, and the picture's number."""
    photo, folder, number = place
    picture = np.asarray(cv2.imread(str(photo)), np.uint8)
    height, width = picture.shape[:2]
    frame = FRAMES[number % len(FRAMES)]
    part = cut_around(picture, Box(0, 0, width, height), frame)
    (folder / f"{number:05}.jpg").write_bytes(as_camera_jpeg(filling(part, frame), number))

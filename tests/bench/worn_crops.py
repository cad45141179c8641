"""Development crops as bad cameras show them, and what the shipped reader makes of them."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from configs.settings import Settings
from pipelines.engines.plate_reader import build_plate_reader
from pipelines.imaging import encode_jpeg
from pipelines.plate_text import interpret
from pipelines.training.plate_split import Part
from pipelines.types import Box, Picture, Plate, PlateDetection
from tests.bench.accuracy import RESULTS
from tests.bench.dataset import division, pictures

HEIGHTS: Final = (9, 11, 13, 16, 20, 28)
"""Pixels that the camera spent on the plate's height."""

_BATCH: Final = 32


def labelled_crops(data: Path, parts: Sequence[Part]) -> list[tuple[str, Picture]]:
    """True texts and crops of some parts of the development plates."""
    split = division(data / "data/plates", RESULTS)
    found = []
    for part in parts:
        for crop in pictures(data / "data", split, part, plateless=0, seed=0).crops:
            text = crop.plates[0].text
            picture = cv2.imread(str(crop.path))
            if text and picture is not None:
                found.append((text, picture))
    return found


def worn(crop: Picture, height: int, order: random.Random) -> Picture:
    """A crop as a camera shows it that is far away, moves, and saves on bytes."""
    scale = height / crop.shape[0]
    size = (max(8, round(crop.shape[1] * scale)), height)
    small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(order.randrange(2**32)).normal(0.0, 6.0, small.shape)
    noisy = np.clip(small + noise, 0, 255).astype(np.uint8)
    encoded = np.frombuffer(encode_jpeg(noisy, order.choice((35, 50, 70))), np.uint8)
    decoded: Picture = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    return decoded


def read_worn(
    crops: Sequence[tuple[str, Picture]], rounds: int, seed: int
) -> Iterator[tuple[str, Plate]]:
    """True texts, and the plates that the shipped reader reads on worn crops.

    Args:
        crops: True texts and crops.
        rounds: How often each is worn at each of ``HEIGHTS``.
        seed: Decides how.
    """
    settings = Settings()
    reader = build_plate_reader(settings.plate_reader)
    order = random.Random(seed)
    jobs = [
        (text, worn(crop, height, order))
        for _ in range(rounds)
        for height in HEIGHTS
        for text, crop in crops
    ]
    for start in range(0, len(jobs), _BATCH):
        some = jobs[start : start + _BATCH]
        for (text, crop), reading in zip(some, reader.read([one for _, one in some]), strict=True):
            detection = PlateDetection(Box(0, 0, crop.shape[1], crop.shape[0]), 1.0, crop)
            seen = interpret(
                reading.text,
                char_confidences=reading.char_confidences,
                candidates=reading.candidates,
                region_probabilities={one.region: one.probability for one in reading.regions},
            )
            yield text, Plate(detection, reading, seen)

import asyncio
import csv
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from configs.settings import PictureSourceSettings, Settings
from pipelines.engines.plate_detector import build_plate_detector
from pipelines.engines.plate_reader import build_plate_reader
from pipelines.imaging import decode
from pipelines.pictures import PictureSource
from pipelines.plates import PlatePipeline
from pipelines.training.sample_backdrops import CLEAR
from pipelines.training.sample_pictures import FOLDER, MAX_BYTES, encode, samples
from pipelines.training.sample_plates import DESIGNS
from pipelines.training.sample_streets import Parked, Street, photograph
from pipelines.training.sample_vehicles import SEDAN_FRONT, Car
from pipelines.types import Picture, PlateDetection, PlateReading
from tests.unit.picture_fetching import fetch_all

CROPPED = ("10040", "10041")


def test_truth_lists_every_sample() -> None:
    with (FOLDER / "truth.csv").open(newline="", encoding="utf-8") as file:
        rows = [(row["id"], row["text"], row["country"]) for row in csv.DictReader(file)]
    assert rows == [(sample.pict_id, sample.text, sample.country) for sample in samples()]
    assert {"10022", "9965"} <= {pict_id for pict_id, _, _ in rows}
    assert len({pict_id for pict_id, _, _ in rows}) == len(rows)


def test_every_sample_lies_in_the_folder_and_nothing_else_does() -> None:
    names = {path.name for path in (FOLDER / "images").iterdir()}
    assert names == {f"{sample.pict_id}.jpg" for sample in samples()}


def test_the_default_picture_source_serves_every_sample() -> None:
    async def encoded_samples() -> list[object]:
        source = PictureSource(PictureSourceSettings())
        outcomes = await fetch_all(source, [sample.pict_id for sample in samples()])
        await source.close()
        return list(outcomes)

    for sample, encoded in zip(samples(), asyncio.run(encoded_samples()), strict=True):
        assert isinstance(encoded, bytes)
        assert len(encoded) <= MAX_BYTES
        picture = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_UNCHANGED)
        if sample.pict_id in CROPPED:
            assert picture.shape == (56, 260)
        else:
            assert picture.shape in {(600, 800, 3), (640, 960, 3), (720, 1280, 3)}


def test_the_cropped_samples_are_what_the_script_draws() -> None:
    drawn = {sample.pict_id: sample.draw for sample in samples() if sample.pict_id in CROPPED}
    for pict_id, draw in drawn.items():
        stored = cv2.imread(str(FOLDER / "images" / f"{pict_id}.jpg"), cv2.IMREAD_UNCHANGED)
        encoded = np.frombuffer(encode(draw()), np.uint8)
        drawn_again = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)
        assert float(np.abs(stored.astype(float) - drawn_again).mean()) < 0.5


def test_a_street_is_drawn_the_same_twice_and_its_plate_covers_little_of_it() -> None:
    parked = Parked(Car(SEDAN_FRONT, (0.3, 0.02, 0.02)), DESIGNS["PL"]("WA 48215"))
    street = Street((parked,), CLEAR, size=(120, 80))
    first, second = photograph(street, 1.0), photograph(street, 1.0)
    assert np.array_equal(first, second)
    bare = photograph(replace(street, parked=(replace(parked, plate=None),)), 1.0)
    changed = np.abs(first.astype(int) - bare).max(axis=2) > 40
    assert 0.002 < changed.mean() < 0.03


def test_a_picture_that_compresses_badly_still_fits_the_limit() -> None:
    noise = np.random.default_rng(0).normal(128, 12, (640, 960, 3)).clip(0, 255).astype(np.uint8)
    assert len(encode(noise)) <= MAX_BYTES


@pytest.mark.slow
def test_the_default_engines_read_every_sample() -> None:
    settings = Settings()
    detector = build_plate_detector(settings.plate_detector)
    reader = build_plate_reader(settings.plate_reader)

    async def detect(encoded: bytes) -> Sequence[PlateDetection]:
        return detector.detect([decode(encoded, max_pixels=settings.limits.max_pixels)])[0]

    async def read(crops: Sequence[Picture]) -> Sequence[PlateReading]:
        return reader.read(crops)

    pipeline = PlatePipeline(detect, read, settings)

    async def texts() -> dict[str, str]:
        found = {}
        for sample in samples():
            encoded = (FOLDER / "images" / f"{sample.pict_id}.jpg").read_bytes()
            plates = await pipeline.read_picture(encoded)
            found[sample.pict_id] = plates[0].text.text if plates else ""
        return found

    assert asyncio.run(texts()) == {
        sample.pict_id: "".join(char for char in sample.text if char.isalnum())
        for sample in samples()
    }

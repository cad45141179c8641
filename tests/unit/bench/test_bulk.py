"""The bench of bulk jobs, without any job."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.bulk.folder import JobFolder
from pipelines.bulk.planning import Part
from tests.bench.bulk import Measured, parts_in, rate_of, told
from tests.bench.bulk_pictures import write
from tests.unit.bulk.recipes import Doubling, rows_of

FOUND = Measured(
    pictures=10,
    bare=(20.0, 19.0, 21.0),
    bare_cpu_ms=50.0,
    bulk_cpu_ms=55.0,
    killed_after=6,
    killed_rate=18.0,
    resumed=4,
    resumed_rate=20.0,
    resumed_s=9.5,
    missing=0,
    twice=0,
    touched=0,
    outcomes={"no_plate": 1, "read": 9},
)


def test_the_same_photo_makes_the_same_pictures(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), np.random.default_rng(1).integers(0, 255, (300, 500, 3), np.uint8))
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        for number in (0, 1):
            write((photo, tmp_path / folder, number))
    pictures = [(tmp_path / folder / "00000.jpg").read_bytes() for folder in ("one", "two")]
    assert pictures[0] == pictures[1] != (tmp_path / "one/00001.jpg").read_bytes()
    assert cv2.imread(str(tmp_path / "one/00001.jpg")).shape == (768, 1024, 3)


def test_the_rate_is_of_all_parts_but_the_first_of_each_worker(tmp_path: Path) -> None:
    folder, job = JobFolder(str(tmp_path)), Doubling(())
    for number, items in ((1, 3), (2, 4), (3, 5), (4, 6)):
        part = Part(number, ({"number": 1},) * items)
        asyncio.run(folder.finish(part, rows_of(job, part.items), job.schema))
        moment = number * 10**9
        os.utime(tmp_path / f"part-{number:06}.parquet", ns=(moment, moment))
    assert rate_of(parts_in(tmp_path), 1) == pytest.approx(15 / 3)
    assert rate_of(parts_in(tmp_path), 2) == pytest.approx(11 / 2)


def test_workers_in_step_are_not_counted_faster_than_they_are(tmp_path: Path) -> None:
    folder, job = JobFolder(str(tmp_path)), Doubling(())
    for number in range(1, 9):
        part = Part(number, ({"number": 1},) * 4)
        asyncio.run(folder.finish(part, rows_of(job, part.items), job.schema))
        moment = (number + 1) // 2 * 10**9 + number
        os.utime(tmp_path / f"part-{number:06}.parquet", ns=(moment, moment))
    assert rate_of(parts_in(tmp_path), 2) == pytest.approx(2 * 4)


def test_tells_no_ratio_where_the_bare_engines_differ_too_much() -> None:
    said = told(replace(FOUND, bare=(20.0, 17.0, 21.0))).splitlines()
    assert said[4] == "bulk, both: too noisy to compare, the bare engines differ by 24%"


def test_tells_rates_against_the_bare_engines_and_what_was_done_twice() -> None:
    said = told(replace(FOUND, twice=2)).splitlines()
    assert said[0] == "10 pictures: 1 no_plate, 9 read"
    assert said[1] == "bare engines: 20.0 pictures/s (20.0, 19.0, 21.0)"
    assert said[2] == "bulk, before the kill: 18.0 pictures/s, 0.90 of the bare engines"
    assert said[4] == "bulk, both: 0.95 of the bare engines"
    assert said[5] == ("processors: 55 ms a picture in bulk, 50 ms with the bare engines, 1.10")
    assert said[6].endswith("without an outcome 0, with two 2, parts written again 0")

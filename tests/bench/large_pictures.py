"""What pictures of 12 megapixels cost beside 720p ones, and how many small plates are found.

`python -m tests.bench.large_pictures` composes pictures of the development photos (GATEHOUSE_DATA),
shows each to every way in turn, on one thread, and prints processor times as ratios to those of
720p pictures of the same photos.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from configs.settings import PlateDetectorSettings, Settings
from pipelines.engines.plate_detector import build_plate_detector
from pipelines.engines.plate_reader import build_plate_reader
from pipelines.geometry import intersection_over_union
from pipelines.imaging import decode, encode_jpeg, open_picture
from pipelines.plates import PlatePipeline
from pipelines.types import Box, Picture, PlateDetection, PlateReading
from tests.bench.dataset import LabelledPicture, division, pictures
from tests.bench.large_scenes import LARGE, SMALL, Scene, filling, grainy, mosaic, pasted
from tests.bench.tables import Table

RESULTS = Path(__file__).with_name("results")
SMALL_PLATES_PX = (60, 80, 100, 120)
FOUND_OVERLAP = 0.3
"""As boxes of such plates are loose by a pixel or two."""

_TIMES = 2
"""Every way is shown every picture so often; the quicker time counts."""

_LEAST_PHOTO_PLATE_PX = 60
_QUALITY = 90


@dataclass(frozen=True, slots=True)
class Answer:
    """Boxes and texts of a picture's plates, and processor seconds without and with reading."""

    plates: tuple[tuple[Box, str], ...]
    finding_s: float
    total_s: float


class Way:
    """One way to find and read the plates of an encoded picture.

    Args:
        settings: Of the engines.
        read: Reads crops; shared by all ways.
        whole: Decodes every picture in full first.
    """

    def __init__(
        self,
        settings: PlateDetectorSettings,
        read: Callable[[Sequence[Picture]], list[PlateReading]],
        *,
        whole: bool = False,
    ) -> None:
        self._engine = build_plate_detector(settings)
        self._settings = settings
        self._whole = whole
        self._read = read
        self._pipeline = PlatePipeline(
            self._detect, self._read_crops, Settings(plate_detector=settings)
        )
        self._finding_s = 0.0

    def ask(self, jpeg: bytes) -> Answer:
        """Finds and reads the plates of a picture."""
        began = time.process_time()
        plates = asyncio.run(self._pipeline.read_picture(jpeg))
        total = time.process_time() - began
        shown = tuple((plate.detection.box, plate.text.text) for plate in plates)
        return Answer(shown, self._finding_s, total)

    async def _detect(self, jpeg: bytes) -> Sequence[PlateDetection]:
        began = time.process_time()
        if self._whole:
            found = self._engine.detect([decode(jpeg, max_pixels=50_000_000)])
        else:
            size = self._settings.decoded_size
            picture = open_picture(jpeg, max_pixels=50_000_000, longer_side=size)
            found = self._engine.detect_scalable([picture])
        self._finding_s = time.process_time() - began
        return found[0]

    async def _read_crops(self, crops: Sequence[Picture]) -> Sequence[PlateReading]:
        return self._read(crops)


@dataclass(slots=True)
class Tally:
    """What one way did with one kind of pictures; times in seconds, one a picture."""

    finding: list[float] = field(default_factory=list)
    total: list[float] = field(default_factory=list)
    found: int = 0
    read: int = 0
    false: int = 0

    @property
    def pictures(self) -> int:
        return len(self.total)


def main(arguments: list[str]) -> int:
    """Measures, prints and keeps the figures."""
    options = _options(arguments)
    root = os.environ.get("GATEHOUSE_DATA")
    if not root:
        sys.stderr.write("set GATEHOUSE_DATA to a folder with data/ (README, Development data)\n")
        return 1
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    cv2.setNumThreads(1)
    tallies, megabytes = measure(
        Path(root) / "data", scenes=options.scenes, limit_s=options.limit_s, seed=options.seed
    )
    shown = table(tallies, megabytes)
    sys.stdout.write(f"{shown.as_text()}\n")
    RESULTS.mkdir(exist_ok=True)
    figures = {f"{kind}, {way}": _figures(tally) for (kind, way), tally in tallies.items()}
    (RESULTS / "large-pictures.json").write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    (RESULTS / "large-pictures.md").write_text(shown.as_markdown() + "\n", "utf-8")
    return 0


def measure(
    data: Path, *, scenes: int, limit_s: float, seed: int
) -> tuple[dict[tuple[str, str], Tally], float]:
    """Shows each scene to all ways in turn until the time is over.

    Returns:
        Tallies by kind of picture and way, and the mean size of the large pictures, megabytes.
    """
    chosen = pictures(data, division(data / "plates", RESULTS), "test", plateless=400, seed=seed)
    photos = [photo for photo in chosen.photos if _is_usable(photo)]
    people = [path for paths in chosen.plateless.values() for path in paths]
    order = np.random.default_rng(seed)
    ways = _ways()
    tallies: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
    sizes: list[int] = []
    until = time.monotonic() + limit_s
    for number in tqdm(range(scenes), disable=not sys.stderr.isatty()):
        if number and time.monotonic() > until:
            break
        photo = photos[int(order.integers(len(photos)))]
        pixels, label = cv2.imread(str(photo.path)), photo.plates[0]
        assert label.box is not None
        backdrop = mosaic(people, LARGE, order)
        width = SMALL_PLATES_PX[number % len(SMALL_PLATES_PX)]
        shown: tuple[tuple[str, Scene | None, tuple[str, ...]], ...] = (
            ("720p", filling(pixels, label.box, SMALL), ("as served",)),
            ("12 MP, usual plate", filling(pixels, label.box, LARGE), ("whole", "as served")),
            ("12 MP, small plate", pasted(pixels, label.box, width, backdrop, order), _ALL),
            ("12 MP, no plate", None, _ALL),
        )
        for kind, scene, names in shown:
            picture = backdrop if scene is None else scene.picture
            wanted = None if scene is None else (scene.plate, label.text or "")
            jpeg = encode_jpeg(grainy(picture, order), _QUALITY)
            sizes += [len(jpeg)] if kind != "720p" else []
            for name in names:
                answers = [ways[name].ask(jpeg) for _ in range(_TIMES)]
                quickest = min(answers, key=lambda answer: answer.total_s)
                tally_answer(tallies[kind, name], quickest, wanted)
    return dict(tallies), float(np.mean(sizes)) / 1e6


_ALL = ("whole", "no tiles", "as served")


def _ways() -> dict[str, Way]:
    reader = build_plate_reader(Settings().plate_reader)
    usual = PlateDetectorSettings()
    without = usual.model_copy(update={"tiles": None})
    return {
        "whole": Way(without, reader.read, whole=True),
        "no tiles": Way(without, reader.read),
        "as served": Way(usual, reader.read),
    }


def _is_usable(photo: LabelledPicture) -> bool:
    plate = photo.plates[0]
    return (
        len(photo.plates) == 1
        and plate.text is not None
        and plate.box is not None
        and plate.box.width >= _LEAST_PHOTO_PLATE_PX
    )


def tally_answer(tally: Tally, answer: Answer, wanted: tuple[Box, str] | None) -> None:
    """Counts an answer to a picture with one plate, or without any."""
    tally.total.append(answer.total_s)
    tally.finding.append(answer.finding_s)
    if wanted is None:
        tally.false += bool(answer.plates)
        return
    box, text = wanted
    hits = [
        shown
        for place, shown in answer.plates
        if intersection_over_union(place, box) >= FOUND_OVERLAP
    ]
    tally.found += bool(hits)
    tally.read += any(_folded(shown) == _folded(text) for shown in hits)
    tally.false += len(answer.plates) > len(hits)


def _folded(text: str) -> str:
    return text.replace("O", "0").replace("I", "1")


def table(tallies: dict[tuple[str, str], Tally], megabytes: float) -> Table:
    """Ratios to the 720p pictures, and shares of the pictures."""
    base = tallies["720p", "as served"]
    rows = tuple(
        (
            kind,
            way,
            str(tally.pictures),
            f"{1000 * _mean(tally.finding):.0f}",
            f"{_mean(tally.finding) / _mean(base.finding):.2f}",
            f"{1000 * _mean(tally.total):.0f}",
            f"{_mean(tally.total) / _mean(base.total):.2f}",
            f"{tally.found / tally.pictures:.0%}",
            f"{tally.read / tally.pictures:.0%}",
            f"{tally.false / tally.pictures:.0%}",
        )
        for (kind, way), tally in tallies.items()
    )
    header = ("pictures", "way", "number", "find ms", "ratio", "all ms", "ratio")
    notes = (
        "find: decoding and detection; all: reading as well. Processor time, one thread.",
        f"Large pictures have {megabytes:.1f} MB; small plates are "
        f"{min(SMALL_PLATES_PX)} to {max(SMALL_PLATES_PX)} px wide.",
        "whole: decoded in full, no tiles. false: pictures with a plate that is none.",
    )
    return Table("Large pictures", (*header, "found", "read", "false"), rows, notes)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _figures(tally: Tally) -> dict[str, Any]:
    return {
        "pictures": tally.pictures,
        "finding_ms": 1000 * _mean(tally.finding),
        "total_ms": 1000 * _mean(tally.total),
        "found": tally.found / tally.pictures,
        "read": tally.read / tally.pictures,
        "false": tally.false / tally.pictures,
    }


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--scenes", type=int, default=40, help="pictures of each kind, at most")
    parser.add_argument("--limit-s", type=float, default=120.0, help="no new scene after this time")
    parser.add_argument("--seed", type=int, default=1, help="decides every sample")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

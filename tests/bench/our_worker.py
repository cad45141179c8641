"""The project's plate pipeline as a process: a request a line on stdin, an answer a line on stdout.

The engines are built from the Serve YAML with another reader put in; see ``workers`` for requests.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO, TypeVar

import cv2
import numpy as np
import yaml

from configs.settings import Settings
from pipelines.engines.plate_detector import build_plate_detector
from pipelines.engines.plate_reader import build_plate_reader
from pipelines.errors import GatehouseError
from pipelines.imaging import decode
from pipelines.plates import PlatePipeline
from pipelines.types import Box, Picture, Plate, PlateDetection, PlateReading

T = TypeVar("T")

_CROP_LIMITS = (480, 240)
"""Width and height that ``PlateDetection.crop`` may have."""


class Recognizer:
    """Engines and pipeline of one setting, with a stopwatch at each stage."""

    def __init__(self, settings: Settings) -> None:
        self._detector = build_plate_detector(settings.plate_detector)
        self._reader = build_plate_reader(settings.plate_reader)
        self._max_pixels = settings.limits.max_pixels
        self._settings = settings
        self._pipeline = PlatePipeline(self._detect, self._read, settings)
        self._ms: dict[str, float] = {}

    def picture(self, path: Path) -> dict[str, Any]:
        """Finds and reads all plates of a picture."""
        return self._timed_answer(lambda: self._pipeline.read_picture(path.read_bytes()))

    def box(self, path: Path, box: Sequence[int] | None) -> dict[str, Any]:
        """Reads one box of a picture as if the detector had found it surely."""

        async def detect(picture: bytes) -> Sequence[PlateDetection]:
            decoded = decode(picture, max_pixels=self._max_pixels)
            left, top, right, bottom = box or (0, 0, decoded.shape[1], decoded.shape[0])
            crop = _within_limits(decoded[top:bottom, left:right])
            return [PlateDetection(Box(left, top, right, bottom), 1.0, crop)]

        pipeline = PlatePipeline(detect, self._read, self._settings)
        return self._timed_answer(lambda: pipeline.read_picture(path.read_bytes()))

    async def _detect(self, picture: bytes) -> Sequence[PlateDetection]:
        decoded = self._timed("decode", lambda: decode(picture, max_pixels=self._max_pixels))
        return self._timed("detect", lambda: self._detector.detect([decoded])[0])

    async def _read(self, crops: Sequence[Picture]) -> Sequence[PlateReading]:
        return self._timed("read", lambda: self._reader.read(crops))

    def _timed_answer(self, work: Callable[[], Any]) -> dict[str, Any]:
        self._ms = {}
        cpu_s = time.process_time()
        plates: Sequence[Plate] = self._timed("total", lambda: asyncio.run(work()))
        self._ms["cpu"] = 1000.0 * (time.process_time() - cpu_s)
        return {
            "plates": [_as_json(plate) for plate in plates],
            "ms": {stage: round(ms, 3) for stage, ms in self._ms.items()},
        }

    def _timed(self, stage: str, work: Callable[[], T]) -> T:
        started = time.perf_counter()
        result = work()
        self._ms[stage] = self._ms.get(stage, 0.0) + 1000.0 * (time.perf_counter() - started)
        return result


def main(arguments: list[str]) -> int:
    """Answers requests until stdin ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="a Serve YAML file")
    parser.add_argument("--reader", required=True, help="plate_reader.engine")
    options = parser.parse_args(arguments)
    # Libraries print to stdout, which belongs to the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    cv2.setNumThreads(1)
    try:
        recognizer = Recognizer(settings_of(options.config, options.reader))
    except (GatehouseError, ValueError) as error:
        _say(answers, {"failed": str(error)})
        return 1
    _say(answers, {"ready": options.reader})
    for line in sys.stdin:
        request = json.loads(line)
        path = Path(request["path"])
        reads = request["task"] == "read"
        _say(answers, recognizer.box(path, request["box"]) if reads else recognizer.picture(path))
    return 0


def settings_of(config: Path, reader: str) -> Settings:
    """The settings of a Serve YAML file with one reader put in.

    Args:
        config: The file.
        reader: ``plate_reader.engine``.

    Raises:
        ValueError: The settings are refused.
    """
    args = args_of(config)
    return Settings.model_validate(
        {**args, "plate_reader": {**args.get("plate_reader", {}), "engine": reader}}
    )


def args_of(config: Path) -> dict[str, Any]:
    """The application's settings in a Serve YAML file."""
    document = yaml.safe_load(config.read_text(encoding="utf-8"))
    args: dict[str, Any] = document["applications"][0].get("args", {})
    return args


def _as_json(plate: Plate) -> dict[str, Any]:
    box = plate.detection.box
    return {
        "box": [box.x1, box.y1, box.x2, box.y2],
        "score": plate.detection.score,
        "text": plate.text.text,
        "confidence": plate.reading.confidence,
    }


def _within_limits(crop: Picture) -> Picture:
    height, width = crop.shape[:2]
    scale = min(1.0, _CROP_LIMITS[0] / width, _CROP_LIMITS[1] / height)
    if scale < 1.0:
        size = (max(1, round(scale * width)), max(1, round(scale * height)))
        crop = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(crop)


def _say(answers: TextIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

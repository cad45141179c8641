"""fast-alpr as a process: a request a line on stdin, an answer a line on stdout, as JSON.

Runs in the peer's environment and imports nothing of the project. The peer is put together as its
documentation says (``ALPR`` with a detector and a recognizer) from model files that lie here.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime

# These lie in the peer's own environment.
from fast_alpr import ALPR
from fast_alpr.default_ocr import DefaultOCR
from open_image_models.detection.core.yolo_v9.inference import (
    YoloV9Detector,
)

PROVIDERS = ["CPUExecutionProvider"]


class Stopwatch:
    """Milliseconds by stage since the last ``taken``."""

    def __init__(self) -> None:
        self._spent: dict[str, float] = {}

    def time(self, stage: str, work: Callable[..., Any], *arguments: Any) -> Any:
        """Calls ``work`` and adds what it took to ``stage``."""
        started = time.perf_counter()
        result = work(*arguments)
        taken = 1000.0 * (time.perf_counter() - started)
        self._spent[stage] = self._spent.get(stage, 0.0) + taken
        return result

    def taken(self) -> dict[str, float]:
        """What was spent, by stage; starts anew."""
        spent, self._spent = self._spent, {}
        return {stage: round(ms, 3) for stage, ms in spent.items()}


class TimedDetector:
    """The peer's detector from a file."""

    def __init__(self, path: Path, score: float, watch: Stopwatch) -> None:
        self._detector = YoloV9Detector(
            path,
            ["License Plate"],
            conf_thresh=score,
            providers=PROVIDERS,
            sess_options=_one_thread(),
        )
        self._watch = watch

    def predict(self, frame: Any) -> Any:
        """Finds plates in a ``(H, W, 3)`` uint8 BGR picture."""
        return self._watch.time("detect", self._detector.predict, frame)


class TimedReader:
    """The peer's recognizer from a file."""

    def __init__(self, path: Path, watch: Stopwatch) -> None:
        self._reader = DefaultOCR(
            providers=PROVIDERS,
            sess_options=_one_thread(),
            model_path=path,
            config_path=path.with_name(f"{path.stem}_plate_config.yaml"),
        )
        self._watch = watch

    def predict(self, cropped_plate: Any) -> Any:
        """Reads a ``(H, W, 3)`` uint8 BGR crop."""
        return self._watch.time("read", self._reader.predict, cropped_plate)


def main(arguments: list[str]) -> int:
    """Answers requests until stdin ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--detector", type=Path, required=True)
    parser.add_argument("--reader", type=Path, required=True)
    parser.add_argument("--score", type=float, default=0.4, help="least score (ALPR's default)")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    watch = Stopwatch()
    reader = TimedReader(options.reader, watch)
    alpr = ALPR(detector=TimedDetector(options.detector, options.score, watch), ocr=reader)
    _say({"ready": options.reader.stem})
    for line in sys.stdin:
        request = json.loads(line)
        if request["task"] == "loop":
            _say(looped(alpr, request))
            continue
        cpu_s = time.process_time()
        try:
            if request["task"] == "read":
                plates = watch.time("total", read_box, watch, reader, request)
            else:
                plates = watch.time("total", read_picture, watch, alpr, request)
        except cv2.error as error:
            # The peer cannot read a box without an area; its other pictures still count.
            sys.stderr.write(f"{request['path']}: {error}\n")
            plates = []
        cpu_ms = round(1000.0 * (time.process_time() - cpu_s), 3)
        _say({"plates": plates, "ms": {**watch.taken(), "cpu": cpu_ms}})
    return 0


def looped(alpr: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Reads picture after picture until the time is over; answers as the project's own loop does.

    A picture's answer are the texts of all its plates.
    """
    pictures = []
    for path in request["paths"]:
        with open(path, "rb") as file:
            pictures.append(np.frombuffer(file.read(), np.uint8))
    asked, place = [], request["first"]
    cpu_s, began = time.process_time(), time.perf_counter()
    ended = began
    while ended - began < request["seconds"]:
        picture, started = place % len(pictures), ended
        results = alpr.predict(cv2.imdecode(pictures[picture], cv2.IMREAD_COLOR))
        texts = [_reading(one.ocr)["text"] for one in results]
        ended = time.perf_counter()
        asked.append([picture, ended - started, texts, None])
        place += 1
    return {"asked": asked, "elapsed_s": ended - began, "cpu_s": time.process_time() - cpu_s}


def read_picture(watch: Stopwatch, alpr: Any, request: dict[str, Any]) -> list[dict[str, Any]]:
    """Finds and reads all plates of a picture."""
    picture = watch.time("decode", cv2.imread, request["path"])
    return [
        {
            "box": [box.x1, box.y1, box.x2, box.y2],
            "score": float(result.detection.confidence),
            **_reading(result.ocr),
        }
        for result in alpr.predict(picture)
        for box in [result.detection.bounding_box]
    ]


def read_box(
    watch: Stopwatch, reader: TimedReader, request: dict[str, Any]
) -> list[dict[str, Any]]:
    """Reads one box of a picture, or the whole of it."""
    picture = watch.time("decode", cv2.imread, request["path"])
    left, top, right, bottom = request["box"] or (0, 0, picture.shape[1], picture.shape[0])
    result = reader.predict(picture[top:bottom, left:right])
    return [{"box": [left, top, right, bottom], "score": 1.0, **_reading(result)}]


def _reading(result: Any) -> dict[str, Any]:
    if result is None or not result.text:
        return {"text": "", "confidence": 0.0}
    sure = result.confidence if isinstance(result.confidence, list) else [result.confidence]
    confidence = 1.0
    for one in sure[: len(result.text)]:
        confidence *= one
    return {"text": result.text, "confidence": confidence}


def _one_thread() -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return options


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

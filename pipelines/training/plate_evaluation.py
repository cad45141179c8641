"""Measures an exported plate detector on held-out pictures, with ONNX Runtime on one thread.

Pictures are scaled as the service scales them.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from pipelines.engines.letterbox import letterbox
from pipelines.training.plate_data import read_pictures
from pipelines.training.plate_metrics import Found, without_overlaps

SIDES = (416, 640)
"""Longer sides of the service's first look and of its second, px."""

LOWEST_SCORE = 0.01


@dataclass(frozen=True)
class Evaluation:
    """A detector's answers on the validation part, without boxes that overlap a better one.

    Attributes:
        side: Longer side of the pictures it saw, px.
        labelled: One entry a validation picture.
        plateless: One entry a picture without plates.
        median_ms: Median time of the session's run, one thread, milliseconds.
    """

    side: int
    labelled: tuple[Found, ...]
    plateless: tuple[Found, ...]
    median_ms: float


class Session:
    """An exported detector on ONNX Runtime, one thread."""

    def __init__(self, weights: Path, side: int) -> None:
        """Loads a detector.

        Args:
            weights: An ONNX file with input ``images`` and an end-to-end head.
            side: Longer side to which pictures are scaled, px, a multiple of 32.
        """
        self._side = side
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = ort.InferenceSession(
            str(weights), options, providers=["CPUExecutionProvider"]
        )
        self.times_s: list[float] = []

    def __call__(self, picture: npt.NDArray[np.uint8]) -> Found:
        """Finds plates.

        Args:
            picture: ``(H, W, 3)`` uint8 BGR.

        Returns:
            Boxes in pixels of the picture, without truth.
        """
        height, width = picture.shape[:2]
        framed = letterbox(picture, self._side)
        tensor = framed.canvas[..., ::-1].transpose(2, 0, 1)[None].astype(np.float32) / 255
        started = time.perf_counter()
        rows = self._session.run(None, {"images": tensor})[0][0].astype(np.float64)
        self.times_s.append(time.perf_counter() - started)
        rows = rows[rows[:, 4] >= LOWEST_SCORE]
        offset = np.array([framed.left, framed.top] * 2)
        ratio = np.array([framed.scale_x, framed.scale_y] * 2)
        boxes = np.clip((rows[:, :4] - offset) / ratio, 0.0, [width, height, width, height])
        return Found(boxes, rows[:, 4], np.zeros((0, 4)), scale=framed.scale_x)


def evaluate(weights: Path, dataset: Path, side: int) -> Evaluation:
    """Runs a detector over a prepared data set's validation part and plateless pictures.

    Args:
        weights: The ONNX file.
        dataset: Folder that ``prepare`` wrote.
        side: Longer side to which pictures are scaled, px, a multiple of 32.

    Raises:
        ValueError: A picture cannot be decoded.
    """
    session = Session(weights, side)
    labelled = []
    for part in read_pictures(dataset, "val"):
        picture = _read(part.path)
        height, width = picture.shape[:2]
        truth = part.boxes * [width, height, width, height]
        found = replace(session(picture), truth=truth, source=part.source)
        labelled.append(without_overlaps(found))
    plateless = []
    for path in sorted((dataset / "plateless").iterdir()):
        found = replace(session(_read(path)), source=path.name.split("_")[0])
        plateless.append(without_overlaps(found))
    median_ms = float(np.median(session.times_s)) * 1e3
    return Evaluation(side, tuple(labelled), tuple(plateless), median_ms)


def by_source(results: Sequence[Found]) -> dict[str, list[Found]]:
    """Sorts results by their data source."""
    parts: dict[str, list[Found]] = {}
    for found in results:
        parts.setdefault(found.source, []).append(found)
    return dict(sorted(parts.items()))


def _read(path: Path) -> npt.NDArray[np.uint8]:
    picture = cv2.imread(str(path))
    if picture is None:
        raise ValueError(f"cannot decode {path}")
    return np.asarray(picture, np.uint8)

"""Measures an exported plate detector on held-out pictures, with ONNX Runtime on one thread."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from pipelines.training.plate_data import read_pictures
from pipelines.training.plate_metrics import Found

SIDE = 640
STRIDE = 32
GREY = 114
LOWEST_SCORE = 0.01


@dataclass(frozen=True)
class Evaluation:
    """A detector's answers on the validation split.

    Attributes:
        labelled: One entry a validation picture.
        plateless: One entry a picture without plates.
        median_ms: Median time of the session's run, one thread, milliseconds.
    """

    labelled: tuple[Found, ...]
    plateless: tuple[Found, ...]
    median_ms: float


class Session:
    """An exported detector on ONNX Runtime, one thread."""

    def __init__(self, weights: Path) -> None:
        """Loads ``weights``, an ONNX file with input ``images`` and an end-to-end head."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = ort.InferenceSession(
            str(weights), options, providers=["CPUExecutionProvider"]
        )
        self.times_s: list[float] = []

    def __call__(self, picture: npt.NDArray[np.uint8]) -> tuple[np.ndarray, np.ndarray]:
        """Finds plates.

        Args:
            picture: ``(H, W, 3)`` uint8 BGR.

        Returns:
            ``(N, 4)`` float64 xyxy pixels of the picture, and ``(N,)`` float64 scores.
        """
        height, width = picture.shape[:2]
        scale = SIDE / max(height, width)
        new_h, new_w = round(height * scale), round(width * scale)
        pad_h, pad_w = -new_h % STRIDE, -new_w % STRIDE
        kind = cv2.INTER_LINEAR if scale > 1 else cv2.INTER_AREA
        framed = cv2.copyMakeBorder(
            cv2.resize(picture, (new_w, new_h), interpolation=kind),
            pad_h // 2, pad_h - pad_h // 2, pad_w // 2, pad_w - pad_w // 2,
            cv2.BORDER_CONSTANT, value=(GREY, GREY, GREY),
        )  # fmt: skip
        tensor = np.ascontiguousarray(framed[..., ::-1].transpose(2, 0, 1)[None], np.float32) / 255
        started = time.perf_counter()
        rows = self._session.run(None, {"images": tensor})[0][0].astype(np.float64)
        self.times_s.append(time.perf_counter() - started)
        rows = rows[rows[:, 4] >= LOWEST_SCORE]
        offset = np.array([pad_w // 2, pad_h // 2] * 2)
        ratio = np.array([new_w / width, new_h / height] * 2)
        boxes = (rows[:, :4] - offset) / ratio
        return np.clip(boxes, 0.0, [width, height, width, height]), rows[:, 4]


def evaluate(weights: Path, dataset: Path) -> Evaluation:
    """Runs a detector over a prepared data set's validation part and plateless pictures.

    Args:
        weights: The ONNX file.
        dataset: Folder that ``prepare`` wrote.

    Raises:
        ValueError: A picture cannot be decoded.
    """
    session = Session(weights)
    labelled = []
    for part in read_pictures(dataset, "val"):
        picture = _read(part.path)
        height, width = picture.shape[:2]
        boxes, scores = session(picture)
        truth = part.boxes * [width, height, width, height]
        labelled.append(Found(boxes, scores, truth, part.source))
    plateless = []
    for path in sorted((dataset / "plateless").iterdir()):
        boxes, scores = session(_read(path))
        plateless.append(Found(boxes, scores, np.zeros((0, 4)), path.name.split("_")[0]))
    return Evaluation(tuple(labelled), tuple(plateless), float(np.median(session.times_s)) * 1e3)


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

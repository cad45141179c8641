"""Networks behind the plate detector: letterboxed canvases in, boxes on them out."""

import ast
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import cv2
import numpy as np
import onnxruntime

from configs.settings import PlateDetectorSettings
from pipelines.engines import onnx_runtime
from pipelines.engines.ultralytics_runtime import load_model
from pipelines.errors import ConfigurationError
from pipelines.types import Picture

Row = tuple[float, float, float, float, float]
"""x1, y1, x2, y2 in pixels of the canvas, and the score, [0, 1]."""

MAX_CANDIDATES: Final = 100

_NMS_OVERLAP: Final = 0.6
_WARM_UP: Final = (160, 160, 3)


class DetectionNetwork(Protocol):
    """Finds boxes on canvases of one size, best score first. Thread-safe."""

    def boxes(self, canvases: Sequence[Picture]) -> list[list[Row]]: ...


def load_network(path: Path, settings: PlateDetectorSettings) -> DetectionNetwork:
    """Opens weights and runs them once.

    ONNX weights with an end-to-end head and free sides run on the CPU by ONNX Runtime alone:
    Ultralytics' own way to them takes some milliseconds a picture and 250 MB of PyTorch.

    Args:
        path: A .pt or .onnx file.
        settings: The device, the precision and the least score.

    Raises:
        ConfigurationError: The weights have no class of plates, or need another package.
    """
    if path.suffix.lower() == ".onnx" and settings.device == "cpu" and not settings.half:
        session = onnx_runtime.open_session(path)
        if _is_end_to_end(session):
            return OnnxNetwork(session, settings.min_score)
    return UltralyticsNetwork(path, settings)


class OnnxNetwork:
    """An end-to-end detector that Ultralytics exported, run by ONNX Runtime.

    Args:
        session: Its input takes any batch, height and width.
        min_score: Boxes that do not score more are dropped.

    Raises:
        ConfigurationError: None of several classes is named like a plate.
    """

    def __init__(self, session: onnxruntime.InferenceSession, min_score: float) -> None:
        self.session = session
        self._input = session.get_inputs()[0].name
        self._min_score = min_score
        names = session.get_modelmeta().custom_metadata_map["names"]
        self._classes = plate_classes(ast.literal_eval(names))
        self.boxes([np.zeros(_WARM_UP, np.uint8)])

    def boxes(self, canvases: Sequence[Picture]) -> list[list[Row]]:
        """Finds boxes.

        Args:
            canvases: ``(h, w, 3)`` uint8 BGR each, all of one size, sides multiples of 32.
        """
        batch = cv2.dnn.blobFromImages(list(canvases), 1 / 255, swapRB=True)
        answers = self.session.run(None, {self._input: batch})[0]
        height, width = canvases[0].shape[:2]
        found = []
        for rows in answers:
            kept = rows[rows[:, 4] > self._min_score]
            if self._classes is not None:
                kept = kept[np.isin(kept[:, 5].astype(int), self._classes)]
            kept = kept[:MAX_CANDIDATES, :5]
            kept[:, 0:4:2] = kept[:, 0:4:2].clip(0, width)
            kept[:, 1:4:2] = kept[:, 1:4:2].clip(0, height)
            found.append([tuple(row) for row in kept.tolist()])
        return found


class UltralyticsNetwork:
    """Any detection weights, run by Ultralytics; those with an end-to-end head without NMS.

    Args:
        path: A .pt or .onnx file.
        settings: The device, the precision and the least score.

    Raises:
        ConfigurationError: None of several classes is named like a plate.
    """

    def __init__(self, path: Path, settings: PlateDetectorSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._classes: list[int] | None = None
        self._model = load_model(path)
        blank = np.zeros((settings.image_size, settings.image_size, 3), np.uint8)
        (result,) = self._predict([blank])
        self._classes = plate_classes(result.names)

    def boxes(self, canvases: Sequence[Picture]) -> list[list[Row]]:
        """Finds boxes.

        Args:
            canvases: ``(h, w, 3)`` uint8 BGR each, all of one size, sides multiples of 32.
        """
        results = self._predict(list(canvases))
        return [
            [tuple(row[:5]) for row in result.boxes.data.cpu().numpy().tolist()]
            for result in results
        ]

    def _predict(self, canvases: list[Picture]) -> list[Any]:
        # Each call replaces the arguments of the one predictor.
        with self._lock:
            results: list[Any] = self._model.predict(
                canvases,
                imgsz=max(canvases[0].shape[:2]),
                conf=self._settings.min_score,
                iou=_NMS_OVERLAP,
                agnostic_nms=True,
                max_det=MAX_CANDIDATES,
                classes=self._classes,
                nms=False,
                device=self._settings.device,
                quantize=16 if self._settings.half else None,
                verbose=False,
            )
        return results


def plate_classes(names: dict[int, str]) -> list[int] | None:
    """Classes that count as plates; None is all of them.

    Args:
        names: Class names by index.

    Raises:
        ConfigurationError: There are several classes and none is named like a plate.
    """
    if len(names) == 1:
        return None
    plates = [index for index, name in names.items() if "plate" in name.lower()]
    if not plates:
        raise ConfigurationError(
            "the plate detector's weights have several classes and none is named like a plate: "
            + ", ".join(names.values())
        )
    return plates


def _is_end_to_end(session: onnxruntime.InferenceSession) -> bool:
    """Whether a session's model takes any size and answers boxes that need no suppression."""
    metadata = session.get_modelmeta().custom_metadata_map
    inputs, outputs = session.get_inputs(), session.get_outputs()
    return (
        metadata.get("end2end") == "True"
        and "names" in metadata
        and len(inputs) == len(outputs) == 1
        and inputs[0].type == "tensor(float)"
        and not any(isinstance(inputs[0].shape[axis], int) for axis in (0, 2, 3))
        and outputs[0].shape[-1] == 6
    )

"""Networks behind the plate detector: letterboxed canvases in, boxes on them out."""

import ast
import math
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import cv2
import numpy as np

from configs.settings import PlateDetectorSettings
from pipelines.engines.networks import PLATE_DETECTOR, Network, open_network
from pipelines.engines.ultralytics_runtime import load_model
from pipelines.errors import ConfigurationError
from pipelines.types import Picture

Row = tuple[float, float, float, float, float]
"""x1, y1, x2, y2 in pixels of the canvas, and the score, [0, 1]."""

MAX_CANDIDATES: Final = 100

_OWN_DEVICES: Final = ("cpu", "cuda")
_NMS_OVERLAP: Final = 0.6
_WARM_UP: Final = (256, 416, 3)
_SHARES: Final = (0.6, 0.75, 1.0)
_STRIDE: Final = 32
_GREY: Final = (114, 114, 114)


class DetectionNetwork(Protocol):
    """Finds boxes on canvases of one size, best score first. Thread-safe."""

    def boxes(self, canvases: Sequence[Picture]) -> list[list[Row]]: ...


def load_network(path: Path, settings: PlateDetectorSettings) -> DetectionNetwork:
    """Opens weights and runs them once.

    ONNX weights with an end-to-end head and free sides run without Ultralytics, whose own way to
    them takes some milliseconds a picture and 250 MB of PyTorch.

    Args:
        path: A .pt or .onnx file.
        settings: The device, the runtime, the precision and the least score.

    Raises:
        ConfigurationError: The weights have no class of plates, or need another package.
    """
    is_onnx = path.suffix.lower() == ".onnx"
    if is_onnx and not settings.half and settings.device.startswith(_OWN_DEVICES):
        network = open_network(path, PLATE_DETECTOR, settings.runtime, settings.device)
        if _is_end_to_end(network):
            return OnnxNetwork(network, settings.min_score)
    return UltralyticsNetwork(path, settings)


class OnnxNetwork:
    """An end-to-end detector that Ultralytics exported, run without Ultralytics.

    Args:
        network: Its input takes any batch, height and width.
        min_score: Boxes that do not score more are dropped.

    Raises:
        ConfigurationError: None of several classes is named like a plate.
    """

    def __init__(self, network: Network, min_score: float) -> None:
        self.network = network
        self._input, self._output = network.inputs[0].name, network.outputs[0].name
        self._min_score = min_score
        self._classes = plate_classes(ast.literal_eval(network.metadata["names"]))
        self.boxes([np.zeros(_WARM_UP, np.uint8)])

    def boxes(self, canvases: Sequence[Picture]) -> list[list[Row]]:
        """Finds boxes.

        Args:
            canvases: ``(h, w, 3)`` uint8 BGR each, all of one size, sides multiples of 32.
        """
        height, width = canvases[0].shape[:2]
        if self.network.prefers_few_sizes:
            canvases = [padded(canvas) for canvas in canvases]
        batch = cv2.dnn.blobFromImages(list(canvases), 1 / 255, swapRB=True)
        (answers,) = self.network.run([self._output], {self._input: batch})
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


def padded(canvas: Picture) -> Picture:
    """Adds grey below or on the right, so that few sizes of canvases are left.

    The shorter side becomes 0.6, 0.75 or all of the longer one, which for pictures of 16:9, 4:3
    and 1:1 changes nothing.

    Args:
        canvas: ``(h, w, 3)`` uint8 BGR, sides multiples of 32.
    """
    longer, shorter = max(canvas.shape[:2]), min(canvas.shape[:2])
    steps = (math.ceil(longer * share / _STRIDE) * _STRIDE for share in _SHARES)
    least = next(step for step in steps if step >= shorter)
    below, right = (max(0, least - side) for side in canvas.shape[:2])
    if not below and not right:
        return canvas
    wide: Picture = cv2.copyMakeBorder(canvas, 0, below, 0, right, cv2.BORDER_CONSTANT, value=_GREY)
    return wide


def _is_end_to_end(network: Network) -> bool:
    """Whether a network takes any size and answers boxes that need no suppression."""
    metadata, inputs, outputs = network.metadata, network.inputs, network.outputs
    return (
        metadata.get("end2end") == "True"
        and "names" in metadata
        and len(inputs) == len(outputs) == 1
        and inputs[0].dtype == "float32"
        and not any(inputs[0].shape[axis] for axis in (0, 2, 3))
        and outputs[0].shape[-1] == 6
    )

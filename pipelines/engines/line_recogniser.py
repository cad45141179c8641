"""Reading single lines of text with a PaddleOCR recognition model."""

from collections import defaultdict
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.settings import ROOT, PlateReaderSettings
from pipelines.engines import paddle_models
from pipelines.engines.ctc import LineText, PlateClasses, decode
from pipelines.engines.paddle_runner import PLATE_TEXT, replace_runner
from pipelines.errors import ConfigurationError
from pipelines.types import Picture

_HEIGHT: Final = 48
_WIDTHS: Final = 320
"""Lines are padded to a multiple of this: PP-OCR reads best at the width it was trained with, and
a line reads the same whatever else is in its batch."""

_MOST_WIDTHS: Final = 3
_PADDING: Final = (127, 127, 127)


class LineRecogniser:
    """PaddleOCR's TextRecognition, asked for probabilities instead of texts.

    Not thread-safe; the plate reader guards it.

    Args:
        settings: Model, folder, device, batch size and number of candidates.

    Raises:
        ConfigurationError: The model cannot be loaded, does not read plate characters or is not
            for the runtime.
    """

    def __init__(self, settings: PlateReaderSettings) -> None:
        folder = (
            None if settings.model_dir is None else ROOT / Path(settings.model_dir).expanduser()
        )
        carried = paddle_models.RECOGNISER
        is_carried = folder is None and settings.model == carried.name
        runs_here = is_carried and settings.device == "cpu"
        if settings.runtime == "openvino" and not runs_here:
            raise ConfigurationError(
                f"runtime openvino computes {carried.name} without model_dir on the cpu only; for "
                f"{settings.model!r} on {settings.device!r} set auto or onnxruntime"
            )
        if is_carried:
            folder = paddle_models.prepare(carried)
        self._model: Any = paddle_models.load(
            "TextRecognition", settings.model, folder, settings.device
        )
        if runs_here and folder is not None:
            replace_runner(self._model, folder, PLATE_TEXT, settings.runtime)
        self._batch_size = settings.batch_size
        self._most = settings.max_candidates
        predictor = self._model.paddlex_predictor
        try:
            classes = PlateClasses(predictor.post_op.character)
        except ValueError as error:
            raise ConfigurationError(f"{settings.model!r} cannot read plates: {error}") from error
        predictor.post_op = _Frames(classes)

    def read(self, lines: Sequence[Picture]) -> list[tuple[LineText, ...]]:
        """Return the likeliest texts of each line, in order, best first.

        Args:
            lines: ``(h, w, 3)`` uint8 BGR, h and w at least 1; not changed.
        """
        by_width: defaultdict[int, list[int]] = defaultdict(list)
        ready = [_ready(line) for line in lines]
        for place, line in enumerate(ready):
            by_width[line.shape[1]].append(place)
        texts: dict[int, tuple[LineText, ...]] = {}
        for places in by_width.values():
            batch = [ready[place] for place in places]
            results = self._model.predict_iter(batch, batch_size=self._batch_size)
            for place, result in zip(places, results, strict=True):
                texts[place] = decode(result["rec_score"], self._most)
        return [texts[place] for place in range(len(lines))]


class _Frames:
    """Stands in for PaddleX's CTC decoder: hands on folded probabilities as the scores."""

    def __init__(self, classes: PlateClasses) -> None:
        self._classes = classes

    def __call__(
        self, outputs: Sequence[NDArray[np.float32]], **_: Any
    ) -> tuple[list[str], list[NDArray[np.float32]]]:
        frames = self._classes(np.asarray(outputs[0]))
        return [""] * len(frames), list(frames)


def _ready(line: Picture) -> Picture:
    """Return the line 48 px high, padded on the right to a multiple of 320 px."""
    height, width = line.shape[:2]
    scaled = min(max(1, ceil(_HEIGHT * width / height)), _WIDTHS * _MOST_WIDTHS)
    interpolation = cv2.INTER_AREA if height > _HEIGHT else cv2.INTER_CUBIC
    resized = cv2.resize(line, (scaled, _HEIGHT), interpolation=interpolation)
    padding = ceil(scaled / _WIDTHS) * _WIDTHS - scaled
    padded: Picture = cv2.copyMakeBorder(
        resized, 0, 0, 0, padding, cv2.BORDER_CONSTANT, value=_PADDING
    )
    return padded

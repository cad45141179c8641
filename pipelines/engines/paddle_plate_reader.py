"""Reading plate crops with PaddleOCR."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import nlargest
from math import prod
from typing import Final

from configs.settings import PlateReaderSettings
from pipelines.engines.calibration import Calibration, calibrated
from pipelines.engines.ctc import LineText
from pipelines.engines.line_recogniser import LineRecogniser
from pipelines.engines.plate_bands import without_bands
from pipelines.engines.plate_lines import LineFinder
from pipelines.types import Picture, PlateCandidate, PlateReading

_SURE: Final = 0.9
"""Less probable texts are read a second time from other cuts of the crop."""

_TRIMS: Final = (0.1, 0.2)
"""Shares of the height cut off above and below for the second readings."""

_LEAST_SIDE_PX: Final = 8
_WIDEST: Final = 20.0
"""Crops beyond these bounds show no text; width over height."""

_LEAST_PROBABLE: Final = 0.02
"""Texts below this are noise: nothing is read then."""

CALIBRATION: Final = Calibration(slope=0.62, intercept=0.23)
"""Of PP-OCRv6_small_rec, fitted by pipelines.training.reader_calibration on 682 plates that are not
for the test: the expected calibration error fell from 0.035 to 0.017."""

Way = tuple[LineText, ...]
"""One way to read a plate: a text for each of its lines."""


class PaddlePlateReader:
    """PaddleOCR text detection finds the lines of a crop, text recognition reads them.

    Where that leaves doubt, the crop is also read as one line from two other cuts, and the text
    with the most support wins. Thread-safe.

    Args:
        settings: The reader's settings.
        calibrate: Turns a text's support into its confidence.

    Raises:
        ConfigurationError: The model cannot be loaded.
    """

    def __init__(self, settings: PlateReaderSettings, calibrate: Calibration = CALIBRATION) -> None:
        self._calibrate = calibrate
        self.model_id = settings.model
        self._most = settings.max_candidates
        self._lock = threading.Lock()
        self._recogniser = LineRecogniser(settings)
        self._finder = LineFinder(settings.device, settings.runtime)

    def read(self, crops: Sequence[Picture]) -> list[PlateReading]:
        """Read each crop, in order; a crop without text reads as an empty text.

        Args:
            crops: ``(h, w, 3)`` uint8 BGR of one plate each; not changed.
        """
        with self._lock:
            found = [self._finder.lines(crop) if _readable(crop) else () for crop in crops]
            first = self._read([list(_with_and_without_bands(lines)) for lines in found])
            seconds = [
                list(_cuts(crop)) if _readable(crop) and _doubtful(ways) else []
                for crop, ways in zip(crops, first, strict=True)
            ]
            second = self._read(seconds)
        return [
            calibrated(_reading([*before, *after], self._most), self._calibrate)
            for before, after in zip(first, second, strict=True)
        ]

    def _read(self, plates: Sequence[Sequence[Sequence[Picture]]]) -> list[list[list[Way]]]:
        """Read cuts of plates, each a sequence of lines; return the ways to read each cut."""
        lines = [line for cuts in plates for cut in cuts for line in cut]
        texts = iter(self._recogniser.read(lines))
        return [
            [likeliest([next(texts) for _ in cut], self._most) for cut in cuts] for cuts in plates
        ]


def _readable(crop: Picture) -> bool:
    height, width = crop.shape[:2]
    return bool(min(height, width) >= _LEAST_SIDE_PX and width <= _WIDEST * height)


def _with_and_without_bands(lines: tuple[Picture, ...]) -> Iterator[tuple[Picture, ...]]:
    yield lines
    bare = [without_bands(line) for line in lines]
    if any(line is not None for line in bare):
        yield tuple(
            line if between is None else between for line, between in zip(lines, bare, strict=True)
        )


def _cuts(crop: Picture) -> Iterator[tuple[Picture]]:
    height = crop.shape[0]
    for trim in _TRIMS:
        yield (crop[int(height * trim) : height - int(height * trim)],)


def likeliest(lines: Sequence[Sequence[LineText]], most: int) -> list[Way]:
    """Return the likeliest combinations of the lines' texts, best first.

    Args:
        lines: The texts of each line, top to bottom.
        most: Most combinations returned; time and memory grow with it and not with all that
            there are.
    """
    ways: list[Way] = [()]
    for texts in lines:
        longer = ((*way, text) for way in ways for text in texts)
        # One more than is wanted, as one way may read nothing.
        ways = nlargest(most + 1, longer, key=_probability)
    return [way for way in ways if _text(way) and _probability(way) >= _LEAST_PROBABLE][:most]


def _text(way: Way) -> str:
    return "".join(line.text for line in way)


def _probability(way: Way) -> float:
    return prod(line.probability for line in way)


def _doubtful(cuts: Sequence[Sequence[Way]]) -> bool:
    return not any(ways and _probability(ways[0]) >= _SURE for ways in cuts)


def _reading(cuts: Sequence[Sequence[Way]], most: int) -> PlateReading:
    """Return the text with the most support over all cuts of a plate."""
    support: defaultdict[str, float] = defaultdict(float)
    best: dict[str, Way] = {}
    for way in (way for ways in cuts for way in ways):
        text, probability = _text(way), _probability(way)
        support[text] += probability
        if text not in best or probability > _probability(best[text]):
            best[text] = way
    if not support:
        return PlateReading("", 0.0, (), (), ())
    ranked = sorted(support, key=lambda text: (-support[text], text))[:most]
    total = max(1.0, sum(support.values()))
    candidates = tuple(PlateCandidate(text, support[text] / total) for text in ranked)
    way = best[ranked[0]]
    return PlateReading(
        text=ranked[0],
        confidence=candidates[0].confidence,
        char_confidences=tuple(c for line in way for c in line.char_confidences),
        candidates=candidates,
        lines=tuple(line.text for line in way if line.text),
    )

"""Reading plate crops with the service's own small reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from configs.settings import PlateReaderSettings
from pipelines.engines.calibration import Calibration, calibrated
from pipelines.engines.plate_evidence import Evidence, lines
from pipelines.engines.plate_recogniser import UNKNOWN_REGION, PlateRecogniser, Recognition
from pipelines.engines.plate_views import further_views
from pipelines.errors import ConfigurationError
from pipelines.types import Picture, PlateCandidate, PlateReading, RegionGuess

UNREAD: Final = PlateReading("", 0.0, (), (), ())

_LEAST_SIDE_PX: Final = 8
_WIDEST: Final = 20.0
"""Crops beyond these bounds show no text; width over height."""

_LEAST_CONTRAST: Final = 4.0
"""Standard deviation, grey levels."""

_LEAST_PROBABLE: Final = 0.01
"""Texts below this are noise: nothing is read then."""

LEAST_AT_FIRST: Final = 0.05
"""Confidence of the first look that further looks are worth.

150 photos had 122 plates or doubtful boxes that were not surely read. The first look gave 60 of
them less: blurred beyond reading or in a script without Latin letters and digits. Further views
read one of the 60, as characters that are not there. Of 439 cuts of readable plates it gave one
less, which nothing read.
"""

_LEAST_REGION: Final = 0.01
_MOST_REGIONS: Final = 5


@dataclass(frozen=True, slots=True)
class Stages:
    """Calibrations of a reading from the crop as it is, and from several views of it."""

    first: Calibration = field(default_factory=Calibration)
    views: Calibration = field(default_factory=Calibration)

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """Take the numbers from JSON.

        Raises:
            KeyError, TypeError, ValueError: They are no calibrations'.
        """
        return cls(Calibration.of(fields["first"]), Calibration.of(fields["views"]))


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A reading, and what it was read from; None where there is hardly anything to read."""

    reading: PlateReading
    evidence: Evidence | None


class SmallPlateReader:
    """A small network reads the crop, and further views of it where the first leaves doubt.

    Where the first finds hardly anything, there is no second. Thread-safe.

    Args:
        settings: Weights, batch size, number of candidates and what counts as doubt. Weights
            without a calibration in the description beside them are taken as calibrated.

    Raises:
        ConfigurationError: The weights or their calibration cannot be used.
    """

    def __init__(self, settings: PlateReaderSettings) -> None:
        self._recogniser = PlateRecogniser(settings.weights, settings.batch_size, settings.runtime)
        self.model_id = self._recogniser.model_id
        self._most = settings.max_candidates
        self._doubt_below = settings.doubt_below
        fields = self._recogniser.calibration("plates")
        try:
            self._stages = Stages() if fields is None else Stages.of(fields)
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigurationError(
                f"the calibration of {self._recogniser.path} cannot be used: {error!r}"
            ) from error

    def calibration(self, name: str) -> Mapping[str, Any] | None:
        """Return a calibration that came with the weights."""
        return self._recogniser.calibration(name)

    def read(self, crops: Sequence[Picture]) -> list[PlateReading]:
        """Read each crop, in order; a crop without text reads as an empty text.

        Args:
            crops: ``(h, w, 3)`` uint8 BGR of one plate each; not changed.
        """
        return [look.reading for look in self.look(crops)]

    def look(self, crops: Sequence[Picture]) -> list[Look]:
        """Read each crop as ``read`` does, and keep what it was read from."""
        looks = [Look(UNREAD, None) for _ in crops]
        readable = [place for place, crop in enumerate(crops) if _readable(crop)]
        first = self._recogniser([crops[place] for place in readable])
        for place, recognition in zip(readable, first, strict=True):
            look = self._look((recognition,), self._stages.first)
            if look.reading.confidence >= LEAST_AT_FIRST:
                looks[place] = look
        doubtful = [
            place
            for place, look in enumerate(looks)
            if look.evidence is not None and look.reading.confidence < self._doubt_below
        ]
        views = {place: further_views(crops[place]) for place in doubtful}
        further = iter(self._recogniser([view for some in views.values() for view in some]))
        for place, recognition in zip(readable, first, strict=True):
            if place in views:
                others = tuple(next(further) for _ in views[place])
                looks[place] = self._look((recognition, *others), self._stages.views)
        return looks

    def _look(self, looks: tuple[Recognition, ...], calibrate: Calibration) -> Look:
        evidence = Evidence(looks)
        return Look(reading_of(evidence, calibrate, self._recogniser.regions, self._most), evidence)


def reading_of(
    evidence: Evidence, calibrate: Calibration, regions: Sequence[str], most: int
) -> PlateReading:
    """Return what looks at a crop say, an empty text where they show hardly any.

    Args:
        evidence: What the looks said.
        calibrate: Turns the likeliest text's probability into a confidence.
        regions: Names of all regions, as the recogniser orders them.
        most: Most candidates returned.
    """
    ranked = evidence.texts()
    best = ranked[0]
    if not best.text or best.probability < _LEAST_PROBABLE:
        return UNREAD
    named = [PlateCandidate(way.text, way.probability) for way in ranked if way.text]
    raw = PlateReading(
        text=best.text,
        confidence=best.probability,
        char_confidences=best.char_confidences,
        candidates=tuple(named[:most]),
        lines=lines(best),
        regions=region_guesses(regions, evidence.regions()),
    )
    return calibrated(raw, calibrate)


def region_guesses(
    names: Sequence[str], probabilities: NDArray[np.float32]
) -> tuple[RegionGuess, ...]:
    """Return the likely regions, best first; what is left over is unknown.

    Args:
        names: Of all regions.
        probabilities: ``(R,)`` in the order of the names.
    """
    guesses = [
        RegionGuess(name, min(probability, 1.0))
        for name, probability in zip(names, probabilities.tolist(), strict=True)
        if name != UNKNOWN_REGION and probability >= _LEAST_REGION
    ]
    return tuple(sorted(guesses, key=lambda guess: -guess.probability)[:_MOST_REGIONS])


def _readable(crop: Picture) -> bool:
    height, width = crop.shape[:2]
    return bool(
        min(height, width) >= _LEAST_SIDE_PX
        and width <= _WIDEST * height
        and float(crop.std()) >= _LEAST_CONTRAST
    )

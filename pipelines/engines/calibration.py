"""From what an engine answers to how often such an answer is right."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import exp, log
from typing import Any, Final, Self

from pipelines.types import PlateCandidate, PlateReading

_LEAST: Final = 1e-4
"""Odds are taken of probabilities this far from 0 and 1 at least."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling (Platt, 1999) of the log odds; the default changes nothing.

    Attributes:
        slope: Above 0, so that the order of readings stays.
        intercept: Added to the scaled log odds.
    """

    slope: float = 1.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        if not self.slope > 0.0:
            raise ValueError(f"a calibration's slope must be above 0, not {self.slope}")

    def __call__(self, probability: float) -> float:
        """Return the probability of being right for an engine's own, both [0, 1]."""
        return logistic(self.slope * log_odds(probability) + self.intercept)

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """Take the numbers from JSON.

        Raises:
            KeyError, TypeError, ValueError: They are no calibration's.
        """
        return cls(slope=float(fields["slope"]), intercept=float(fields["intercept"]))


def log_odds(probability: float) -> float:
    """Return the natural logarithm of a probability's odds, bounded near 0 and 1."""
    inside = min(max(probability, _LEAST), 1.0 - _LEAST)
    return log(inside / (1.0 - inside))


def logistic(odds: float) -> float:
    """Return the probability of log odds."""
    return 1.0 / (1.0 + exp(-odds)) if odds >= 0.0 else exp(odds) / (1.0 + exp(odds))


def calibrated(reading: PlateReading, calibrate: Calibration) -> PlateReading:
    """Return a reading with calibrated confidences.

    The other candidates share the doubt as they did before, none above the first. Characters'
    confidences multiply to the whole text's: each is raised to the same power, so that the doubtful
    ones carry most of the doubt.

    Args:
        reading: An engine's, with candidates whose confidences sum up to 1 at most.
        calibrate: The engine's calibration.
    """
    if not reading.text:
        return reading
    confidence = calibrate(reading.confidence)
    doubt = (1.0 - confidence) / max(1.0 - reading.confidence, 1e-9)
    others = (
        PlateCandidate(one.text, min(confidence, one.confidence * doubt))
        for one in reading.candidates[1:]
    )
    return replace(
        reading,
        confidence=confidence,
        char_confidences=_shared(confidence, reading.char_confidences),
        candidates=(PlateCandidate(reading.text, confidence), *others),
    )


def _shared(confidence: float, characters: tuple[float, ...]) -> tuple[float, ...]:
    logs = [log(max(one, _LEAST)) for one in characters]
    total, whole = sum(logs), log(max(confidence, _LEAST))
    if total > -_LEAST:
        return tuple(exp(whole / len(characters)) for _ in characters)
    return tuple(exp(one * whole / total) for one in logs)

"""Plates as a camera's pictures show them."""

from datetime import UTC, datetime, timedelta

import numpy as np

from pipelines.cameras.frames import Frame
from pipelines.types import Box, Plate, PlateCandidate, PlateDetection, PlateReading, PlateText

BEGINNING = datetime(2026, 5, 1, 8, tzinfo=UTC)


def frame(at_s: float = 0.0) -> Frame:
    """A black picture taken so long after the beginning."""
    return Frame(np.zeros((8, 8, 3), np.uint8), BEGINNING + timedelta(seconds=at_s), at_s)


def plate(text: str, confidence: float = 0.9, doubtful: str = "") -> Plate:
    """A plate that was read so; the characters at ``doubtful`` places ("x") with half a doubt."""
    sure = [0.5 if mark == "x" else 0.99 for mark in doubtful.ljust(len(text))]
    box = Box(0, 0, 100, 25)
    return Plate(
        PlateDetection(box, 0.9, np.zeros((25, 100, 3), np.uint8)),
        PlateReading(text, confidence, tuple(sure), (PlateCandidate(text, confidence),), (text,)),
        PlateText(text, text, text, None, None),
    )

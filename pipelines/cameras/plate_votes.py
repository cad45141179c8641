"""The readings of one vehicle's plate, picture after picture, and what they say together."""

from collections import defaultdict, deque
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from configs.camera_settings import MOST_READINGS, TrackSettings
from pipelines.cameras.frames import Frame
from pipelines.cameras.likeness import OTHER_FOR_SURE, SURE, one_apart, same_characters
from pipelines.plate_text import interpret
from pipelines.types import Plate, PlateCandidate

_TELLS: Final = 0.5
"""Confidence from which a reading tells one vehicle from another."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenVehicle:
    """What the pictures of a vehicle say together.

    Attributes:
        plate: The decided text, with the picture of the best reading of it.
        at: When that picture was taken.
        pictures: On how many pictures the plate was read.
    """

    plate: Plate
    at: datetime
    pictures: int


class PlateVotes:
    """Votes for the text of one plate.

    Every reading votes for its whole text with its confidence, which is calibrated: it says how
    often such a reading is right. A text that more than half of the weight is for is taken. Where
    none has that, readings of the commonest length vote character by character, and the patterns
    of the countries have their say about the result as about any reading.

    Args:
        settings: When it is enough, and how sure it has to be.
        region: The only region whose formats count; None is any.
    """

    def __init__(self, settings: TrackSettings, region: str | None = None) -> None:
        self._settings = settings
        self._region = region
        self._read: deque[tuple[Plate, datetime]] = deque(maxlen=MOST_READINGS)
        self.decided = False

    def add(self, plate: Plate, frame: Frame) -> None:
        """Count what one picture shows; a plate without a text says nothing."""
        if plate.text.text:
            self._read.append((plate, frame.at))

    def alike(self, plate: Plate) -> float | None:
        """How alike the plate is to what was read so far; None where that cannot be said.

        Plates of one series have most characters in common: two texts of one length that are both
        sure are two vehicles' from two characters on. Those of two lengths may be two pieces of one
        plate, whose lines are not read in every picture.
        """
        if not plate.text.text or plate.reading.confidence < _TELLS:
            return None
        text, share = self._leading()
        if not self._read or share < _TELLS:
            return None
        confidence = self._best(text)[0].reading.confidence
        if confidence < _TELLS:
            return None
        sure = min(confidence, plate.reading.confidence) >= SURE
        as_long = len(text) == len(plate.text.text)
        if sure and as_long and not one_apart(text, plate.text.text):
            return OTHER_FOR_SURE
        return same_characters(text, plate.text.text)

    @property
    def enough(self) -> bool:
        """Whether more pictures would hardly say anything else."""
        if len(self._read) < self._settings.enough_pictures:
            return False
        outcome = self.outcome()
        return outcome is not None and self._leading()[1] >= self._settings.agreement

    def outcome(self) -> SeenVehicle | None:
        """What the readings say; None where they leave too much doubt."""
        if not self._read:
            return None
        text, share = self._leading()
        best, at = self._best(text)
        if share <= 0.5:
            best, agreed = self._composed(best)
            share = min(agreed, self._support(best.text.text))
        confidence = best.reading.confidence * share
        alone = len(self._read) < self._settings.least_pictures
        least = self._settings.alone_confidence if alone else self._settings.least_confidence
        if not best.text.text or confidence < least:
            return None
        plate = replace(best, reading=replace(best.reading, confidence=confidence))
        return SeenVehicle(plate, at, len(self._read))

    @property
    def _all(self) -> list[Plate]:
        return [plate for plate, _ in self._read]

    def _leading(self) -> tuple[str, float]:
        """The text with the most weight, and its share of all weight."""
        weights: defaultdict[str, float] = defaultdict(float)
        for plate in self._all:
            weights[plate.text.text] += plate.reading.confidence
        if not weights:
            return "", 0.0
        text = max(weights, key=weights.__getitem__)
        return text, weights[text] / sum(weights.values())

    def _best(self, text: str) -> tuple[Plate, datetime]:
        """The surest reading of a text."""
        having = [one for one in self._read if one[0].text.text == text]
        return max(having, key=lambda one: one[0].reading.confidence)

    def _composed(self, like: Plate) -> tuple[Plate, float]:
        """The plate that the characters say, each by its place; with the picture of another.

        With it the share of the weight that is for its least agreed character.
        """
        weights: defaultdict[int, float] = defaultdict(float)
        for plate in self._all:
            weights[len(plate.reading.text)] += plate.reading.confidence
        length = max(weights, key=weights.__getitem__)
        readings = [one.reading for one in self._all if len(one.reading.text) == length]
        text, shares = "", []
        for place in range(length):
            votes: defaultdict[str, float] = defaultdict(float)
            for reading in readings:
                votes[reading.text[place]] += reading.char_confidences[place]
            character = max(votes, key=votes.__getitem__)
            text += character
            shares.append(votes[character] / max(sum(votes.values()), 1e-9))
        confidence = max(one.confidence for one in readings)
        reading = replace(
            like.reading,
            text=text,
            confidence=confidence,
            char_confidences=tuple(shares),
            candidates=(PlateCandidate(text, confidence),),
            lines=(text,),
        )
        meant = interpret(
            text,
            char_confidences=reading.char_confidences,
            candidates=reading.candidates,
            region=self._region,
            region_probabilities={one.region: one.probability for one in reading.regions},
        )
        agreed = min(shares, default=0.0) * weights[length] / sum(weights.values())
        return replace(like, reading=reading, text=meant), agreed

    def _support(self, text: str) -> float:
        """How far all readings agree with a text, character by character, by weight, [0, 1]."""
        whole = sum(one.reading.confidence for one in self._all)
        agreeing = sum(
            same_characters(text, one.text.text) * one.reading.confidence for one in self._all
        )
        return agreeing / max(whole, 1e-9)

"""What a reader saw on one plate, as it is held against known ones."""

from dataclasses import dataclass

from pipelines.plate_alphabet import fold
from pipelines.types import Plate, PlateCandidate


@dataclass(frozen=True, slots=True)
class SeenPlate:
    """A reading in the alphabet of known plates.

    Attributes:
        text: What was read.
        confidences: One a character of ``text``, [0, 1].
        candidates: What the text may be, with probabilities; also mended by the patterns.
        country: ISO 3166-1 alpha-2 code, where the patterns tell it.
    """

    text: str
    confidences: tuple[float, ...]
    candidates: tuple[PlateCandidate, ...] = ()
    country: str | None = None

    @classmethod
    def of(cls, plate: Plate) -> "SeenPlate":
        """A plate as it was read and interpreted."""
        reading = plate.reading
        folded = [
            (fold(character), confidence)
            for character, confidence in zip(reading.text, reading.char_confidences, strict=True)
        ]
        kept = [(character, confidence) for character, confidence in folded if character]
        return cls(
            text="".join(character for character, _ in kept),
            confidences=tuple(confidence for _, confidence in kept),
            candidates=plate.text.candidates,
            country=plate.text.country,
        )

"""What the /v1 routes answer about plates, as JSON."""

from typing import Self

from pydantic import Field

from deployments.ingress.v1.answered import Answered, Timings, in_base64, told
from deployments.ingress.v1.event_recording import EVENT_ID
from deployments.ingress.v1.picture_bodies import Shot
from deployments.ingress.v1.wire import FaceBox, Measure, Share
from deployments.ingress.wire import Wire
from deployments.ingress.wording import printable
from pipelines.errors import GatehouseError
from pipelines.types import Plate


class Corner(Wire):
    """A point in pixels of the upright picture."""

    x: Measure = Field(examples=[112.4])
    y: Measure = Field(examples=[301.0])


class TextCandidate(Wire):
    """A text that a plate may bear."""

    text: str = Field(examples=["30A12345"])
    probability: Share = Field(examples=[0.97], description="0 to 1.")


class ReadPlate(Wire):
    """One plate of a picture."""

    text: str | None = Field(
        examples=["30A12345"],
        description="Letters and digits, confusable ones put right by the country's patterns; null "
        "where nothing can be read.",
    )
    raw_text: str = Field(examples=["30A12345"], description="As the reader saw it; may be empty.")
    formatted: str | None = Field(
        examples=["30A-123.45"], description="As the country writes it; null without a text."
    )
    country: str | None = Field(
        examples=["VN"], description="ISO 3166-1 alpha-2 code; null where it is not clear."
    )
    region: str | None = Field(
        examples=[None], description="ISO 3166-2 code of a state or province; null otherwise."
    )
    confidence: Share = Field(examples=[0.97], description="That the whole text is right, 0 to 1.")
    candidates: list[TextCandidate] = Field(
        description="What the text may be, `text` itself first; empty without one."
    )
    detection_score: Share = Field(examples=[0.93], description="Detector confidence, 0 to 1.")
    box: FaceBox
    corners: list[Corner] | None = Field(
        description="Top left, top right, bottom right and bottom left of the plate as its text "
        "stands; null where they are not known surely."
    )
    crop: str | None = Field(
        default=None,
        examples=[None],
        description="The straightened plate, a JPEG in base64; null unless `return_crops`.",
    )
    event_id: int | None = Field(default=None, examples=[12], description=EVENT_ID)

    @classmethod
    def of(cls, plate: Plate, crop: bytes | None = None, event_id: int | None = None) -> Self:
        """A plate in wire form.

        Args:
            plate: The plate.
            crop: JPEG to answer with it.
            event_id: Of the event that was stored of it.
        """
        text, detection = plate.text, plate.detection
        return cls(
            text=text.text or None,
            raw_text=text.raw,
            formatted=text.formatted or None,
            country=text.country,
            region=text.region,
            confidence=plate.reading.confidence,
            candidates=[
                TextCandidate(text=one.text, probability=one.confidence) for one in text.candidates
            ],
            detection_score=detection.score,
            box=FaceBox.of(detection.box),
            corners=(
                [Corner(x=x, y=y) for x, y in detection.corners] if detection.corners else None
            ),
            crop=in_base64(crop),
            event_id=event_id,
        )


class ReadPlates(Answered):
    """The plates of a picture, the nearest vehicle's first; empty where there is none."""

    plates: list[ReadPlate]

    @classmethod
    def of(cls, plates: list[ReadPlate], shot: Shot, timings_ms: Timings) -> Self:
        """The plates of a picture, with what was told of it."""
        return cls(plates=plates, **told(shot, timings_ms))


class PictureError(Wire):
    """Why one picture of several has no answer."""

    code: str = Field(examples=["unreadable_picture"])
    message: str = Field(examples=["read image error"])

    @classmethod
    def of(cls, error: GatehouseError) -> Self:
        """An error in wire form."""
        return cls(code=error.code, message=printable(error.message))


class PictureOutcome(Wire):
    """What became of one picture: either a result or an error."""

    name: str = Field(examples=["front.jpg"], description="Of the file, or its place in the JSON.")
    result: ReadPlates | None = Field(default=None, description="Null where there is an error.")
    error: PictureError | None = Field(default=None, description="Null where there is a result.")


class ReadPictures(Wire):
    """One outcome a picture, in the order sent."""

    pictures: list[PictureOutcome]
    timings_ms: Timings = Field(examples=[{"total": 93.1}])

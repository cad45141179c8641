"""What the routes answer, as JSON."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Wire(BaseModel):
    """An answer body."""

    model_config = ConfigDict(frozen=True)


class LegacyError(Wire):
    """Error body of the source services' routes."""

    error: str = Field(examples=["Invalid request format"])


class ErrorDetail(Wire):
    """What went wrong, for people and for programs."""

    code: str = Field(examples=["not_found"])
    message: str = Field(examples=["there is no such route"])
    request_id: str = Field(examples=["5f0c2a1b9d3e4f67"])
    details: dict[str, Any] = Field(default_factory=dict)


class RichError(Wire):
    """Error body of every other route."""

    error: ErrorDetail


class Greeting(Wire):
    """Answer of /greeting."""

    result: str = Field(examples=["Hello Ann"])


class PlateNumber(Wire):
    """Answer of /readPlateNumber and /idToNum."""

    plate_number: str = Field(examples=["30A12345"])


class PlateNumberOfPicture(Wire):
    """One read picture of a batch."""

    pict_id: str | int = Field(examples=["10022"])
    plate_number: str = Field(examples=["30A12345"])


class FailedPicture(Wire):
    """One picture of a batch that could not be read."""

    pict_id: str | int = Field(examples=["404404"])
    error: str = Field(examples=["Resource not found"])


class PlateNumbers(Wire):
    """Answer of /idToNumBatch, in the order asked."""

    plate_numbers: list[PlateNumberOfPicture | FailedPicture]


class RecognizedPlate(Wire):
    """Answer of /api/license_plate/recognize."""

    detection_conf: str = Field(examples=["97%"])
    image_path: str = Field(examples=["static/images/license_plates/20210419_105659_PIH1Q6_lp.jpg"])
    recognition_conf: str = Field(examples=["93%"])
    text: str = Field(examples=["30M-2943"])


class RegisteredDriver(Wire):
    """Answer of /api/face/register."""

    user_id: str = Field(examples=["2"])


class RecognizedDriver(Wire):
    """Answer of /api/face/recognize."""

    detection_conf: str = Field(examples=["94%"])
    image_path: str = Field(examples=["static/images/faces/20210419_120309_OSEJS4_face.jpg"])
    recognition_distance: str = Field(
        examples=["0.78"],
        description="COSINE SIMILARITY to the driver's template, two decimals; higher is closer, "
        "1.00 is the same picture. The name is the original service's.",
    )
    user_id: int = Field(examples=[1])


class Health(Wire):
    """Answer of /healthz and /readyz."""

    status: str = Field(examples=["ok", "ready"])

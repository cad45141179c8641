"""A gallery as one file: gzip, a JSON object a line.

The first line is a ``Header``, each further one ``{"driver": ...}``, the last one ``{"end": ...}``
with the counts and the SHA-256 of all lines before it, so that a file that was cut off or damaged
is never taken for a whole one. Vectors are float32, little-endian, in base64.

All vectors of one model have one length: that of the header for the models that it names, that of
the file's first one for any other, and that of the model's vectors which the importing gallery has.

Names, dates and vectors are personal data: guard the file as you guard the gallery.
"""

import base64
import json
import zlib
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AwareDatetime,
    Base64Bytes,
    BaseModel,
    ConfigDict,
    Field,
)

from pipelines.gallery.driver_records import ExportedDriver, ExportedFace
from pipelines.gallery.vectors import VECTOR_DTYPE

FORMAT: Final = "gatehouse-gallery"
VERSION: Final = 1

_MOST_FACES: Final = 10_000  # nothing limits how many a driver gathers over the years
LONGEST_VECTOR: Final = 8192
MOST_MODELS: Final = 16
_LEVEL: Final = 1  # vectors hardly shrink

Number = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Header(_Part):
    """The first line.

    Attributes:
        model_ids: The face model that the exporting service searched with.
        dimension: Length of its vectors.
        pictures: Whether faces carry the aligned pictures that another model can embed.
    """

    format: Literal["gatehouse-gallery"] = FORMAT
    version: int
    created_at: AwareDatetime
    model_ids: tuple[str, ...] = Field(min_length=1, max_length=MOST_MODELS)
    dimension: int = Field(ge=1, le=LONGEST_VECTOR)
    pictures: bool


class QualityLine(_Part):
    """``FaceQuality``."""

    size_px: Number
    sharpness: Number
    brightness: Number
    yaw: Number
    pitch: Number
    roll: Number


class FaceLine(_Part):
    """A face; vectors by the id of their model."""

    score: Number
    quality: QualityLine
    created_at: AwareDatetime
    vectors: dict[str, Base64Bytes]
    aligned_png: Base64Bytes | None = None


class DriverLine(_Part):
    """A driver with the id of the exporting gallery."""

    id: int = Field(ge=1)
    name: str | None
    external_id: str | None
    notes: str | None
    valid_from: AwareDatetime | None
    valid_until: AwareDatetime | None
    created_at: AwareDatetime
    faces: tuple[FaceLine, ...] = Field(max_length=_MOST_FACES)


class EndLine(_Part):
    """Counts, and the SHA-256 of all lines before this one."""

    drivers: int
    faces: int
    sha256: str


class Line(_Part):
    """Every line but the first: one of the two."""

    driver: DriverLine | None = None
    end: EndLine | None = None


class GalleryFileWriter:
    """Writes a gallery file piece by piece; each method returns the bytes that are ready."""

    def __init__(self) -> None:
        self._gzip = zlib.compressobj(_LEVEL, wbits=16 + zlib.MAX_WBITS)
        self._digest = sha256()
        self._drivers = 0
        self._faces = 0

    def begin(self, header: Header) -> bytes:
        """The first line."""
        return self._line(header.model_dump(mode="json"))

    def add(self, driver: ExportedDriver) -> bytes:
        """One driver."""
        self._drivers += 1
        self._faces += len(driver.faces)
        details = driver.details
        return self._line(
            {
                "driver": {
                    "id": driver.driver_id,
                    "name": details.name,
                    "external_id": details.external_id,
                    "notes": details.notes,
                    "valid_from": _moment(details.valid_from),
                    "valid_until": _moment(details.valid_until),
                    "created_at": _moment(driver.created_at),
                    "faces": list(map(_face, driver.faces)),
                }
            }
        )

    def end(self) -> bytes:
        """The last line."""
        counts = {"drivers": self._drivers, "faces": self._faces}
        last = self._line({"end": counts | {"sha256": self._digest.hexdigest()}})
        return last + self._gzip.flush()

    def _line(self, content: dict[str, Any]) -> bytes:
        line = json.dumps(content, separators=(",", ":")).encode() + b"\n"
        self._digest.update(line)
        return self._gzip.compress(line)


def _face(face: ExportedFace) -> dict[str, Any]:
    quality = face.quality
    return {
        "score": face.score,
        "quality": {
            "size_px": quality.size_px,
            "sharpness": quality.sharpness,
            "brightness": quality.brightness,
            "yaw": quality.yaw,
            "pitch": quality.pitch,
            "roll": quality.roll,
        },
        "created_at": _moment(face.created_at),
        "vectors": {
            model_id: _base64(vector.astype(VECTOR_DTYPE).tobytes())
            for model_id, vector in face.vectors.items()
        },
        "aligned_png": None if face.aligned_png is None else _base64(face.aligned_png),
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")

"""A gallery as one file: gzip, a JSON object a line.

The first line is a ``Header``, then come ``{"driver": ...}`` lines and, since version 2,
``{"vehicle": ...}`` lines, each kind by rising ids. The last line is ``{"end": ...}`` with the
counts and the SHA-256 of all lines before it, so that a file that was cut off or damaged is never
taken for a whole one. Vectors are float32, little-endian, in base64. Vehicles name drivers of the
file by their ids in it.

All vectors of one model have one length: that of the header for the models that it names, that of
the file's first one for any other, and that of the model's vectors which the importing gallery has.

Names, dates, plates and vectors are personal data: guard the file as you guard the gallery.
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

from pipelines.gallery.driver_records import LAST_ID, ExportedDriver, ExportedFace
from pipelines.gallery.vectors import VECTOR_DTYPE
from pipelines.vehicles.records import MAX_DRIVERS, VehicleList, VehicleRecord

FORMAT: Final = "gatehouse-gallery"
VERSION: Final = 2
DRIVERS_ALONE: Final = 1
"""The version whose files have no vehicles; they are read all the same."""

_MOST_FACES: Final = 10_000  # nothing limits how many a driver gathers over the years
LONGEST_VECTOR: Final = 8192
MOST_MODELS: Final = 16
_LEVEL: Final = 1  # vectors hardly shrink

Number = Annotated[float, Field(allow_inf_nan=False)]
Id = Annotated[int, Field(ge=1, le=LAST_ID)]


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

    id: Id
    name: str | None
    external_id: str | None
    notes: str | None
    valid_from: AwareDatetime | None
    valid_until: AwareDatetime | None
    created_at: AwareDatetime
    faces: tuple[FaceLine, ...] = Field(max_length=_MOST_FACES)


class VehicleLine(_Part):
    """A vehicle with the ids of the exporting gallery, its own and those of its drivers."""

    id: Id
    plate: str
    country: str | None
    list: VehicleList
    driver_ids: tuple[Id, ...] | None = Field(max_length=MAX_DRIVERS)
    notes: str | None
    external_id: str | None
    valid_from: AwareDatetime | None
    valid_until: AwareDatetime | None
    created_at: AwareDatetime


class EndLine(_Part):
    """Counts, and the SHA-256 of all lines before this one."""

    drivers: int
    faces: int
    vehicles: int = 0
    sha256: str


class Line(_Part):
    """Every line but the first: exactly one of the three."""

    driver: DriverLine | None = None
    vehicle: VehicleLine | None = None
    end: EndLine | None = None

    def is_one(self) -> bool:
        """Whether it names one of the three alone; a null beside it counts too."""
        named = self.model_fields_set
        return len(named) == 1 and getattr(self, *named) is not None


class GalleryFileWriter:
    """Writes a gallery file piece by piece; each method returns the bytes that are ready.

    Drivers come first, by rising ids, then vehicles.
    """

    def __init__(self) -> None:
        self._gzip = zlib.compressobj(_LEVEL, wbits=16 + zlib.MAX_WBITS)
        self._digest = sha256()
        self._drivers = 0
        self._faces = 0
        self._vehicles = 0
        self._last_driver = 0

    def begin(self, header: Header) -> bytes:
        """The first line."""
        return self._line(header.model_dump(mode="json"))

    def add(self, driver: ExportedDriver) -> bytes:
        """One driver."""
        self._drivers += 1
        self._faces += len(driver.faces)
        self._last_driver = driver.driver_id
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

    def add_vehicle(self, vehicle: VehicleRecord) -> bytes:
        """One vehicle; drivers who were enrolled after the last one of the file are left out."""
        self._vehicles += 1
        details = vehicle.details
        named = details.driver_ids
        if named is not None:
            named = tuple(one for one in named if one <= self._last_driver)
        return self._line(
            {
                "vehicle": {
                    "id": vehicle.vehicle_id,
                    "plate": details.plate,
                    "country": details.country,
                    "list": details.list.value,
                    "driver_ids": named,
                    "notes": details.notes,
                    "external_id": details.external_id,
                    "valid_from": _moment(details.valid_from),
                    "valid_until": _moment(details.valid_until),
                    "created_at": _moment(vehicle.created_at),
                }
            }
        )

    def end(self) -> bytes:
        """The last line."""
        counts = {"drivers": self._drivers, "faces": self._faces, "vehicles": self._vehicles}
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

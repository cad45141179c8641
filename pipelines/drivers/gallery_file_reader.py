"""Reads a gallery file, and believes nothing of it unchecked."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO, Final

import numpy as np
from pydantic import ValidationError

from pipelines.drivers.distinct_external_ids import DistinctExternalIds
from pipelines.drivers.file_vehicles import FileVehicles, exported
from pipelines.drivers.gallery_file import (
    DRIVERS_ALONE,
    FORMAT,
    LONGEST_VECTOR,
    MOST_MODELS,
    VERSION,
    DriverLine,
    FaceLine,
    Header,
    Line,
)
from pipelines.errors import InvalidRequest
from pipelines.gallery.driver_records import DriverDetails, ExportedDriver, ExportedFace
from pipelines.gallery.vectors import VECTOR_DTYPE
from pipelines.json_values import most_values
from pipelines.types import FaceQuality, Vector
from pipelines.vehicles.arrival import ExportedVehicle

_LONGEST_LINE: Final = 64 * 1024 * 1024
_MOST_VALUES: Final = 500_000
"""Of one line: of 10,000 faces, which have about twenty each, and more with many models."""
_LARGEST_PNG: Final = 1024 * 1024
_NORM_TOLERANCE: Final = 1e-3
_DRIVER: Final = b'{"driver":'
_PNG: Final = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class GalleryFileSummary:
    """What a whole file holds.

    Attributes:
        digest: SHA-256 of its lines, 64 hexadecimal digits; the same for the same content.
        lengths: Of the vectors of each model, by model id.
    """

    header: Header
    drivers: int
    faces: int
    vehicles: int
    digest: str
    lengths: Mapping[str, int]


class GalleryFileReader:
    """Reads a gallery file line by line, from its beginning.

    Args:
        file: The compressed file, at its beginning.

    Raises:
        InvalidRequest: It is no gallery file, or one of a newer version.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._lines = gzip.GzipFile(fileobj=file, mode="rb")
        self._digest = sha256()
        self._number = 0
        first = self._read()
        if not first:
            raise InvalidRequest("the file is empty, send one that GET /v1/gallery/export answered")
        self.header = self._header(first)
        self._lengths = dict.fromkeys(self.header.model_ids, self.header.dimension)
        self.summary: GalleryFileSummary | None = None
        """What the file holds, once ``drivers`` has ended."""

    def drivers(self) -> Iterator[ExportedDriver]:
        """The drivers in their order; vehicles and end are checked before the iterator ends.

        Raises:
            InvalidRequest: The file is damaged, cut off, or holds what no gallery can take.
        """
        drivers, faces = 0, 0
        external_ids = DistinctExternalIds()
        vehicles = FileVehicles()
        has_vehicles = self.header.version > DRIVERS_ALONE
        while True:
            digest = self._digest.hexdigest()
            raw = self._read()
            if not raw:
                and_vehicles = f" and {vehicles.count} vehicles" if vehicles.count else ""
                raise InvalidRequest(
                    f"the file is cut off after {drivers} drivers{and_vehicles}, export the "
                    "gallery again"
                )
            line = self._parsed(raw)
            if line.end is not None:
                break
            if line.vehicle is not None and has_vehicles:
                vehicles.add(line.vehicle)
                continue
            if line.driver is None or vehicles.count:
                kind = "vehicle" if vehicles.count else "driver"
                raise InvalidRequest(f"line {self._number} of the file holds no {kind}")
            driver = self._driver(line.driver)
            external_id = driver.details.external_id
            if not external_ids.add(external_id):
                raise InvalidRequest(
                    f"driver {driver.driver_id} of the file: another one of the file has the "
                    f'external id "{external_id}"'
                )
            if has_vehicles:
                vehicles.add_driver(driver.driver_id)
            drivers, faces = drivers + 1, faces + len(driver.faces)
            yield driver
        end = line.end
        found = (drivers, faces, vehicles.count, digest)
        if (end.drivers, end.faces, end.vehicles, end.sha256) != found:
            raise InvalidRequest("the file is damaged: its end does not fit its content")
        if self._read():
            raise InvalidRequest("the file goes on after its end, send one export as it is")
        self.summary = GalleryFileSummary(
            self.header, drivers, faces, vehicles.count, digest, dict(self._lengths)
        )

    def vehicles(self) -> Iterator[ExportedVehicle]:
        """The vehicles of a file whose content was checked before; drivers are not looked at."""
        while raw := self._read():
            if raw.startswith(_DRIVER):
                continue
            line = self._parsed(raw)
            if line.vehicle is not None:
                yield exported(line.vehicle)

    def _read(self) -> bytes:
        try:
            line = self._lines.readline(_LONGEST_LINE)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            if self._number:
                raise InvalidRequest(
                    f"the file is damaged or cut off after line {self._number}, export the "
                    "gallery again"
                ) from error
            raise InvalidRequest("the file is not gzip, send it as it was exported") from error
        if line and not line.endswith(b"\n"):
            raise InvalidRequest(f"line {self._number + 1} of the file is cut off or too long")
        self._digest.update(line)
        self._number += 1
        return line

    def _header(self, raw: bytes) -> Header:
        try:
            said = json.loads(raw)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict) or said.get("format") != FORMAT:
            raise InvalidRequest(
                "the file is no gallery, send one that GET /v1/gallery/export answered"
            )
        if said.get("version") not in (DRIVERS_ALONE, VERSION):
            raise InvalidRequest(
                f"the file is of version {said.get('version')!r}, this service reads versions "
                f"{DRIVERS_ALONE} and {VERSION}"
            )
        try:
            return Header.model_validate_json(raw)
        except ValidationError as error:
            raise self._bad(error) from error

    def _parsed(self, raw: bytes) -> Line:
        if most_values(raw) > _MOST_VALUES:
            raise InvalidRequest(
                f"line {self._number} of the file has more than {_MOST_VALUES} values"
            )
        try:
            line = Line.model_validate_json(raw)
        except ValidationError as error:
            raise self._bad(error) from error
        if not line.is_one():
            raise InvalidRequest(
                f"line {self._number} of the file must hold one driver, one vehicle or the end"
            )
        return line

    def _bad(self, error: ValidationError) -> InvalidRequest:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        return InvalidRequest(f"line {self._number} of the file: {place}: {first['msg']}")

    def _driver(self, read: DriverLine) -> ExportedDriver:
        details = DriverDetails(
            read.name, read.external_id, read.notes, read.valid_from, read.valid_until
        )
        try:
            faces = tuple(self._face(face) for face in read.faces)
        except InvalidRequest as error:
            raise InvalidRequest(f"driver {read.id} of the file: {error}") from error
        return ExportedDriver(read.id, details, read.created_at, faces)

    def _face(self, read: FaceLine) -> ExportedFace:
        png = read.aligned_png
        if png is not None and not (png.startswith(_PNG) and len(png) <= _LARGEST_PNG):
            raise InvalidRequest("an aligned picture is no PNG")
        return ExportedFace(
            vectors={name: self._vector(name, raw) for name, raw in read.vectors.items()},
            score=read.score,
            quality=FaceQuality(**read.quality.model_dump()),
            created_at=read.created_at,
            aligned_png=png,
        )

    def _vector(self, model_id: str, raw: bytes) -> Vector:
        size, rest = divmod(len(raw), VECTOR_DTYPE.itemsize)
        if rest or not 0 < size <= LONGEST_VECTOR:
            raise InvalidRequest(f"a vector of {model_id} has {len(raw)} bytes")
        length = self._lengths.setdefault(model_id, size)
        if size != length:
            raise InvalidRequest(f"a vector of {model_id} has length {size}, not {length}")
        if len(self._lengths) > MOST_MODELS:
            raise InvalidRequest(f"the file has vectors of more than {MOST_MODELS} models")
        vector = np.frombuffer(raw, VECTOR_DTYPE).astype(np.float32)
        norm = float(np.linalg.norm(vector))
        if not abs(norm - 1.0) <= _NORM_TOLERANCE:  # also true for NaN
            raise InvalidRequest(f"a vector of {model_id} has norm {norm:.4g}, not 1")
        return vector

"""The gate: which vehicle, which driver, and whether they may go in together."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from configs.settings import GateSettings
from pipelines.drivers.decision import UnknownReason
from pipelines.drivers.face_encoding import all_of, both_of
from pipelines.drivers.recognition import DriverRecognition, Recognised
from pipelines.gate_reasons import GateDecision, GateReason, ReasonCode, decision_of, reason
from pipelines.plate_matching.outcome import MatchReason
from pipelines.plate_matching.seen import SeenPlate
from pipelines.plates import PlatePipeline
from pipelines.types import Plate
from pipelines.vehicles.match import VehicleMatch
from pipelines.vehicles.records import VehicleList, VehicleRecord

_LIKE: Final = 0.05
"""Probability from which a plate that is matched with none counts as like the nearest one."""

MatchVehicle = Callable[[SeenPlate, float], Awaitable[VehicleMatch]]
"""A reading and the least probability -> the known vehicles held against it."""


@dataclass(frozen=True, slots=True, eq=False)
class GateCheck:
    """What a gate saw and decided.

    Attributes:
        reasons: Those of the vehicle, then those of the driver.
        plates: All plates of the vehicle's picture, the nearest vehicle's first.
        match: The first plate held against the known vehicles; None where it cannot be read.
        faces: All faces of the driver's picture, the largest first.
    """

    decision: GateDecision
    reasons: tuple[GateReason, ...]
    plates: tuple[Plate, ...]
    match: VehicleMatch | None
    faces: tuple[Recognised, ...]

    @property
    def vehicle(self) -> VehicleRecord | None:
        """The known vehicle, where the plate is taken for its."""
        return self.match.taken if self.match else None


class Gate:
    """Decides about a vehicle and its driver. Stores nothing.

    Args:
        plates: Reads plates.
        recognition: Knows drivers.
        match: Knows vehicles.
        settings: What counts as sure, and what becomes of the unknown.
    """

    def __init__(
        self,
        plates: PlatePipeline,
        recognition: DriverRecognition,
        match: MatchVehicle,
        settings: GateSettings,
    ) -> None:
        self._plates = plates
        self._recognition = recognition
        self._match = match
        self._settings = settings

    async def check(
        self, vehicle_picture: bytes, driver_picture: bytes, region: str | None = None
    ) -> GateCheck:
        """Decide by two pictures, or by one that shows both.

        Args:
            vehicle_picture: Encoded; shows the plate.
            driver_picture: Encoded; shows the driver. May be the same.
            region: The only region whose plate formats are tried; None takes that of the settings.

        Raises:
            InvalidRequest: No formats are known for the region.
            UnreadablePicture, UnsupportedPicture, TooLarge: A picture cannot be used.
            Unavailable: A stage cannot be reached.
        """
        (plates, matches), faces = await both_of(
            self._vehicle(vehicle_picture, region), self._recognition.identify(driver_picture)
        )
        match = matches[0] if matches else None
        vehicle = match.taken if match else None
        codes = [*self._of_vehicle(plates, matches), *self._of_driver(faces, vehicle)]
        reasons = tuple(reason(code, self._settings) for code in codes)
        return GateCheck(decision_of(reasons), reasons, plates, match, tuple(faces))

    async def _vehicle(
        self, picture: bytes, region: str | None
    ) -> tuple[tuple[Plate, ...], list[VehicleMatch]]:
        """All plates, and what those at the gate that can be read are, the first one's first."""
        plates = await self._plates.read_picture(picture, region)
        least = self._settings.match_probability
        readable = [SeenPlate.of(one) for one in self._at_the_gate(plates) if one.text.text]
        return plates, await all_of(self._match(seen, least) for seen in readable)

    def _at_the_gate(self, plates: Sequence[Plate]) -> list[Plate]:
        """The first plate, and those that are not much smaller, so no farther away."""
        width = plates[0].detection.box.width if plates else 0.0
        least = self._settings.second_size * width
        return [*plates[:1], *(one for one in plates[1:] if one.detection.box.width >= least)]

    def _of_vehicle(
        self, plates: Sequence[Plate], matches: Sequence[VehicleMatch]
    ) -> Iterator[ReasonCode]:
        if not plates:
            yield ReasonCode.NO_PLATE
            return
        if len(self._at_the_gate(plates)) > 1:
            yield ReasonCode.SEVERAL_PLATES
        if not matches:
            yield ReasonCode.PLATE_UNREADABLE
            return
        if any(_is_denied(one.taken) for one in matches):
            yield ReasonCode.VEHICLE_DENIED
            return
        if any(_is_denied(one.vehicle) and one.match.probability >= _LIKE for one in matches):
            yield ReasonCode.VEHICLE_MAY_BE_DENIED
        match = matches[0]
        if match.taken is None:
            alike = match.match.reason is MatchReason.ALIKE
            yield ReasonCode.VEHICLES_ALIKE if alike else ReasonCode.VEHICLE_UNKNOWN
        elif not match.taken.details.valid_at(datetime.now(UTC)):
            yield ReasonCode.VEHICLE_NOT_VALID
        elif match.taken.details.list is VehicleList.WATCH:
            yield ReasonCode.VEHICLE_WATCHED
        else:
            yield ReasonCode.VEHICLE_ALLOWED

    def _of_driver(
        self, faces: Sequence[Recognised], vehicle: VehicleRecord | None
    ) -> Iterator[ReasonCode]:
        if not faces:
            yield ReasonCode.NO_FACE
            return
        if self._several([one.face.quality.size_px for one in faces]):
            yield ReasonCode.SEVERAL_FACES
        driver = faces[0].driver
        if driver is None:
            expired = faces[0].decision.reason is UnknownReason.OUTSIDE_VALIDITY
            yield ReasonCode.DRIVER_NOT_VALID if expired else ReasonCode.DRIVER_UNKNOWN
        elif vehicle is not None:
            named = vehicle.details.driver_ids
            allowed = named is None or driver.driver_id in named
            yield ReasonCode.DRIVER_ALLOWED if allowed else ReasonCode.DRIVER_NOT_ALLOWED

    def _several(self, sizes: Sequence[float]) -> bool:
        """Whether a second one is about as large as the largest."""
        largest, second = [*sorted(sizes, reverse=True), 0.0, 0.0][:2]
        return second > 0.0 and second >= self._settings.second_size * largest


def _is_denied(vehicle: VehicleRecord | None) -> bool:
    return vehicle is not None and vehicle.details.list is VehicleList.DENY

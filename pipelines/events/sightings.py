"""Plates and faces that a camera showed, as events."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from pipelines.drivers.face_encoding import all_of
from pipelines.drivers.gallery import CropStore
from pipelines.drivers.recognition import Recognised
from pipelines.errors import GatehouseError
from pipelines.events.recording import EventRecorder
from pipelines.events.records import Decision, EventFilter, EventKind, NewEvent, SeenPlate
from pipelines.gate import GateCheck
from pipelines.imaging import encode_jpeg
from pipelines.types import Plate
from pipelines.vehicles.records import VehicleRecord

logger = logging.getLogger(__name__)

_MOST_BEFORE: Final = 1000


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where, when and for whom something was seen; as in ``NewEvent``."""

    camera_id: str | None
    at: datetime
    request_id: str | None


class Sightings:
    """Records an event for each plate or face of a picture, or one for a vehicle at a gate.

    An event with a plate has a picture of it, which is stored before the event, and removed where
    the event is certainly not stored. Where nobody knows it stays, as the event may be stored yet;
    ``retention.crop_days`` removes it in the end. A face has no picture: whose face it is, or that
    it is nobody's, needs none.

    Args:
        recorder: Stores events.
        crops: Stores pictures.
    """

    def __init__(self, recorder: EventRecorder, crops: CropStore) -> None:
        self._recorder = recorder
        self._crops = crops

    async def before(self, camera_id: str, since: datetime) -> Sequence[NewEvent]:
        """What a camera showed since a moment (timezone-aware), the newest first.

        Raises:
            Unavailable: The journal cannot be read now.
        """
        wanted = EventFilter(since=since, camera_id=camera_id)
        page = await self._recorder.journal.page(wanted, _MOST_BEFORE)
        return [event.seen for event in page.events]

    async def of_plates(
        self,
        seen: Sighting,
        plates: Sequence[Plate],
        vehicles: Sequence[VehicleRecord | None] | None = None,
    ) -> list[int | None]:
        """Record plates as they were read, those without a text too.

        Args:
            seen: Where and when.
            plates: The plates.
            vehicles: The known vehicle of each, which then has its plate's text; None where no
                plate was held against them.

        Returns:
            The events' ids, in order; None where they could not be stored.

        Raises:
            Unavailable: They could not be stored, and are required.
        """
        pairs = zip(plates, vehicles or [None] * len(plates), strict=True)
        new = await all_of(self.plate_event(seen, plate, vehicle) for plate, vehicle in pairs)
        return await self._recorded(new, [event.crop_key or "" for event in new])

    async def plate_event(
        self, seen: Sighting, plate: Plate, vehicle: VehicleRecord | None = None
    ) -> NewEvent:
        """The event of one plate, whose picture is stored already; see ``of_plates``."""
        return NewEvent(
            EventKind.PLATE_READ,
            seen.at,
            seen.camera_id,
            _seen_plate(plate, vehicle),
            vehicle_id=vehicle.vehicle_id if vehicle else None,
            request_id=seen.request_id,
            crop_key=await self._kept(plate),
        )

    async def store(self, event: NewEvent) -> int | None:
        """Record an event that is sent again until it is stored; its picture stays meanwhile.

        Returns:
            The event's id; None where nobody knows whether it is stored.

        Raises:
            Unavailable: The same, where events are required.
        """
        stored = await self._recorder.record(event)
        return None if stored is None else stored[0].event_id

    async def of_gate(self, seen: Sighting, check: GateCheck) -> int | None:
        """Record what a gate saw and decided: the nearest vehicle and the largest face.

        Returns:
            The event's id; None where it could not be stored.

        Raises:
            Unavailable: It could not be stored, and is required.
        """
        plate = check.plates[0] if check.plates else None
        face = check.faces[0] if check.faces else None
        vehicle = check.vehicle
        key = "" if plate is None else await self._kept(plate)
        new = NewEvent(
            EventKind.GATE_CHECKED,
            seen.at,
            seen.camera_id,
            None if plate is None else _seen_plate(plate, vehicle),
            vehicle_id=vehicle.vehicle_id if vehicle else None,
            driver_id=face.driver.driver_id if face and face.driver else None,
            similarity=face.decision.similarity if face else None,
            threshold=face.decision.threshold if face else None,
            decision=Decision(check.decision.value),
            reasons=tuple(reason.code.value for reason in check.reasons),
            request_id=seen.request_id,
            crop_key=key,
        )
        [event_id] = await self._recorded([new], [key])
        return event_id

    async def of_faces(self, seen: Sighting, faces: Sequence[Recognised]) -> list[int | None]:
        """Record faces, known and unknown; see ``of_plates``."""
        return await self._recorded([face_event(seen, face) for face in faces])

    async def _recorded(
        self, new: Sequence[NewEvent], keys: Sequence[str] = ()
    ) -> list[int | None]:
        if not new:
            return []
        stored = await self._recorder.record(*new, refused=partial(self._give_up, keys))
        return [None] * len(new) if stored is None else [event.event_id for event in stored]

    async def _kept(self, plate: Plate) -> str:
        """Path of the plate's picture; "" where none is kept, which costs no event."""
        jpeg = await asyncio.to_thread(encode_jpeg, plate.detection.crop)
        try:
            return await self._crops.save("license_plates", jpeg)
        except GatehouseError as error:
            logger.warning("an event goes without its picture: %s", error)
            return ""

    async def _give_up(self, keys: Sequence[str]) -> None:
        try:
            for key in filter(None, keys):
                await self._crops.remove(key)
        except GatehouseError as error:
            logger.warning("pictures of events that were not stored are left: %s", error)


def face_event(seen: Sighting, face: Recognised) -> NewEvent:
    """The event of one face."""
    return NewEvent(
        EventKind.FACE_IDENTIFIED,
        seen.at,
        seen.camera_id,
        driver_id=face.driver.driver_id if face.driver else None,
        similarity=face.decision.similarity,
        threshold=face.decision.threshold,
        decision=Decision.DRIVER if face.driver else Decision.UNKNOWN,
        reasons=(face.decision.reason,) if face.decision.reason else (),
        request_id=seen.request_id,
    )


def _seen_plate(plate: Plate, vehicle: VehicleRecord | None = None) -> SeenPlate:
    """A plate as events keep it, with the text of the known vehicle that it is taken for."""
    text, country = plate.text.text, plate.text.country
    if vehicle is not None:
        text, country = vehicle.details.plate, vehicle.details.country or country
    return SeenPlate(plate.text.raw, text, country, plate.reading.confidence)

"""Plates and faces that a camera showed, as events."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipelines.drivers.face_encoding import all_of
from pipelines.drivers.gallery import CropStore
from pipelines.drivers.recognition import Recognised
from pipelines.errors import GatehouseError
from pipelines.events.recording import EventRecorder
from pipelines.events.records import Decision, EventKind, NewEvent, SeenPlate
from pipelines.imaging import encode_jpeg
from pipelines.types import Plate

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where, when and for whom something was seen; as in ``NewEvent``."""

    camera_id: str
    at: datetime
    request_id: str


class Sightings:
    """Records an event for each plate or face of a picture.

    A plate's event has a picture of the plate, which is stored before it. A face's event has none:
    whose face it is, or that it is nobody's, needs no picture.

    Args:
        recorder: Stores events.
        crops: Stores pictures.
    """

    def __init__(self, recorder: EventRecorder, crops: CropStore) -> None:
        self._recorder = recorder
        self._crops = crops

    async def of_plates(self, seen: Sighting, plates: Sequence[Plate]) -> list[int | None]:
        """Record plates as they were read, those without a text too.

        Returns:
            The events' ids, in order; None where they could not be stored.

        Raises:
            Unavailable: They could not be stored, and are required.
        """
        keys = list(await all_of(self._kept(plate) for plate in plates))
        new = [
            NewEvent(
                EventKind.PLATE_READ,
                seen.at,
                seen.camera_id,
                seen_plate(plate),
                request_id=seen.request_id,
                crop_key=key,
            )
            for plate, key in zip(plates, keys, strict=True)
        ]
        ids: list[int | None] = [None] * len(new)
        try:
            ids = await self._recorded(new)
        finally:
            if None in ids:
                await self._give_up(keys)
        return ids

    async def of_faces(self, seen: Sighting, faces: Sequence[Recognised]) -> list[int | None]:
        """Record faces, known and unknown; see ``of_plates``."""
        return await self._recorded(
            [
                NewEvent(
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
                for face in faces
            ]
        )

    async def _recorded(self, new: Sequence[NewEvent]) -> list[int | None]:
        if not new:
            return []
        stored = await self._recorder.record(*new)
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


def seen_plate(plate: Plate) -> SeenPlate:
    """A plate as events keep it."""
    text = plate.text
    return SeenPlate(text.raw, text.text, text.country, plate.reading.confidence)

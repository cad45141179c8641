"""One camera: pictures in, one event for each vehicle and person out."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from configs.camera_settings import CameraSettings
from configs.settings import Settings
from pipelines.cameras.face_votes import FaceVotes, SeenPerson
from pipelines.cameras.following import Following
from pipelines.cameras.frames import Frame, Tally
from pipelines.cameras.plate_votes import PlateVotes, SeenVehicle
from pipelines.cameras.recent import PersonKey, Recent, VehicleKey
from pipelines.drivers.face_encoding import FaceEncoding, both_of
from pipelines.drivers.recognition import Recognised
from pipelines.errors import GatehouseError, Unavailable
from pipelines.events.sightings import Sighting, Sightings
from pipelines.gate import MatchVehicle
from pipelines.imaging import encode_jpeg
from pipelines.plate_matching.seen import SeenPlate
from pipelines.types import Face, Plate

_log = logging.getLogger(__name__)

_MOST_WAITING: Final = 64
"""Outcomes that wait for a model or the store to come back; the oldest go first."""

ReadPlates = Callable[[bytes], Awaitable[tuple[Plate, ...]]]


@dataclass(frozen=True, slots=True)
class Stages:
    """What a camera asks.

    Attributes:
        read: The plates of an encoded picture.
        encode: The faces of an encoded picture.
        recognise: Whose a face is.
        match: The known vehicle of a plate.
    """

    read: ReadPlates
    encode: FaceEncoding
    recognise: Callable[[Face], Awaitable[Recognised]]
    match: MatchVehicle


class CameraWatch:
    """Looks at the pictures of one camera, one after another.

    A vehicle or person is recorded once: as soon as enough pictures agree, or when it has passed.
    Who was recorded shortly before and comes again is not recorded again.

    Args:
        camera: What to look for, and the bounds.
        settings: The settings tree.
        stages: The models, the gallery and the vehicles.
        sightings: Records events.
    """

    def __init__(
        self, camera: CameraSettings, settings: Settings, stages: Stages, sightings: Sightings
    ) -> None:
        track = camera.track
        region = settings.plate_text.region
        self._camera = camera
        self._least_match = settings.gate.match_probability
        self._same_person = settings.gallery.verify_threshold
        self._stages = stages
        self._sightings = sightings
        self._plates: Following[Plate, SeenVehicle] = Following(
            track, lambda: PlateVotes(track, region)
        )
        self._faces: Following[Face, SeenPerson] = Following(track, lambda: FaceVotes(track))
        self._vehicles: Recent[VehicleKey] = Recent(track.again_after_s, VehicleKey.is_that_of)
        self._people: Recent[PersonKey] = Recent(track.again_after_s, PersonKey.is_that_of)
        self._waiting: deque[tuple[int, SeenVehicle | SeenPerson]] = deque(maxlen=_MOST_WAITING)
        self._recalled = False
        self._newest: Frame | None = None
        self.tally = Tally()

    @property
    def all_settled(self) -> bool:
        """Whether everything that was decided is recorded."""
        return not self._waiting

    async def look(self, frame: Frame) -> None:
        """Look at one picture, later than those before; models that cannot be asked are counted."""
        self._newest = frame
        picture = await asyncio.to_thread(encode_jpeg, frame.picture)
        try:
            plates, faces = await both_of(self._read(picture), self._encode(picture))
        except GatehouseError as error:
            _log.warning("camera %s: a picture was not looked at: %s", self._camera.id, error)
            self.tally = replace(self.tally, failed_looks=self.tally.failed_looks + 1)
            await self.pass_time(frame.at_s)
            return
        self._note(list(self._plates.see([(one.detection.box, one) for one in plates], frame)))
        self._note(list(self._faces.see([(one.box, one) for one in faces], frame)))
        await self._settle(frame.at_s)

    async def pass_time(self, at_s: float) -> None:
        """Decide about what has passed while no picture came."""
        self._note(list(self._plates.pass_time(at_s)))
        self._note(list(self._faces.pass_time(at_s)))
        await self._settle(at_s)

    async def end(self, at_s: float) -> None:
        """Decide about everything: the stream has ended."""
        self._note(list(self._plates.end()))
        self._note(list(self._faces.end()))
        await self._settle(at_s)

    async def _read(self, picture: bytes) -> tuple[Plate, ...]:
        return await self._stages.read(picture) if "plates" in self._camera.look_for else ()

    async def _encode(self, picture: bytes) -> tuple[Face, ...]:
        if "faces" not in self._camera.look_for:
            return ()
        return tuple(await self._stages.encode(picture))

    def _note(self, decided: Iterable[tuple[int, SeenVehicle | SeenPerson | None]]) -> None:
        for number, outcome in decided:
            if outcome is None:
                self.tally = replace(self.tally, unclear=self.tally.unclear + 1)
            else:
                self._waiting.append((number, outcome))

    async def _settle(self, at_s: float) -> None:
        """Record what was decided; what fails waits, in its order."""
        while self._waiting:
            number, seen = self._waiting[0]
            try:
                await self._recall()
                if isinstance(seen, SeenVehicle):
                    await self._record_vehicle(number, seen, at_s)
                else:
                    await self._record_person(number, seen, at_s)
            except Unavailable as error:
                _log.warning("camera %s: an event has to wait: %s", self._camera.id, error)
                break
            except GatehouseError as error:
                _log.error("camera %s: an event is lost: %s", self._camera.id, error)
            self._waiting.popleft()
        self._vehicles.still_there(self._plates.in_sight(), at_s)
        self._people.still_there(self._faces.in_sight(), at_s)

    async def _recall(self) -> None:
        """Remember whom this camera recorded before its process was restarted.

        A stranger's face is stored nowhere, so strangers are not remembered.
        """
        if self._recalled or self._newest is None:
            return
        now, at_s = self._newest.at, self._newest.at_s
        since = now - timedelta(seconds=self._camera.track.again_after_s)
        for event in await self._sightings.before(self._camera.id, since):
            seen_s = at_s - (now - event.at).total_seconds()
            if event.plate is not None:
                plate = event.plate
                key = VehicleKey(plate.text, plate.confidence, event.vehicle_id)
                self._vehicles.remember(key, seen_s)
            elif event.driver_id is not None:
                self._people.remember(PersonKey.of_driver(event.driver_id), seen_s)
        self._recalled = True

    async def _record_vehicle(self, number: int, seen: SeenVehicle, at_s: float) -> None:
        plate = seen.plate
        vehicle = (await self._stages.match(SeenPlate.of(plate), self._least_match)).taken
        vehicle_id = vehicle.vehicle_id if vehicle else None
        key = VehicleKey(plate.text.text, plate.reading.confidence, vehicle_id)
        if self._vehicles.knows(key, number, at_s):
            self.tally = replace(self.tally, repeated=self.tally.repeated + 1)
            return
        [event] = await self._sightings.of_plates(self._sighting(seen), [plate], [vehicle])
        self._vehicles.remember(key, at_s, number)
        stored = int(event is not None)
        self.tally = replace(self.tally, plate_events=self.tally.plate_events + stored)

    async def _record_person(self, number: int, seen: SeenPerson, at_s: float) -> None:
        found = await self._stages.recognise(seen.face)
        driver_id = found.driver.driver_id if found.driver else None
        key = PersonKey(seen.face.embedding, seen.face.model_id, self._same_person, driver_id)
        if self._people.knows(key, number, at_s):
            self.tally = replace(self.tally, repeated=self.tally.repeated + 1)
            return
        [event] = await self._sightings.of_faces(self._sighting(seen), [found])
        self._people.remember(key, at_s, number)
        stored = int(event is not None)
        self.tally = replace(self.tally, face_events=self.tally.face_events + stored)

    def _sighting(self, seen: SeenVehicle | SeenPerson) -> Sighting:
        return Sighting(self._camera.id, seen.at, None)

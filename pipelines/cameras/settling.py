"""What a camera has decided, on its way into the journal."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from configs.camera_settings import CameraSettings
from configs.settings import Settings
from pipelines.cameras.face_votes import SeenPerson
from pipelines.cameras.frames import Tally
from pipelines.cameras.plate_votes import SeenVehicle
from pipelines.cameras.recent import PersonKey, Recent, VehicleKey
from pipelines.drivers.recognition import Recognised
from pipelines.errors import GatehouseError, Unavailable
from pipelines.events.records import NewEvent
from pipelines.events.sightings import Sighting, Sightings, face_event
from pipelines.gate import MatchVehicle
from pipelines.plate_matching.seen import SeenPlate
from pipelines.types import Face

_log = logging.getLogger(__name__)

_MOST_WAITING: Final = 64
"""Outcomes that wait for a model or the store to come back; the oldest go first."""

Recognise = Callable[[Face], Awaitable[Recognised]]
SeenOne = SeenVehicle | SeenPerson


@dataclass(slots=True, eq=False)
class _Waiting:
    """An outcome; its event is made once, so that it is stored once however often it is sent."""

    number: int
    seen: SeenOne
    event: NewEvent | None = None
    key: VehicleKey | PersonKey | None = None


class Outcomes:
    """Records outcomes, one after another, each once, for as long as that takes.

    What cannot be recorded now waits, and everything behind it. An outcome is lost where too many
    wait, and where something fails that no waiting mends; it is counted then.

    Args:
        camera: Whose outcomes they are.
        settings: The settings tree.
        recognise: Whose a face is.
        match: The known vehicle of a plate.
        sightings: Records events.
    """

    def __init__(
        self,
        camera: CameraSettings,
        settings: Settings,
        recognise: Recognise,
        match: MatchVehicle,
        sightings: Sightings,
    ) -> None:
        again_after_s = camera.track.again_after_s
        self._camera_id = camera.id
        self._again_after_s = again_after_s
        self._least_match = settings.gate.match_probability
        self._same_person = settings.gallery.verify_threshold
        self._recognise = recognise
        self._match = match
        self._sightings = sightings
        self._vehicles: Recent[VehicleKey] = Recent(again_after_s, VehicleKey.is_that_of)
        self._people: Recent[PersonKey] = Recent(again_after_s, PersonKey.is_that_of)
        self._waiting: deque[_Waiting] = deque()
        self._recalled = False
        self._clock: tuple[datetime, float] | None = None
        self._now_s = 0.0
        self.tally = Tally()

    @property
    def all_settled(self) -> bool:
        """Whether everything that was decided is recorded or lost."""
        return not self._waiting

    def see(self, at: datetime, at_s: float) -> None:
        """Say when a picture was taken, by both clocks; see ``Frame``."""
        self._clock = at, at_s

    def add(self, number: int, seen: SeenOne) -> None:
        """Have the outcome of a track wait for its turn."""
        if len(self._waiting) >= _MOST_WAITING:
            # The first one may be on its way to the store now.
            del self._waiting[1]
            self._lose("too many wait")
        self._waiting.append(_Waiting(number, seen))

    def still_there(self, vehicles: Sequence[int], people: Sequence[int], at_s: float) -> None:
        """Say what is in sight now: numbers of tracks."""
        self._now_s = at_s
        self._vehicles.still_there(vehicles, at_s)
        self._people.still_there(people, at_s)

    async def settle(self) -> None:
        """Record what waits, until something has to wait on; not to be called twice at once."""
        while self._waiting:
            waiting = self._waiting[0]
            # Whatever an engine or a store raises, the camera goes on with the next one.
            [failure] = await asyncio.gather(self._record(waiting), return_exceptions=True)
            if isinstance(failure, Unavailable | asyncio.CancelledError):
                _log.warning("camera %s: an event has to wait: %s", self._camera_id, failure)
                return
            self._waiting.popleft()
            if failure is not None:
                self._lose("it cannot be recorded", failure)

    async def _record(self, waiting: _Waiting) -> None:
        await self._recall()
        if waiting.event is None and await self._is_repeated(waiting):
            self._count(repeated=self.tally.repeated + 1)
            return
        assert waiting.event is not None
        if await self._sightings.store(waiting.event) is None:
            raise Unavailable("the journal does not answer")
        if isinstance(waiting.key, VehicleKey):
            self._vehicles.remember(waiting.key, self._now_s, waiting.number)
            self._count(plate_events=self.tally.plate_events + 1)
        elif waiting.key is not None:
            self._people.remember(waiting.key, self._now_s, waiting.number)
            self._count(face_events=self.tally.face_events + 1)

    async def _is_repeated(self, waiting: _Waiting) -> bool:
        """Whether it was recorded shortly before; makes its event otherwise."""
        where = Sighting(self._camera_id, waiting.seen.at, None)
        if isinstance(waiting.seen, SeenPerson):
            face = waiting.seen.face
            found = await self._recognise(face)
            driver_id = found.driver.driver_id if found.driver else None
            person = PersonKey(face.embedding, face.model_id, self._same_person, driver_id)
            waiting.key = person
            if self._people.knows(person, waiting.number, self._now_s):
                return True
            waiting.event = face_event(where, found)
            return False
        plate = waiting.seen.plate
        vehicle = (await self._match(SeenPlate.of(plate), self._least_match)).taken
        vehicle_id = vehicle.vehicle_id if vehicle else None
        key = VehicleKey(plate.text.text, plate.reading.confidence, vehicle_id)
        waiting.key = key
        if self._vehicles.knows(key, waiting.number, self._now_s):
            return True
        waiting.event = await self._sightings.plate_event(where, plate, vehicle)
        return False

    async def _recall(self) -> None:
        """Remember whom this camera recorded before its process was restarted.

        A stranger's face is stored nowhere, so strangers are not remembered.
        """
        if self._recalled or self._clock is None:
            return
        now, at_s = self._clock
        since = now - timedelta(seconds=self._again_after_s)
        for event in await self._sightings.before(self._camera_id, since):
            seen_s = at_s - (now - event.at).total_seconds()
            if event.plate is not None:
                plate = event.plate
                key = VehicleKey(plate.text, plate.confidence, event.vehicle_id)
                self._vehicles.remember(key, seen_s)
            elif event.driver_id is not None:
                self._people.remember(PersonKey.of_driver(event.driver_id), seen_s)
        self._recalled = True

    def _lose(self, why: str, failure: BaseException | None = None) -> None:
        foreign = None if isinstance(failure, GatehouseError) else failure
        said = f"{why}: {failure}" if failure is not None else why
        _log.error("camera %s: an event is lost: %s", self._camera_id, said, exc_info=foreign)
        self._count(lost=self.tally.lost + 1)

    def _count(self, **counts: int) -> None:
        self.tally = replace(self.tally, **counts)

"""One camera: pictures in, one event for each vehicle and person out."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

from configs.camera_settings import CameraSettings
from configs.settings import Settings
from pipelines.cameras.face_votes import FaceVotes, SeenPerson
from pipelines.cameras.following import Following
from pipelines.cameras.frames import Frame, Tally
from pipelines.cameras.plate_votes import PlateVotes, SeenVehicle
from pipelines.cameras.settling import Outcomes, Recognise
from pipelines.drivers.face_encoding import FaceEncoding
from pipelines.errors import GatehouseError
from pipelines.events.sightings import Sightings
from pipelines.gate import MatchVehicle
from pipelines.imaging import encode_jpeg
from pipelines.types import Face, Picture, Plate

_log = logging.getLogger(__name__)

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
    recognise: Recognise
    match: MatchVehicle


class CameraWatch:
    """Looks at the pictures of one camera, one after another; ``settle`` records what it decided.

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
        self._stages = stages
        self._outcomes = Outcomes(camera, settings, stages.recognise, stages.match, sightings)
        self._plates: Following[Plate, SeenVehicle] = Following(
            track, lambda: PlateVotes(track, region)
        )
        self._faces: Following[Face, SeenPerson] = Following(track, lambda: FaceVotes(track))
        self._failed_looks = 0
        self._unclear = 0

    @property
    def tally(self) -> Tally:
        """What came of the pictures so far."""
        outcomes = self._outcomes.tally
        return replace(outcomes, failed_looks=self._failed_looks, unclear=self._unclear)

    @property
    def all_settled(self) -> bool:
        """Whether everything that was decided is recorded or lost."""
        return self._outcomes.all_settled

    async def look(self, frame: Frame) -> None:
        """Look at one picture, later than those before.

        Whatever a model raises is counted; what the other one answers counts all the same.
        """
        self._outcomes.see(frame.at, frame.at_s)
        # Errors of engines in other processes can be of any class.
        [asked] = await asyncio.gather(self._ask(frame.picture), return_exceptions=True)
        plates, faces = (asked, asked) if isinstance(asked, BaseException) else asked
        failures = {one for one in (plates, faces) if isinstance(one, BaseException)}
        self._failed_looks += bool(failures)
        for failure in failures:
            foreign = None if isinstance(failure, GatehouseError) else failure
            said = "camera %s: a picture was not looked at: %s"
            _log.warning(said, self._camera.id, failure, exc_info=foreign)
        if not isinstance(plates, BaseException):
            found = [(one.detection.box, one) for one in plates]
            self._note(list(self._plates.see(found, frame)))
        if not isinstance(faces, BaseException):
            self._note(list(self._faces.see([(one.box, one) for one in faces], frame)))
        self.pass_time(frame.at_s)

    def pass_time(self, at_s: float) -> None:
        """Decide about what has passed while no picture came."""
        self._note(list(self._plates.pass_time(at_s)))
        self._note(list(self._faces.pass_time(at_s)))
        self._outcomes.still_there(self._plates.in_sight(), self._faces.in_sight(), at_s)

    def end(self, at_s: float) -> None:
        """Decide about everything: the stream has ended."""
        self._note(list(self._plates.end()))
        self._note(list(self._faces.end()))
        self._outcomes.still_there((), (), at_s)

    async def settle(self) -> None:
        """Record what was decided; what fails waits, in its order. Not to be called twice at once.

        It may take long where gallery or store are away, so that pictures are not to wait for it.
        """
        await self._outcomes.settle()

    async def _ask(
        self, picture: Picture
    ) -> tuple[tuple[Plate, ...] | BaseException, tuple[Face, ...] | BaseException]:
        encoded = await asyncio.to_thread(encode_jpeg, picture)
        return await asyncio.gather(
            self._read(encoded), self._encode(encoded), return_exceptions=True
        )

    async def _read(self, picture: bytes) -> tuple[Plate, ...]:
        return await self._stages.read(picture) if "plates" in self._camera.look_for else ()

    async def _encode(self, picture: bytes) -> tuple[Face, ...]:
        if "faces" not in self._camera.look_for:
            return ()
        return tuple(await self._stages.encode(picture))

    def _note(self, decided: Iterable[tuple[int, SeenVehicle | SeenPerson | None]]) -> None:
        for number, outcome in decided:
            if outcome is None:
                self._unclear += 1
            else:
                self._outcomes.add(number, outcome)

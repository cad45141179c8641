"""A camera that watches a clip in this process, picture by picture, with the real engines."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from configs.camera_settings import CameraSettings, ReconnectSettings
from configs.settings import Settings
from pipelines.cameras.capture import FfmpegCapture
from pipelines.cameras.frames import Frame, Tally
from pipelines.cameras.watch import CameraWatch, Stages
from pipelines.drivers.face_encoding import NamedPicture
from pipelines.events.records import NewEvent
from pipelines.events.sightings import Sightings
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.gallery import Gallery
from pipelines.outcomes import decode_and_run
from pipelines.types import Face
from tests.contract.application import build_services
from tests.contract.engines import Engines
from tests.contract.local_books import Faults

_BEGINNING = datetime(2026, 5, 1, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of a clip.

    Attributes:
        texts: Of all readings, where every picture is read by itself.
        pictures: Pictures that were looked at.
        clip_s: The clip's length.
        processor_s: Processor time that the camera took, its models included.
    """

    events: tuple[NewEvent, ...]
    tally: Tally
    texts: tuple[str, ...]
    pictures: int
    clip_s: float
    processor_s: float


class Studio:
    """Engines, gallery and journal, that cameras share."""

    def __init__(self, settings: Settings, gallery: Gallery, engines: Engines) -> None:
        self.settings = settings
        self._services = build_services(settings, gallery, Faults(), engines)
        self._encoder = engines.encoder

    async def enrol(self, name: str, photos: tuple[Path, ...]) -> int:
        """Makes a person known by photos; returns the driver's id."""
        named = [NamedPicture(photo.name, photo.read_bytes()) for photo in photos]
        details = DriverDetails(name=name)
        enrolled = await self._services.people.enrolment.create(named, details, allow_twin=True)
        return enrolled.record.driver_id

    async def watch(self, clip: Path, camera: CameraSettings) -> Watched:
        """Shows the clip to a camera and, picture by picture, to the reader alone."""
        services = self._services
        texts: list[str] = []

        async def read(picture: bytes) -> Any:
            plates = await services.plates.read_picture(picture)
            texts.extend(one.text.text for one in plates if one.text.text)
            return plates

        stages = Stages(
            read, self._encode, services.people.recognition.recognise, services.vehicles.match
        )
        watch = CameraWatch(
            camera, self.settings, stages, Sightings(services.events, services.crops)
        )
        before = time.process_time()
        pictures, at_s = 0, 0.0
        for frame in sampled(clip, camera.frames_per_second):
            await watch.look(frame)
            await watch.settle()
            pictures, at_s = pictures + 1, frame.at_s
        watch.end(at_s)
        await watch.settle()
        processor_s = time.process_time() - before
        page = await services.events.journal.page(limit=1000)
        events = tuple(one.seen for one in reversed(page.events))
        return Watched(events, watch.tally, tuple(texts), pictures, at_s, processor_s)

    async def _encode(self, picture: bytes) -> tuple[Face, ...]:
        [faces] = decode_and_run([picture], self.settings.limits.max_pixels, self._encoder.encode)
        if isinstance(faces, BaseException):
            raise faces
        found: tuple[Face, ...] = faces
        return found


def sampled(clip: Path, per_second: float) -> Iterator[Frame]:
    """The pictures of a clip that a camera would look at, by the clip's own time."""
    capture = FfmpegCapture(str(clip), ReconnectSettings())
    rate, due_s, number = capture.frames_per_second, 0.0, 0
    while capture.grab():
        at_s = number / rate
        number += 1
        if at_s + 1e-9 >= due_s:
            due_s += 1.0 / per_second
            picture = capture.picture()
            assert picture is not None
            yield Frame(picture, _BEGINNING + timedelta(seconds=at_s), at_s)
    capture.close()

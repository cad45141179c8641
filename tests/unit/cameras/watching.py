"""A camera with fake models, a journal in memory and pictures that tests draw."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from configs.camera_settings import CameraSettings
from configs.settings import EventSettings, Settings
from pipelines.cameras.frames import Frame
from pipelines.cameras.watch import CameraWatch, Stages
from pipelines.drivers.recognition import DriverRecognition
from pipelines.engines.fake_face_encoder import FakeFaceEncoder
from pipelines.engines.fake_plate_detector import FakePlateDetector
from pipelines.engines.fake_plate_reader import FakePlateReader
from pipelines.errors import GatehouseError, Unavailable
from pipelines.events.recording import EventRecorder
from pipelines.events.records import Event, EventFilter, EventPage, NewEvent
from pipelines.events.sightings import Sightings
from pipelines.imaging import decode
from pipelines.plate_matching.outcome import MatchReason, PlateMatch
from pipelines.plate_matching.seen import SeenPlate
from pipelines.plates import PlatePipeline
from pipelines.types import Face, Picture, PlateDetection, PlateReading
from pipelines.vehicles.match import VehicleMatch
from pipelines.vehicles.records import VehicleDetails, VehicleRecord
from tests.unit.recording_gallery import MemoryCrops, RecordingGallery

EIGHT = datetime(2026, 5, 1, 8, tzinfo=UTC)


class Journal:
    """Keeps what is appended, each event once, unless it is away."""

    def __init__(self) -> None:
        self.kept: list[NewEvent] = []
        self.failure: GatehouseError | None = None
        self.lost_answers = 0
        self.asked = asyncio.Event()
        self.answers = asyncio.Event()
        self.answers.set()

    async def append(self, new: tuple[NewEvent, ...]) -> tuple[Event, ...]:
        if self.failure is not None:
            raise self.failure
        stored = {one.token for one in self.kept}
        self.kept += [one for one in new if one.token not in stored]
        if self.lost_answers:
            self.lost_answers -= 1
            raise Unavailable("DriverIndex.events did not answer in 5 s")
        return tuple(Event(place, EIGHT, one) for place, one in enumerate(new, 1))

    async def page(self, wanted: EventFilter, _limit: int) -> EventPage:
        self.asked.set()
        await self.answers.wait()
        if self.failure is not None:
            raise self.failure
        assert wanted.since is not None
        found = [one for one in self.kept if one.at >= wanted.since]
        return EventPage(tuple(Event(1, EIGHT, one) for one in reversed(found)), None)


class Gate:
    """A camera in front of which tests have vehicles and people pass."""

    def __init__(
        self,
        *,
        events: EventSettings | None = None,
        journal: Journal | None = None,
        **camera: Any,
    ) -> None:
        self.journal = journal or Journal()
        self.gallery = RecordingGallery()
        self.crops = MemoryCrops()
        self.known: dict[str, int] = {}
        self.failure: Exception | None = None
        self.face_failure: Exception | None = None
        self.match_failure: Exception | None = None
        self.misread: Callable[[str, float], str] = lambda text, _at_s: text
        self.now_s = 0.0
        settings = Settings()
        self._detector = FakePlateDetector(settings.plate_detector)
        self._reader = FakePlateReader(settings.plate_reader)
        self._encoder = FakeFaceEncoder(settings.face_encoder)
        self.stages = Stages(
            read=PlatePipeline(self._detect, self._read, settings).read_picture,
            encode=self._encode,
            recognise=DriverRecognition(self._encode, self.gallery, settings.gallery).recognise,
            match=self._match,
        )
        kept: Any = self.journal
        recorder = EventRecorder(kept, events or EventSettings())
        self.watch = CameraWatch(
            CameraSettings.model_validate({"id": "gate-1", "url": "clip.avi", **camera}),
            settings,
            self.stages,
            Sightings(recorder, self.crops),
        )

    def show(self, *pictures: Picture, every_s: float = 0.25) -> None:
        """Shows pictures, one after another."""

        async def look() -> None:
            for picture in pictures:
                await self.look(picture, every_s=every_s)
                await self.watch.settle()

        asyncio.run(look())

    async def look(self, *pictures: Picture, every_s: float = 0.25) -> None:
        """The same, without recording anything."""
        for picture in pictures:
            self.now_s += every_s
            moment = EIGHT + timedelta(seconds=self.now_s)
            await self.watch.look(Frame(picture, moment, self.now_s))

    def wait(self, seconds: float) -> None:
        """Has time pass in which no picture comes."""
        self.now_s += seconds
        self.watch.pass_time(self.now_s)
        asyncio.run(self.watch.settle())

    def end(self) -> None:
        """Ends the stream."""
        self.watch.end(self.now_s)
        asyncio.run(self.watch.settle())

    @property
    def texts(self) -> list[str]:
        """Of the plates of all events."""
        return [event.plate.text for event in self.journal.kept if event.plate]

    async def _detect(self, picture: bytes) -> tuple[PlateDetection, ...]:
        if self.failure is not None:
            raise self.failure
        return self._detector.detect([decode(picture, max_pixels=1_000_000)])[0]

    async def _read(self, crops: Any) -> list[PlateReading]:
        readings = self._reader.read(crops)
        texts = [self.misread(one.text, self.now_s) for one in readings]
        return [
            PlateReading(text, one.confidence, one.char_confidences, (), (text,))
            for one, text in zip(readings, texts, strict=True)
        ]

    async def _encode(self, picture: bytes) -> tuple[Face, ...]:
        if self.face_failure is not None:
            raise self.face_failure
        return self._encoder.encode([decode(picture, max_pixels=1_000_000)])[0]

    async def _match(self, seen: SeenPlate, _least: float) -> VehicleMatch:
        if self.match_failure is not None:
            raise self.match_failure
        vehicle_id = self.known.get(seen.text)
        if vehicle_id is None:
            nothing = PlateMatch(MatchReason.NOT_KNOWN, None, 0.0, 0.0, exact=False)
            return VehicleMatch(nothing, None)
        details = VehicleDetails("30A12345", "VN")
        taken = PlateMatch(MatchReason.MATCHED, vehicle_id, 0.99, 0.0, exact=True)
        return VehicleMatch(taken, VehicleRecord(vehicle_id, details, 1, EIGHT, EIGHT))

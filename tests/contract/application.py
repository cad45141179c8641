"""The whole application in this process: fake engines, real gallery, real stores."""

import asyncio
import base64
from collections.abc import Awaitable
from typing import Any, TypeVar

import cv2
import httpx
import numpy as np

from configs.settings import Settings
from deployments.ingress.app import create_app
from deployments.ingress.counted import CountedDelivery, CountedEvents, CountedPlates
from deployments.ingress.probes import build_probes
from deployments.ingress.services import Services, build_driver_services
from deployments.ingress.v1.event_wire import event_in_json
from deployments.model_replica import settle
from deployments.timed import TimedStage
from pipelines.drivers.retention import Retention
from pipelines.engines.fake_face_encoder import draw_fake_face
from pipelines.engines.fake_plate_reader import draw_fake_plate
from pipelines.errors import Overloaded, Unavailable
from pipelines.gallery.gallery import Gallery
from pipelines.gate import Gate
from pipelines.outcomes import decode_and_run
from pipelines.picture_urls import PictureUrls
from pipelines.pictures import PictureSource
from pipelines.storage.crops import CropStore
from pipelines.types import Face, FaceModel, Picture, PlateDetection, PlateReading
from tests.contract.engines import Engines
from tests.contract.local_books import Faults, LocalBook, LocalGallery

T = TypeVar("T")


def jpeg(picture: Picture) -> bytes:
    """Encodes a picture."""
    done, data = cv2.imencode(".jpg", picture)
    assert done
    return bytes(data)


def png(picture: Picture) -> bytes:
    """Encodes a picture."""
    done, data = cv2.imencode(".png", picture)
    assert done
    return bytes(data)


def street() -> Picture:
    """A picture that shows neither plate nor face."""
    return np.full((240, 480, 3), 90, np.uint8)


def plate_jpeg(*texts: str) -> bytes:
    """A picture of plates with these texts."""
    picture = np.full((40 + 140 * len(texts), 640, 3), 90, np.uint8)
    for number, text in enumerate(texts):
        picture, _ = draw_fake_plate(picture, 40, 20 + 140 * number, text)
    return jpeg(picture)


def face_jpeg(identity: int, shade: int = 90) -> bytes:
    """A photo of a person; another shade is another photo."""
    picture, _ = draw_fake_face(np.full((240, 320, 3), shade, np.uint8), 100, 60, identity)
    return jpeg(picture)


RECOGNIZE_PLATE = "/api/license_plate/recognize"
REGISTER = "/api/face/register"
RECOGNIZE = "/api/face/recognize"

Upload = tuple[str, tuple[str, bytes]]


def image(data: bytes, name: str = "photo.jpg", form_field: str = "image") -> list[Upload]:
    """A form with one file."""
    return [(form_field, (name, data))]


def images(*data: bytes) -> list[Upload]:
    """A form with files image1.jpg, image2.jpg, ... in the field ``images``."""
    return [("images", (f"image{number}.jpg", one)) for number, one in enumerate(data, 1)]


def photos_of(identity: int, count: int) -> list[bytes]:
    """Different photos of one person."""
    return [face_jpeg(identity, 60 + 20 * number) for number in range(count)]


SHORT_STREAMS = {"stream_s": 0.2, "poll_s": 0.02}
"""Settings of ``events``: the client here has an answer when it has ended."""


def build_services(
    settings: Settings, gallery: Gallery, faults: Faults, engines: Engines | None = None
) -> Services:
    """What the Ingress deployment builds, without Ray; with fake engines where none are given."""
    engines = engines or Engines.fake(settings)
    detector, reader, encoder = engines.detector, engines.reader, engines.encoder
    max_pixels = settings.limits.max_pixels

    async def detect(picture: bytes) -> tuple[PlateDetection, ...]:
        faults.arise("detect")
        return settle(decode_and_run([picture], max_pixels, detector.detect)[0])

    async def read(crops: Any) -> list[PlateReading]:
        readings: list[PlateReading] = reader.read(crops)
        return readings

    async def encode(picture: bytes) -> tuple[Face, ...]:
        return settle(decode_and_run([picture], max_pixels, encoder.encode)[0])

    async def face_model() -> FaceModel:
        return FaceModel(encoder.model_id, encoder.dimension)

    crops = CropStore(settings.storage)
    local = LocalGallery(gallery, faults)
    vehicles: Any = LocalBook(gallery.books["vehicles"], faults)
    journal: Any = LocalBook(gallery.books["events"], faults)
    webhooks: Any = LocalBook(gallery.books["webhooks"], faults)
    embed = TimedStage("embed", encode)
    drivers, people = build_driver_services(embed, face_model, local, crops, vehicles, settings)
    plates = CountedPlates(TimedStage("detect", detect), TimedStage("read", read), settings)
    match = TimedStage("match", vehicles.match)
    return Services(
        plates=plates,
        drivers=drivers,
        people=people,
        pictures=PictureSource(settings.pictures),
        urls=PictureUrls(settings.pictures, settings.limits.max_bytes_in_flight),
        crops=crops,
        vehicles=vehicles,
        gate=Gate(plates, people.recognition, match, settings.gate),
        events=CountedEvents(journal, settings.events),
        webhooks=CountedDelivery(webhooks, settings.webhooks, event_in_json),
        probes=build_probes(detect, read, encode, face_model, local.search),
        upkeep=Retention(local, crops, settings.retention, journal),
    )


async def _awaited(work: Awaitable[T]) -> T:
    return await work


class Client:
    """Sends requests to the application, one event loop a client."""

    def __init__(self, settings: Settings, gallery: Gallery) -> None:
        self.faults = Faults()
        self._loop = asyncio.Runner()
        self._http = self._loop.run(self._build(settings, gallery))

    async def _build(self, settings: Settings, gallery: Gallery) -> httpx.AsyncClient:
        self.settings = settings
        self.services = build_services(settings, gallery, self.faults)
        self.app = create_app(self.services, settings)
        # Unexpected errors must be answered 500 as in production, not raised into the test.
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://gatehouse")

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self._loop.run(self._http.post(path, **options))

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self._loop.run(self._http.request("GET", path, **options))

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._loop.run(self._http.request(method, path, **options))

    async def ask(self, path: str) -> httpx.Response:
        """GET, from within ``run``."""
        return await self._http.get(path)

    def run(self, work: Awaitable[T]) -> T:
        """Awaits something in the event loop of the application."""
        return self._loop.run(_awaited(work))

    def enrol(self, identity: int) -> str:
        """Registers a new driver by three photos; returns its id."""
        answer = self.post(REGISTER, files=images(*photos_of(identity, 3)))
        assert answer.status_code == 200, answer.text
        user_id: str = answer.json()["user_id"]
        return user_id

    def base64_photos(self, identity: int, count: int) -> list[str]:
        """Photos of a person as JSON carries them."""
        return [base64.b64encode(photo).decode() for photo in photos_of(identity, count)]

    def sweep(self) -> None:
        """Does what is done in the background, once."""
        assert self.services.upkeep is not None
        self.run(self.services.upkeep.sweep())

    def settle(self) -> None:
        """Waits until the crops of every registration so far are seen to."""
        self._loop.run(self.services.people.enrolment.settled())

    def close(self) -> None:
        self._loop.run(self._http.aclose())
        self._loop.close()


OVERLOADED = Overloaded("the service is busy, try again shortly", {"retry_after_s": 7})
UNAVAILABLE = Unavailable("PlateDetector.detect did not answer in 30 s")

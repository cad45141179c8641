"""What the routes work with."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from configs.settings import Settings
from deployments.ingress.counted import CountedDrivers, CountedRecognition
from deployments.ingress.readiness import Probe
from deployments.ingress.replicas import Replicas, ThisProcess
from pipelines.drivers.enrolment import DriverEnrolment
from pipelines.drivers.erasure import DriverErasure
from pipelines.drivers.face_encoding import FaceEncoding
from pipelines.drivers.gallery import DriverGallery
from pipelines.drivers.gallery_transfer import GalleryTransfer
from pipelines.drivers.largest_face import Drivers
from pipelines.drivers.recognition import DriverRecognition
from pipelines.drivers.registration import Enrolment
from pipelines.events.recording import EventRecorder
from pipelines.gate import Gate
from pipelines.picture_urls import PictureUrls
from pipelines.pictures import PictureSource
from pipelines.plates import PlatePipeline
from pipelines.storage.crops import CropStore
from pipelines.types import FaceModel
from pipelines.vehicles.book import Vehicles
from pipelines.webhooks.delivering import WebhookDelivery


class Upkeep(Protocol):
    """What is done in the background, again and again."""

    async def sweep(self) -> object: ...


@dataclass(frozen=True, slots=True)
class DriverServices:
    """The compositions behind the /v1 routes."""

    gallery: DriverGallery
    enrolment: DriverEnrolment
    erasure: DriverErasure
    recognition: DriverRecognition
    transfer: GalleryTransfer


@dataclass(frozen=True, slots=True)
class Services:
    """The compositions and stores behind the routes.

    Attributes:
        drivers: Behind the routes of the face and plate API.
        people: Behind the /v1 routes.
        events: Records what was recognised, and has the journal.
        webhooks: Tells others of events, in the background, where any URL may be told.
        probes: By name, one tiny use of each stage that /readyz asks.
        upkeep: Swept in the background; None sweeps nothing.
        replicas: Asked for what they measure and run.
    """

    plates: PlatePipeline
    drivers: Drivers
    people: DriverServices
    pictures: PictureSource
    urls: PictureUrls
    crops: CropStore
    events: EventRecorder
    vehicles: Vehicles
    gate: Gate
    webhooks: WebhookDelivery
    probes: Mapping[str, Probe] = field(default_factory=dict)
    upkeep: Upkeep | None = None
    replicas: Replicas = field(default_factory=ThisProcess)


def build_driver_services(
    encode: FaceEncoding,
    face_model: Callable[[], Awaitable[FaceModel]],
    gallery: DriverGallery,
    crops: CropStore,
    vehicles: Vehicles,
    settings: Settings,
) -> tuple[Drivers, DriverServices]:
    """Puts together what works on drivers, for the two families of routes.

    Args:
        encode: The face encoder.
        face_model: Says which model makes the embeddings.
        gallery: The driver gallery.
        crops: The crop store.
        vehicles: The known vehicles, which leave and enter with the gallery.
        settings: The settings tree.
    """
    enrolment = Enrolment(gallery, crops)
    drivers = CountedDrivers(encode, gallery, enrolment, crops, settings.gallery)
    return drivers, DriverServices(
        gallery=gallery,
        enrolment=DriverEnrolment(encode, gallery, enrolment, settings),
        erasure=DriverErasure(gallery.directory, crops, settings.enrolment),
        recognition=CountedRecognition(encode, gallery, settings.gallery),
        transfer=GalleryTransfer(gallery, face_model, settings, vehicles),
    )

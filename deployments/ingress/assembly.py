"""What the ingress answers with: compositions over handles to the other deployments."""

from ray.serve.handle import DeploymentHandle

from configs.settings import Settings
from deployments.every_replica import EveryReplica
from deployments.gathered import bytes_of, gathered
from deployments.ingress.counted import CountedDelivery, CountedEvents, CountedPlates
from deployments.ingress.probes import build_probes
from deployments.ingress.services import Services, build_driver_services
from deployments.ingress.v1.event_wire import event_in_json
from deployments.remote import RemoteStage, Tunable
from deployments.remote_events import RemoteEvents
from deployments.remote_vehicles import RemoteVehicles
from deployments.remote_webhooks import RemoteWebhooks
from deployments.timed import TimedGallery, TimedStage
from pipelines.drivers.retention import Retention
from pipelines.gate import Gate
from pipelines.picture_urls import PictureUrls
from pipelines.pictures import PictureSource
from pipelines.storage.crops import CropStore


def assemble(
    settings: Settings,
    tuning: Tunable,
    models: tuple[DeploymentHandle, DeploymentHandle, DeploymentHandle],
    driver_indexes: tuple[DeploymentHandle, ...],
    cameras: tuple[DeploymentHandle, ...] = (),
) -> Services:
    """Bind everything that routes use.

    Args:
        settings: Of the application.
        tuning: Of the ingress, as it is at any time.
        models: Plate detector, plate reader and face encoder.
        driver_indexes: One a shard.
        cameras: One a camera.
    """
    plate_detector, plate_reader, face_encoder = models
    crops = CropStore(settings.storage)
    gallery = TimedGallery(driver_indexes, tuning, settings.gallery.top_k)
    detect = gathered(plate_detector, "detect", len, tuning)
    read = gathered(plate_reader, "read", bytes_of, tuning)
    encode = gathered(face_encoder, "encode", len, tuning)
    face_model = RemoteStage(face_encoder, "model", tuning, repeatable=True)
    embed = TimedStage("embed", encode)
    vehicles = RemoteVehicles(driver_indexes, tuning)
    drivers, people = build_driver_services(embed, face_model, gallery, crops, vehicles, settings)
    journal = RemoteEvents(driver_indexes, tuning)
    webhooks = RemoteWebhooks(driver_indexes, tuning)
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
        probes=build_probes(detect, read, encode, face_model, gallery.untimed_search),
        upkeep=Retention(gallery, crops, settings.retention, journal),
        replicas=EveryReplica(models, driver_indexes, cameras),
    )

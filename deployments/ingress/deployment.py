"""The Ingress deployment: the HTTP application over handles to the other deployments."""

from typing import Any

from fastapi import FastAPI
from ray import serve
from ray.serve.handle import DeploymentHandle

from configs.settings import IngressTuning, Settings
from deployments.bind_address import require_guard
from deployments.every_replica import EveryReplica
from deployments.exposition import Measurements
from deployments.gathered import bytes_of, gathered
from deployments.ingress.app import create_app
from deployments.ingress.counted import CountedDelivery, CountedEvents, CountedPlates
from deployments.ingress.probes import build_probes
from deployments.ingress.services import Services, build_driver_services
from deployments.ingress.v1.event_wire import event_in_json
from deployments.metrics import INGRESS
from deployments.remote import RemoteStage, Tunable
from deployments.remote_events import RemoteEvents
from deployments.remote_vehicles import RemoteVehicles
from deployments.remote_webhooks import RemoteWebhooks
from deployments.replica_logs import set_up_logs
from deployments.timed import TimedGallery, TimedStage
from pipelines.drivers.retention import Retention
from pipelines.gate import Gate
from pipelines.picture_urls import PictureUrls
from pipelines.pictures import PictureSource
from pipelines.storage.crops import CropStore


class Ingress:
    """Answers HTTP."""

    def __init__(
        self,
        settings: Settings,
        plate_detector: DeploymentHandle,
        plate_reader: DeploymentHandle,
        face_encoder: DeploymentHandle,
        *driver_indexes: DeploymentHandle,
    ) -> None:
        require_guard(settings.access)
        set_up_logs()
        self._settings = settings
        self._tuning = Tunable()
        crops = CropStore(settings.storage)
        gallery = TimedGallery(driver_indexes, self._tuning, settings.gallery.top_k)
        detect = gathered(plate_detector, "detect", len, self._tuning)
        read = gathered(plate_reader, "read", bytes_of, self._tuning)
        encode = gathered(face_encoder, "encode", len, self._tuning)
        face_model = RemoteStage(face_encoder, "model", self._tuning, repeatable=True)
        embed = TimedStage("embed", encode)
        drivers, people = build_driver_services(embed, face_model, gallery, crops, settings)
        journal = RemoteEvents(driver_indexes, self._tuning)
        webhooks = RemoteWebhooks(driver_indexes, self._tuning)
        plates = CountedPlates(TimedStage("detect", detect), TimedStage("read", read), settings)
        vehicles = RemoteVehicles(driver_indexes, self._tuning)
        match = TimedStage("match", vehicles.match)
        self._services = Services(
            plates=plates,
            drivers=drivers,
            people=people,
            pictures=PictureSource(settings.pictures),
            urls=PictureUrls(settings.pictures),
            crops=crops,
            vehicles=vehicles,
            gate=Gate(plates, people.recognition, match, settings.gate),
            events=CountedEvents(journal, settings.events),
            webhooks=CountedDelivery(webhooks, settings.webhooks, event_in_json),
            probes=build_probes(detect, read, encode, face_model, gallery.untimed_search),
            upkeep=Retention(gallery, crops, settings.retention, journal),
            replicas=EveryReplica((plate_detector, plate_reader, face_encoder), driver_indexes),
        )

    def __serve_build_asgi_app__(self) -> FastAPI:
        return create_app(self._services, self._settings)

    async def measurements(self) -> Measurements:
        """What this replica has measured."""
        return Measurements.of(serve.get_replica_context().replica_tag, INGRESS)

    def reconfigure(self, user_config: dict[str, Any]) -> None:
        """Applies ``user_config`` (configs.settings.IngressTuning)."""
        self._tuning.current = IngressTuning.model_validate(user_config)

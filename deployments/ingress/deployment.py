"""The Ingress deployment: the HTTP application over handles to the other deployments."""

from typing import Any

from fastapi import FastAPI
from ray.serve.handle import DeploymentHandle

from configs.settings import IngressTuning, Settings
from deployments.bind_address import require_guard
from deployments.ingress.app import create_app
from deployments.ingress.probes import build_probes
from deployments.ingress.services import Services, build_driver_services
from deployments.remote import RemoteStage, Tunable
from deployments.remote_gallery import RemoteGallery
from pipelines.drivers.retention import Retention
from pipelines.pictures import PictureSource
from pipelines.plates import PlatePipeline
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
        self._settings = settings
        self._tuning = Tunable()
        crops = CropStore(settings.storage)
        gallery = RemoteGallery(driver_indexes, self._tuning, settings.gallery.top_k)
        detect = RemoteStage(plate_detector, "detect", self._tuning, repeatable=True)
        read = RemoteStage(plate_reader, "read", self._tuning, repeatable=True)
        encode = RemoteStage(face_encoder, "encode", self._tuning, repeatable=True)
        face_model = RemoteStage(face_encoder, "model", self._tuning, repeatable=True)
        drivers, people = build_driver_services(encode, face_model, gallery, crops, settings)
        self._services = Services(
            plates=PlatePipeline(detect, read, settings),
            drivers=drivers,
            people=people,
            pictures=PictureSource(settings.pictures),
            crops=crops,
            probes=build_probes(detect, read, encode, face_model, gallery.search),
            upkeep=Retention(gallery, crops, settings.retention),
        )

    def __serve_build_asgi_app__(self) -> FastAPI:
        return create_app(self._services, self._settings)

    def reconfigure(self, user_config: dict[str, Any]) -> None:
        """Applies ``user_config`` (configs.settings.IngressTuning)."""
        self._tuning.current = IngressTuning.model_validate(user_config)

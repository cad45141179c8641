"""The Ingress deployment: the HTTP application over handles to the other deployments."""

from typing import Any

from fastapi import FastAPI
from ray.serve.handle import DeploymentHandle

from configs.settings import IngressTuning, Settings
from deployments.ingress.app import create_app
from deployments.ingress.probes import build_probes
from deployments.ingress.services import Services
from deployments.remote import RemoteStage, Tunable
from pipelines.crops import CropStore
from pipelines.drivers import Drivers
from pipelines.gallery.records import EnrolledFace
from pipelines.pictures import PictureSource
from pipelines.plates import PlatePipeline
from pipelines.types import GallerySearch, Vector


class RemoteGallery:
    """The driver gallery as the compositions see it, over a handle."""

    def __init__(self, index: DeploymentHandle, tuning: Tunable) -> None:
        self._search = RemoteStage(index, "search", tuning, repeatable=True)
        # The token makes a registration happen once, however often it is sent.
        self._register = RemoteStage(index, "register", tuning, repeatable=True)
        self._withdraw = RemoteStage(index, "withdraw", tuning, repeatable=True)

    async def search(self, vector: Vector, model_id: str) -> GallerySearch:
        found: GallerySearch = await self._search(vector, model_id)
        return found

    async def register(
        self, driver_id: int | None, faces: tuple[EnrolledFace, ...], token: str
    ) -> int:
        enrolled: int = await self._register(driver_id, faces, token)
        return enrolled

    async def withdraw(self, token: str) -> int | None:
        driver_id: int | None = await self._withdraw(token)
        return driver_id


class Ingress:
    """Answers HTTP."""

    def __init__(
        self,
        settings: Settings,
        plate_detector: DeploymentHandle,
        plate_reader: DeploymentHandle,
        face_encoder: DeploymentHandle,
        driver_index: DeploymentHandle,
    ) -> None:
        self._settings = settings
        self._tuning = Tunable()
        crops = CropStore(settings.storage)
        gallery = RemoteGallery(driver_index, self._tuning)
        detect = RemoteStage(plate_detector, "detect", self._tuning, repeatable=True)
        read = RemoteStage(plate_reader, "read", self._tuning, repeatable=True)
        encode = RemoteStage(face_encoder, "encode", self._tuning, repeatable=True)
        face_model = RemoteStage(face_encoder, "model", self._tuning, repeatable=True)
        self._services = Services(
            plates=PlatePipeline(detect, read, settings),
            drivers=Drivers(encode, gallery, crops, settings.gallery),
            pictures=PictureSource(settings.pictures),
            crops=crops,
            probes=build_probes(detect, read, encode, face_model, gallery.search),
        )

    def __serve_build_asgi_app__(self) -> FastAPI:
        return create_app(self._services, self._settings)

    def reconfigure(self, user_config: dict[str, Any]) -> None:
        """Applies ``user_config`` (configs.settings.IngressTuning)."""
        self._tuning.current = IngressTuning.model_validate(user_config)

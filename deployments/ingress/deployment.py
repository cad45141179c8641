"""The Ingress deployment: the HTTP application over handles to the other deployments."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from ray import serve
from ray.serve.handle import DeploymentHandle

from configs.settings import IngressTuning, Settings
from deployments.bind_address import require_guard
from deployments.exposition import Measurements
from deployments.metrics import INGRESS
from deployments.remote import Tunable
from deployments.replica_logs import set_up_logs


class Ingress:
    """Answers HTTP."""

    def __init__(
        self,
        settings: Settings,
        plate_detector: DeploymentHandle,
        plate_reader: DeploymentHandle,
        face_encoder: DeploymentHandle,
        *driver_indexes: DeploymentHandle,
        cameras: Sequence[DeploymentHandle] = (),
    ) -> None:
        # Half a second, and whoever builds the application needs the class alone.
        from deployments.ingress.assembly import assemble  # noqa: PLC0415

        require_guard(settings.access)
        set_up_logs()
        self._settings = settings
        self._tuning = Tunable()
        models = (plate_detector, plate_reader, face_encoder)
        self._services = assemble(settings, self._tuning, models, driver_indexes, tuple(cameras))

    def __serve_build_asgi_app__(self) -> FastAPI:
        from deployments.ingress.app import create_app  # noqa: PLC0415

        return create_app(self._services, self._settings)

    async def measurements(self) -> Measurements:
        """What this replica has measured."""
        return Measurements.of(serve.get_replica_context().replica_tag, INGRESS)

    def reconfigure(self, user_config: dict[str, Any]) -> None:
        """Applies ``user_config`` (configs.settings.IngressTuning)."""
        self._tuning.current = IngressTuning.model_validate(user_config)

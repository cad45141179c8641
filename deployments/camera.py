"""The Camera deployment: watches one camera of the settings, and records what passes.

A camera's address comes from the operator's settings alone. No request names, adds or changes one,
so nobody who may merely ask the service can have it connect to anything. Addresses may hold
passwords: they are neither logged nor answered.
"""

import asyncio
from typing import TYPE_CHECKING, Any, Final

from ray import serve
from ray.serve.handle import DeploymentHandle

from configs.settings import IngressTuning, Settings
from deployments.exposition import Measurements
from deployments.remote import Tunable

_STOP_S: Final = 3.0
"""For recording what is in sight; below ``graceful_shutdown_timeout_s`` of the options."""

if TYPE_CHECKING:
    from pipelines.cameras.frames import CameraStatus, CameraView
    from pipelines.cameras.running import CameraRun


class Camera:
    """Watches one camera; whatever becomes of its stream, the rest of the service goes on.

    Args:
        settings: The settings tree.
        camera_id: Which of its cameras.
        plate_detector: Its deployment.
        plate_reader: Its deployment.
        face_encoder: Its deployment.
        driver_indexes: One a shard.
    """

    async def __init__(  # type: ignore[misc]  # Serve awaits constructors
        self,
        settings: Settings,
        camera_id: str,
        plate_detector: DeploymentHandle,
        plate_reader: DeploymentHandle,
        face_encoder: DeploymentHandle,
        *driver_indexes: DeploymentHandle,
    ) -> None:
        # OpenCV and SciPy: whoever builds the application needs the class alone.
        from deployments.camera_assembly import assemble_camera  # noqa: PLC0415
        from deployments.replica_logs import set_up_logs  # noqa: PLC0415

        set_up_logs()
        self._tuning = Tunable()
        models = (plate_detector, plate_reader, face_encoder)
        (camera,) = [one for one in settings.cameras if one.id == camera_id]
        self._run: CameraRun = assemble_camera(
            camera, settings, self._tuning, models, driver_indexes
        )
        self._watching = asyncio.create_task(self._run.run())

    async def __del__(self) -> None:
        """Awaited by Serve before the replica ends: what is in sight is recorded."""
        self._watching.cancel()
        await asyncio.wait([self._watching])
        await self._run.stop(_STOP_S)

    def reconfigure(self, user_config: dict[str, Any]) -> None:
        """Applies ``user_config`` (configs.settings.IngressTuning)."""
        self._tuning.current = IngressTuning.model_validate(user_config)

    async def status(self) -> "CameraStatus":
        """How the camera is getting on."""
        return self._run.status

    async def view(self) -> "CameraView":
        """What the camera sees now; kept nowhere but in the memory of this replica."""
        return await self._run.view()

    async def measurements(self) -> Measurements:
        """What this replica has measured: stages, plates and events as the ingress does."""
        from deployments.camera_metrics import camera_families  # noqa: PLC0415
        from deployments.metrics import INGRESS  # noqa: PLC0415

        families = (*INGRESS.collect(), *camera_families(self._run.status))
        return Measurements(serve.get_replica_context().replica_tag, families)

    async def check_health(self) -> None:
        """Called by Serve; a raise has the replica replaced. A camera that is away is no reason.

        Raises:
            RuntimeError: Nobody reads the stream any more.
            Exception: What ended the watch.
        """
        if self._watching.done():
            self._watching.result()
        self._run.check()

"""/v1/cameras: how the cameras of the settings are getting on.

Cameras are only listed here. They are added and changed in the operator's settings alone: a route
that took an address would let callers have the service connect to whatever they like.
"""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter

from configs.camera_settings import CameraSettings
from deployments.ingress.kept import Kept
from deployments.ingress.replicas import Replicas
from deployments.ingress.v1 import documents
from deployments.ingress.v1.camera_wire import CameraList, CameraOut
from deployments.ingress.v1.parameters import KNOWN_ONLY

_KEEP_S: Final = 1.0


def camera_routes(replicas: Replicas, cameras: Sequence[CameraSettings]) -> APIRouter:
    """Builds the routes.

    Args:
        replicas: Who is asked.
        cameras: Those of the settings.
    """
    router = APIRouter(prefix="/v1/cameras", tags=["recognition"], dependencies=[KNOWN_ONLY])

    async def find() -> CameraList:
        said = {one.camera_id: one for one in await replicas.cameras()} if cameras else {}
        return CameraList(cameras=[CameraOut.of(one, said.get(one.id)) for one in cameras])

    listed = Kept(find, _KEEP_S)

    @router.get("", responses=documents.errors())
    async def list_cameras() -> CameraList:
        """The cameras that the service watches by itself, and how they are getting on.

        What passes them is stored as events with the camera's id as `camera_id`.
        """
        return await listed.get()

    return router

"""/v1/cameras: how the cameras of the settings are getting on, and what they see.

Cameras are added and changed in the operator's settings alone: a route that took an address would
let callers have the service connect to whatever they like.
"""

from collections.abc import Sequence
from email.utils import format_datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Path
from starlette.responses import Response

from configs.camera_settings import CameraSettings
from deployments.ingress.kept import Kept
from deployments.ingress.replicas import Replicas
from deployments.ingress.v1 import documents
from deployments.ingress.v1.camera_wire import NO_ANSWER, CameraList, CameraOut
from deployments.ingress.v1.parameters import KNOWN_ONLY
from pipelines.cameras.frames import CameraState, SourceStatus
from pipelines.errors import CameraNotFound, NoCameraPicture, Unavailable

CameraId = Annotated[str, Path(examples=["gate-1"], description="As `GET /v1/cameras` lists it.")]

_KEEP_S: Final = 1.0

_PICTURE: Final = {
    "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
    "description": "The last picture that was sampled, at most 1280 pixels wide and high.",
    "headers": {
        "Last-Modified": {
            "description": "When it was taken.",
            "schema": {"type": "string"},
            "example": "Sun, 22 Nov 2026 04:30:00 GMT",
        }
    },
}


def camera_routes(replicas: Replicas, cameras: Sequence[CameraSettings]) -> APIRouter:
    """Builds the routes.

    Args:
        replicas: Who is asked.
        cameras: Those of the settings.
    """
    router = APIRouter(prefix="/v1/cameras", tags=["recognition"], dependencies=[KNOWN_ONLY])
    known = {one.id for one in cameras}

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

    @router.get(
        "/{camera_id}/picture",
        response_class=Response,
        responses={
            HTTPStatus.OK.value: _PICTURE,
            **documents.errors("camera_not_found", "no_camera_picture"),
        },
    )
    async def camera_picture(camera_id: CameraId) -> Response:
        """What a camera sees now; ask again for the next picture.

        It is kept in the memory of the camera's replica until the next one, and nowhere else.
        """
        if camera_id not in known:
            raise CameraNotFound(
                "there is no such camera, GET /v1/cameras lists those of the settings"
            )
        view = await replicas.camera_view(camera_id)
        if view is None:
            raise Unavailable(f"camera {camera_id} brings no picture: {NO_ANSWER}")
        if view.picture is None:
            state = view.source.state
            raise NoCameraPicture(f"camera {camera_id} {_why(view.source)}", {"state": state.value})
        headers = {
            "cache-control": "no-store",
            "last-modified": format_datetime(view.picture.at, usegmt=True),
            "x-content-type-options": "nosniff",
        }
        return Response(view.picture.jpeg, media_type="image/jpeg", headers=headers)

    return router


def _why(source: SourceStatus) -> str:
    """Why there is no picture."""
    match source.state:
        case CameraState.FAILED:
            return f"brings no picture: {source.reason}"
        case CameraState.ENDED:
            return "brings no picture: its file was played to the end"
        case _:
            return "has brought no picture yet, ask again shortly"

"""Who is it: /v1/faces:identify among all drivers, /v1/drivers/{id}/verify against one."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from configs.settings import GallerySettings
from deployments.ingress.access.trail import concerns
from deployments.ingress.services import DriverServices
from deployments.ingress.v1 import documents, reading
from deployments.ingress.v1.driver_routes import DriverId
from deployments.ingress.v1.parameters import KNOWN_ONLY
from deployments.ingress.v1.wire import IdentifiedFace, IdentifiedFaces, Verification


def recognition_routes(services: DriverServices, settings: GallerySettings) -> APIRouter:
    """Builds the routes."""
    router = APIRouter(prefix="/v1", tags=["recognition"], dependencies=[KNOWN_ONLY])
    top = Query(ge=1, le=settings.top_k, description="Most candidates named for each face.")

    @router.post(
        "/faces:identify",
        responses=documents.errors(*documents.WITH_PICTURE),
        openapi_extra=documents.picture_body(),
    )
    async def identify(
        request: Request,
        largest: Annotated[bool, Query(description="Only the largest face.")] = False,
        top_k: Annotated[int, top] = settings.top_k,
    ) -> IdentifiedFaces:
        """Says whose the faces of a picture are, with the numbers that decide. Stores nothing.

        A face is a driver's where `similarity` reaches `threshold`, which rises with the number of
        drivers, and leads `second_similarity` by `margin`, and where the driver counts at this
        time. A picture without a face has an empty list.
        """
        picture = await reading.one_picture(request)
        found = await services.recognition.identify(picture, largest_only=largest)
        concerns(*(one.driver.driver_id for one in found if one.driver))
        return IdentifiedFaces(faces=[IdentifiedFace.of(one, top_k) for one in found])

    @router.post(
        "/drivers/{driver_id}/verify",
        responses=documents.errors(
            *documents.WITH_PICTURE, *documents.WITH_ID, "conflict", "no_face_found"
        ),
        openapi_extra=documents.picture_body(),
    )
    async def verify(driver_id: DriverId, request: Request) -> Verification:
        """Holds the largest face of a picture against one driver. Stores nothing."""
        picture = await reading.one_picture(request)
        return Verification.of(await services.recognition.verify(driver_id, picture))

    return router

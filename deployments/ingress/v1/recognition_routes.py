"""Who is it: /v1/faces:identify among all drivers, /v1/drivers/{id}/verify against one."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from pydantic import Field

from configs.settings import GallerySettings
from deployments.ingress.access.trail import concerns
from deployments.ingress.services import Services
from deployments.ingress.v1 import documents, reading
from deployments.ingress.v1.answered import told
from deployments.ingress.v1.driver_routes import DriverId
from deployments.ingress.v1.event_recording import recorded
from deployments.ingress.v1.parameters import KNOWN_ONLY
from deployments.ingress.v1.picture_bodies import Shot
from deployments.ingress.v1.recognition_wire import IdentifiedFace, IdentifiedFaces, Verification
from deployments.stage_times import measured_stages
from pipelines.drivers.recognition import Recognised
from pipelines.events.sightings import Sightings
from pipelines.imaging import encode_jpeg

MOST_FACES: Final = 100


def recognition_routes(services: Services, settings: GallerySettings) -> APIRouter:
    """Builds the routes."""
    router = APIRouter(prefix="/v1", tags=["recognition"], dependencies=[KNOWN_ONLY])
    recognition = services.people.recognition
    sightings = Sightings(services.events, services.crops)

    class IdentifyQuery(Shot):
        """Which faces are answered, and where and when the picture was taken."""

        largest: bool = Field(False, description="Only the largest face.")
        limit: int = Field(
            MOST_FACES, ge=1, le=MOST_FACES, description="Most faces, the largest first."
        )
        top_k: int = Field(
            settings.top_k,
            ge=1,
            le=settings.top_k,
            description="Most candidates named for each face.",
        )
        return_crops: bool = Field(False, description="Answer the faces, as JPEG.")

    @router.post(
        "/faces:identify",
        responses=documents.errors(*documents.WITH_PICTURE),
        openapi_extra=documents.picture_body(),
    )
    async def identify(
        request: Request, asked: Annotated[IdentifyQuery, Query()]
    ) -> IdentifiedFaces:
        """Says whose the faces of a picture are, with the numbers that decide.

        A face is a driver's where `similarity` reaches `threshold`, which rises with the number of
        drivers, and leads `second_similarity` by `margin`, and where the driver counts at this
        time. A picture without a face has an empty list. With `camera_id`, each face is stored as
        an event, without a picture, before it is answered; otherwise nothing is stored.
        """
        async with services.urls.held() as fetch:
            with measured_stages() as times:
                picture = await reading.one_picture(request, fetch)
                found = await recognition.identify(picture, 1 if asked.largest else asked.limit)
                concerns(*(one.driver.driver_id for one in found if one.driver))
                crops: Sequence[bytes | None] = [None] * len(found)
                if asked.return_crops:
                    crops = await asyncio.to_thread(_jpegs, found)
                events = await recorded(sightings.of_faces, asked, found)
                return IdentifiedFaces(
                    faces=[
                        IdentifiedFace.of(one, asked.top_k, crop, event)
                        for one, crop, event in zip(found, crops, events, strict=True)
                    ],
                    **told(asked, times.milliseconds()),
                )

    @router.post(
        "/drivers/{driver_id}/verify",
        responses=documents.errors(
            *documents.WITH_PICTURE, *documents.WITH_ID, "no_comparable_face", "no_face_found"
        ),
        openapi_extra=documents.picture_body(),
    )
    async def verify(driver_id: DriverId, request: Request) -> Verification:
        """Holds the largest face of a picture against one driver. Stores nothing."""
        async with services.urls.held() as fetch:
            picture = await reading.one_picture(request, fetch)
            return Verification.of(await recognition.verify(driver_id, picture))

    return router


def _jpegs(found: Sequence[Recognised]) -> list[bytes]:
    return [encode_jpeg(one.face.crop) for one in found]

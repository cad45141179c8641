"""/v1/plates: the plates of one picture, or of several."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from configs.settings import LimitSettings
from deployments.ingress.services import Services
from deployments.ingress.v1 import documents, reading
from deployments.ingress.v1.event_recording import recorded
from deployments.ingress.v1.parameters import KNOWN_ONLY
from deployments.ingress.v1.picture_bodies import Shot, ShotPicture
from deployments.ingress.v1.plate_wire import (
    PictureError,
    PictureOutcome,
    ReadPictures,
    ReadPlate,
    ReadPlates,
)
from deployments.ingress.wording import printable
from deployments.stage_times import TOTAL, measured_stages
from pipelines.drivers.face_encoding import NamedPicture, all_of
from pipelines.errors import GatehouseError, InvalidRequest
from pipelines.events.sightings import Sightings
from pipelines.imaging import encode_jpeg
from pipelines.plate_text import known_region
from pipelines.types import Plate

MOST_PLATES = 100

_AT_ONCE = 8
"""Pictures of one batch: enough for all stages to be busy, and others come in between."""


def _region(text: str) -> str:
    try:
        known_region(text)
    except InvalidRequest as error:
        raise PydanticCustomError("no_region", "{said}", {"said": error.message}) from error
    return text


Region = Annotated[
    str,
    AfterValidator(_region),
    Field(
        max_length=10,
        description="The only region whose formats are tried: ISO 3166-1 code of a country or "
        "ISO 3166-2 code of a state.",
        examples=["VN"],
    ),
]


class PlateOptions(BaseModel):
    """How plates are read and which are answered."""

    limit: int = Field(
        MOST_PLATES, ge=1, le=MOST_PLATES, description="Most plates of a picture, the best first."
    )
    min_confidence: float = Field(
        0.0, ge=0, le=1, description="Plates whose text is less certain are left out."
    )
    region: Region | None = None
    return_crops: bool = Field(False, description="Answer the straightened plates, as JPEG.")


class ReadQuery(PlateOptions, Shot):
    """The same, and where and when the picture was taken."""


def plate_routes(services: Services, limits: LimitSettings) -> APIRouter:
    """Builds the routes."""
    router = APIRouter(prefix="/v1/plates:read", tags=["recognition"], dependencies=[KNOWN_ONLY])

    sightings = Sightings(services.events, services.crops)

    async def read(picture: bytes, options: PlateOptions, shot: Shot) -> list[ReadPlate]:
        plates = await services.plates.read_picture(picture, options.region)
        sure = [one for one in plates if one.reading.confidence >= options.min_confidence]
        chosen = sure[: options.limit]
        crops: Sequence[bytes | None] = [None] * len(chosen)
        if options.return_crops:
            crops = await asyncio.to_thread(_jpegs, chosen)
        events = await recorded(sightings.of_plates, shot, chosen)
        return [ReadPlate.of(*one) for one in zip(chosen, crops, events, strict=True)]

    @router.post(
        "",
        responses=documents.errors(*documents.WITH_PICTURE),
        openapi_extra=documents.picture_body(),
    )
    async def read_plates(request: Request, options: Annotated[ReadQuery, Query()]) -> ReadPlates:
        """Reads all plates of a picture, the nearest vehicle's first.

        A plate that cannot be read has no `text`; a picture without a plate has an empty list. With
        `camera_id`, each plate is stored as an event, with its picture, before it is answered.
        """
        async with services.urls.held() as fetch:
            with measured_stages() as times:
                picture = await reading.one_picture(request, fetch)
                plates = await read(picture, options, options)
                return ReadPlates.of(plates, options, times.milliseconds())

    @router.post(
        "Batch",
        responses=documents.errors(*documents.WITH_PHOTOS),
        openapi_extra=documents.batch_body(),
    )
    async def read_batch(
        request: Request, options: Annotated[PlateOptions, Query()]
    ) -> ReadPictures:
        """Reads the plates of several pictures; each has its own outcome, failures too.

        The answer has status 200 also where no picture could be used: `error` says what is wrong
        with each.
        """

        async def outcome(name: str, sent: ShotPicture | NamedPicture) -> PictureOutcome:
            with measured_stages() as times:
                shot = Shot()
                try:
                    async with services.urls.held() as fetch:
                        if isinstance(sent, ShotPicture):
                            shot = sent.shot()
                            picture = await reading.picture_of(sent, name, fetch)
                        else:
                            picture = reading.checked(sent)
                        plates = await read(picture, options, shot)
                except GatehouseError as error:
                    return PictureOutcome(name=printable(name), error=PictureError.of(error))
                result = ReadPlates.of(plates, shot, times.milliseconds())
                return PictureOutcome(name=printable(name), result=result)

        turns = asyncio.Semaphore(_AT_ONCE)

        async def in_turn(name: str, sent: ShotPicture | NamedPicture) -> PictureOutcome:
            async with turns:
                return await outcome(name, sent)

        with measured_stages() as times:
            pictures = await reading.picture_batch(request, limits.max_images)
            outcomes = await all_of(in_turn(*one) for one in pictures)
            whole = {TOTAL: times.milliseconds()[TOTAL]}
        return ReadPictures(pictures=outcomes, timings_ms=whole)

    return router


def _jpegs(plates: Sequence[Plate]) -> list[bytes]:
    return [encode_jpeg(plate.detection.crop) for plate in plates]

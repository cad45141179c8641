"""The routes of the plate reader service: /greeting, /readPlateNumber, /idToNum, /idToNumBatch."""

import asyncio
import json
from typing import Any

from fastapi import APIRouter, Request

from configs.settings import Settings
from deployments.ingress.documents import error_docs, json_body, picture_body
from deployments.ingress.errors import (
    INTERNAL,
    INVALID_FORMAT,
    RESOURCE_NOT_FOUND,
    plate_reader_error,
)
from deployments.ingress.services import Services
from deployments.ingress.wire import (
    FailedPicture,
    Greeting,
    PlateNumber,
    PlateNumberOfPicture,
    PlateNumbers,
)
from pipelines.errors import GatehouseError, InvalidRequest

_ID = {"oneOf": [{"type": "string"}, {"type": "integer"}]}
_ERRORS = {400: [INVALID_FORMAT], 404: [RESOURCE_NOT_FOUND], 500: [INTERNAL]}


def plate_reader_routes(services: Services, settings: Settings) -> APIRouter:
    """Builds the routes."""
    router = APIRouter(tags=["plate reader"])
    at_once = asyncio.Semaphore(settings.pictures.concurrency)

    async def plate_number(picture: bytes) -> str:
        text = (await services.plates.best_plate(picture)).text
        if settings.plate_text.cyrillic and text.cyrillic:
            return text.cyrillic
        return text.text

    async def plate_number_of_id(pict_id: str) -> str:
        async with at_once:
            return await plate_number(await services.pictures.fetch(pict_id))

    async def batch_item(pict_id: str | int) -> PlateNumberOfPicture | FailedPicture:
        try:
            number = await plate_number_of_id(str(pict_id))
        except GatehouseError as error:
            return FailedPicture(pict_id=pict_id, error=plate_reader_error(error)[1])
        return PlateNumberOfPicture(pict_id=pict_id, plate_number=number)

    @router.post(
        "/greeting",
        responses=error_docs({400: [INVALID_FORMAT]}),
        openapi_extra=json_body(
            {"type": "object", "properties": {"user": {"type": "string"}}, "required": ["user"]},
            {"user": "Ann"},
        ),
    )
    async def greeting(request: Request) -> Greeting:
        """Greets the user."""
        user = (await _json_object(request)).get("user")
        if not isinstance(user, str) or not user.strip():
            raise InvalidRequest(INVALID_FORMAT)
        return Greeting(result=f"Hello {user}")

    @router.post("/readPlateNumber", responses=error_docs(_ERRORS), openapi_extra=picture_body())
    async def read_plate_number(request: Request) -> PlateNumber:
        """Reads the plate of the nearest vehicle; the body is the encoded picture."""
        picture = await request.body()
        if not picture:
            raise InvalidRequest(INVALID_FORMAT)
        return PlateNumber(plate_number=await plate_number(picture))

    @router.post(
        "/idToNum",
        responses=error_docs(_ERRORS),
        openapi_extra=json_body(
            {"type": "object", "properties": {"pict_id": _ID}, "required": ["pict_id"]},
            {"pict_id": "10022"},
        ),
    )
    async def id_to_num(request: Request) -> PlateNumber:
        """Reads the plate of the picture with this id."""
        pict_id = _picture_id((await _json_object(request)).get("pict_id"))
        return PlateNumber(plate_number=await plate_number_of_id(str(pict_id)))

    @router.post(
        "/idToNumBatch",
        responses=error_docs({400: [INVALID_FORMAT]}),
        openapi_extra=json_body(
            {
                "type": "object",
                "properties": {
                    "pict_ids": {
                        "type": "array",
                        "items": _ID,
                        "minItems": 1,
                        "maxItems": settings.pictures.max_batch,
                    }
                },
                "required": ["pict_ids"],
            },
            {"pict_ids": ["10022", "9965"]},
        ),
    )
    async def id_to_num_batch(request: Request) -> PlateNumbers:
        """Reads the plates of many pictures; one that fails does not fail the others."""
        pict_ids = (await _json_object(request)).get("pict_ids")
        if not isinstance(pict_ids, list) or not 1 <= len(pict_ids) <= settings.pictures.max_batch:
            raise InvalidRequest(INVALID_FORMAT)
        asked = [_picture_id(pict_id) for pict_id in pict_ids]
        items = await asyncio.gather(*(batch_item(pict_id) for pict_id in asked))
        return PlateNumbers(plate_numbers=items)

    return router


async def _json_object(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(INVALID_FORMAT) from error
    if not isinstance(body, dict):
        raise InvalidRequest(INVALID_FORMAT)
    return body


def _picture_id(value: object) -> str | int:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise InvalidRequest(INVALID_FORMAT)

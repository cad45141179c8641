"""The routes of the plate reader service: /greeting, /readPlateNumber, /idToNum, /idToNumBatch."""

import json
from typing import Any

from fastapi import APIRouter, Request

from configs.settings import Settings
from deployments.ingress.documents import json_body, legacy_error_docs, picture_body
from deployments.ingress.errors import plate_reader_error
from deployments.ingress.json_bodies import MAX_VALUES, check_values
from deployments.ingress.picture_batch import PicturesById
from deployments.ingress.services import Services
from deployments.ingress.wire import (
    FailedPicture,
    Greeting,
    PlateNumber,
    PlateNumberOfPicture,
    PlateNumbers,
)
from deployments.ingress.wording import INVALID_FORMAT, RESOURCE_NOT_FOUND, printable
from pipelines.errors import GatehouseError, InvalidRequest

_ID = {"oneOf": [{"type": "string"}, {"type": "integer"}]}


def plate_reader_routes(services: Services, settings: Settings) -> APIRouter:
    """Builds the routes."""
    router = APIRouter(tags=["plate reader"])
    limits = settings.limits
    most_values = MAX_VALUES + settings.pictures.max_batch * (settings.pictures.max_id_length + 1)
    bad = legacy_error_docs({400: [INVALID_FORMAT]}, limits)
    bad_or_missing = legacy_error_docs({400: [INVALID_FORMAT], 404: [RESOURCE_NOT_FOUND]}, limits)

    async def plate_number(picture: bytes) -> str:
        text = (await services.plates.best_plate(picture)).text
        if settings.plate_text.cyrillic and text.cyrillic:
            return text.cyrillic
        return text.text

    by_id = PicturesById(services.pictures.fetch, plate_number, settings.pictures)

    @router.post(
        "/greeting",
        responses=bad,
        openapi_extra=json_body(
            {"type": "object", "properties": {"user": {"type": "string"}}, "required": ["user"]},
            {"user": "Ann"},
        ),
    )
    async def greeting(request: Request) -> Greeting:
        """Greets the user."""
        user = (await _json_object(request, most_values)).get("user")
        if not isinstance(user, str) or not user.strip() or printable(user) != user:
            raise InvalidRequest(INVALID_FORMAT)
        return Greeting(result=f"Hello {user}")

    @router.post("/readPlateNumber", responses=bad_or_missing, openapi_extra=picture_body())
    async def read_plate_number(request: Request) -> PlateNumber:
        """Reads the plate of the nearest vehicle; the body is the encoded picture."""
        picture = await request.body()
        if not picture:
            raise InvalidRequest(INVALID_FORMAT)
        return PlateNumber(plate_number=await plate_number(picture))

    @router.post(
        "/idToNum",
        responses=bad_or_missing,
        openapi_extra=json_body(
            {"type": "object", "properties": {"pict_id": _ID}, "required": ["pict_id"]},
            {"pict_id": "10022"},
        ),
    )
    async def id_to_num(request: Request) -> PlateNumber:
        """Reads the plate of the picture with this id."""
        pict_id = _picture_id((await _json_object(request, most_values)).get("pict_id"))
        return PlateNumber(plate_number=await by_id.plate_number(str(pict_id)))

    @router.post(
        "/idToNumBatch",
        responses=bad,
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
        pict_ids = (await _json_object(request, most_values)).get("pict_ids")
        if not isinstance(pict_ids, list) or not 1 <= len(pict_ids) <= settings.pictures.max_batch:
            raise InvalidRequest(INVALID_FORMAT)
        asked = [_picture_id(pict_id) for pict_id in pict_ids]
        outcomes = await by_id.plate_numbers([str(pict_id) for pict_id in asked])
        return PlateNumbers(
            plate_numbers=[
                _item(pict_id, outcome) for pict_id, outcome in zip(asked, outcomes, strict=True)
            ]
        )

    return router


def _item(
    pict_id: str | int, outcome: str | GatehouseError
) -> PlateNumberOfPicture | FailedPicture:
    if isinstance(outcome, str):
        return PlateNumberOfPicture(pict_id=pict_id, plate_number=outcome)
    shown = printable(pict_id) if isinstance(pict_id, str) else pict_id
    return FailedPicture(pict_id=shown, error=plate_reader_error(outcome)[1])


async def _json_object(request: Request, most_values: int) -> dict[str, Any]:
    sent = await request.body()
    check_values(sent, most_values)
    try:
        body = json.loads(sent)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(INVALID_FORMAT) from error
    if not isinstance(body, dict):
        raise InvalidRequest(INVALID_FORMAT)
    return body


def _picture_id(value: object) -> str | int:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise InvalidRequest(INVALID_FORMAT)

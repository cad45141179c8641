"""/v1/vehicles: the vehicles that a gate knows."""

from typing import Annotated, Final
from uuid import uuid4

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import BaseModel, Field

from deployments.ingress.access.trail import concerns
from deployments.ingress.v1 import conditions, documents, reading
from deployments.ingress.v1.bodies import LAST_ID
from deployments.ingress.v1.driver_routes import IdempotencyKey, IfNoneMatch, SearchText
from deployments.ingress.v1.parameters import KNOWN_ONLY
from deployments.ingress.v1.vehicle_wire import (
    EXAMPLE,
    NewVehicle,
    PlateText,
    Vehicle,
    VehicleBody,
)
from deployments.ingress.v1.vehicle_wire import Vehicles as VehiclesPage
from pipelines.errors import VersionMismatch
from pipelines.vehicles.book import Vehicles
from pipelines.vehicles.records import VehicleFilter, VehicleList, VehicleRecord

VehicleId = Annotated[int, Path(ge=1, le=LAST_ID, description="The vehicle's id.", examples=[12])]
IfMatch = Annotated[
    str | None,
    Header(description=conditions.IF_MATCH.replace("driver", "vehicle"), max_length=1000),
]

_CREATED: Final = 201
_NO_CONTENT: Final = 204
_NOT_MODIFIED: Final = 304
_TAG_HEADER: Final = {
    "ETag": {
        "description": "The vehicle's version, and a mark while the vehicle does not count.",
        "schema": {"type": "string"},
    }
}
_LOCATION_HEADER: Final = {
    "Location": {"description": "Path of the vehicle.", "schema": {"type": "string"}}
}
_BODY_ERRORS: Final = (
    "driver_not_found",
    "plate_taken",
    "external_id_taken/vehicle",
    "too_slow",
    "too_large",
    "unsupported_media_type/json",
)


class VehicleQuery(BaseModel):
    """Which vehicles to list."""

    limit: int = Field(100, ge=1, le=1000, description="Most vehicles of one page.")
    cursor: str | None = Field(
        None, max_length=200, description="The `next_cursor` of the page before."
    )
    query: SearchText | None = Field(
        None,
        description="Part of the plate, with or without separators, or of the external id; case "
        "and accents count for nothing.",
    )
    plate: PlateText | None = Field(None, description="The whole plate.")
    list: VehicleList | None = Field(None, description="What a gate does with them.")
    driver_id: int | None = Field(
        None, ge=1, le=LAST_ID, description="Those that name this driver."
    )
    external_id: SearchText | None = Field(None, description="The whole external id.")

    def wanted(self) -> VehicleFilter:
        """The filter alone."""
        return VehicleFilter(
            query=self.query or None,
            plate=self.plate,
            list=self.list,
            driver_id=self.driver_id,
            external_id=self.external_id or None,
        )


def vehicle_routes(vehicles: Vehicles) -> APIRouter:
    """Builds the routes."""
    router = APIRouter(prefix="/v1/vehicles", tags=["vehicles"], dependencies=[KNOWN_ONLY])

    @router.post(
        "",
        status_code=_CREATED,
        responses={
            200: {
                "model": Vehicle,
                "description": "The same request was answered before; nothing was created now.",
            },
            201: {
                "description": "The vehicle is known from now on.",
                "headers": _TAG_HEADER | _LOCATION_HEADER,
            },
            **documents.errors(*_BODY_ERRORS, "idempotency_key_reused", "vehicle_not_found"),
        },
        openapi_extra=documents.json_body(NewVehicle, EXAMPLE),
    )
    async def create_vehicle(
        request: Request, response: Response, idempotency_key: IdempotencyKey = None
    ) -> Vehicle:
        """Makes a vehicle known; one plate of one country is one vehicle."""
        sent = await reading.json_of(request, NewVehicle)
        asked = {"route": "POST /v1/vehicles", "details": sent.model_dump(mode="json")}
        key = conditions.request_key(idempotency_key, asked)
        token, fingerprint = (key.token(0), key.fingerprint) if key else (uuid4().hex, None)
        record, repeated = await vehicles.create(sent.details(), token, fingerprint)
        concerns(*(record.details.driver_ids or ()))
        _describe(response, record)
        prefix: str = request.scope.get("root_path", "")
        response.headers["location"] = f"{prefix}/v1/vehicles/{record.vehicle_id}"
        # Without a key nobody sent it twice: the store was asked again for an answer that was lost.
        if repeated and key is not None:
            response.status_code = 200
        return Vehicle.of(record)

    @router.get("", responses=documents.errors())
    async def list_vehicles(asked: Annotated[VehicleQuery, Query()]) -> VehiclesPage:
        """Lists vehicles in the order of their ids; none is skipped or named twice."""
        wanted = asked.wanted()
        after = conditions.read_cursor(asked.cursor, repr(wanted))
        page = await vehicles.page(after, asked.limit, wanted)
        cursor = None
        if page.next_after is not None:
            cursor = conditions.cursor_after(page.next_after, repr(wanted))
        return VehiclesPage(vehicles=list(map(Vehicle.of, page.vehicles)), next_cursor=cursor)

    @router.get(
        "/{vehicle_id}",
        response_model=Vehicle,
        responses={
            200: {"headers": _TAG_HEADER},
            304: {"description": "The vehicle is still as it was with the tag in `If-None-Match`."},
            **documents.errors(*documents.WITH_VEHICLE),
        },
    )
    async def get_vehicle(
        vehicle_id: VehicleId, response: Response, if_none_match: IfNoneMatch = None
    ) -> Vehicle | Response:
        """One vehicle."""
        record = await vehicles.get(vehicle_id)
        tag = conditions.entity_tag(record)
        if conditions.tag_fits(if_none_match, tag):
            return Response(status_code=_NOT_MODIFIED, headers={"etag": tag})
        _describe(response, record)
        return Vehicle.of(record)

    @router.patch(
        "/{vehicle_id}",
        responses={
            200: {"headers": _TAG_HEADER},
            **documents.errors(*documents.WITH_VEHICLE, *_BODY_ERRORS, "version_mismatch/vehicle"),
        },
        openapi_extra=documents.json_body(
            VehicleBody, {"list": "deny", "notes": None}, "application/merge-patch+json"
        ),
    )
    async def change_vehicle(
        vehicle_id: VehicleId, request: Request, response: Response, if_match: IfMatch = None
    ) -> Vehicle:
        """Changes what is said of a vehicle; fields that are not sent stay, null removes one."""
        changes = (await reading.json_of(request, VehicleBody)).changes()
        version = await conditions.expected_version(if_match, vehicle_id, vehicles, "vehicle")
        if changes:
            record = await vehicles.update(vehicle_id, changes, version)
        else:
            record = await vehicles.get(vehicle_id)
            if version not in {None, record.version}:
                raise VersionMismatch(
                    f"vehicle {vehicle_id} has changed since version {version}",
                    {"version": record.version},
                )
        concerns(*(record.details.driver_ids or ()))
        _describe(response, record)
        return Vehicle.of(record)

    @router.delete(
        "/{vehicle_id}",
        status_code=_NO_CONTENT,
        response_class=Response,
        responses={
            204: {"description": "The vehicle is erased."},
            **documents.errors(*documents.WITH_VEHICLE, "version_mismatch/vehicle"),
        },
    )
    async def erase_vehicle(vehicle_id: VehicleId, if_match: IfMatch = None) -> Response:
        """Erases a vehicle; its drivers stay."""
        version = await conditions.expected_version(if_match, vehicle_id, vehicles, "vehicle")
        await vehicles.erase(vehicle_id, version)
        return Response(status_code=_NO_CONTENT)

    return router


def _describe(response: Response, record: VehicleRecord) -> None:
    response.headers["etag"] = conditions.entity_tag(record)

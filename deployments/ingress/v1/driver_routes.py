"""/v1/drivers: enrol, list, read, change, erase and merge drivers."""

from typing import Annotated, Final

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from configs.settings import LimitSettings
from deployments.ingress.access.trail import concerns
from deployments.ingress.services import DriverServices
from deployments.ingress.v1 import conditions, documents, reading
from deployments.ingress.v1.bodies import LAST_ID, Details, Merge, one_line
from deployments.ingress.v1.parameters import KNOWN_ONLY
from deployments.ingress.v1.wire import Driver, DriverList, EnrolledDriver
from pipelines.errors import VersionMismatch
from pipelines.gallery.driver_records import MAX_EXTERNAL_ID, MAX_NAME, DriverRecord

DriverId = Annotated[int, Path(ge=1, le=LAST_ID, description="The driver's id.", examples=[7])]
IfMatch = Annotated[str | None, Header(description=conditions.IF_MATCH, max_length=1000)]
IfNoneMatch = Annotated[str | None, Header(description=conditions.IF_NONE_MATCH, max_length=1000)]
IdempotencyKey = Annotated[str | None, Header(description=conditions.IDEMPOTENCY_KEY)]
AllowTwin = Annotated[
    bool,
    Query(description="Take a face that is recognised as another driver's all the same."),
]

AllowUnlike = Annotated[
    bool,
    Query(
        description="Merge the two also where their faces do not look like one person's, or cannot "
        "be compared: whoever looks like either is then let in as this driver."
    ),
]

SearchText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=max(MAX_NAME, MAX_EXTERNAL_ID)),
    AfterValidator(one_line),
]

_CREATED: Final = 201
_NO_CONTENT: Final = 204
_NOT_MODIFIED: Final = 304
_TAG_HEADER: Final = {
    "ETag": {
        "description": "The driver's version, and a mark while the driver does not count.",
        "schema": {"type": "string"},
    }
}
_LOCATION_HEADER: Final = {
    "Location": {"description": "Path of the driver.", "schema": {"type": "string"}}
}


class PageQuery(BaseModel):
    """Which drivers to list."""

    limit: int = Field(100, ge=1, le=1000, description="Most drivers of one page.")
    cursor: str | None = Field(
        None, max_length=200, description="The `next_cursor` of the page before."
    )
    query: SearchText | None = Field(
        None,
        description="Part of the name or of the external id; case and accents count for nothing.",
    )
    external_id: SearchText | None = Field(None, description="The whole external id.")


def driver_routes(services: DriverServices, limits: LimitSettings) -> APIRouter:
    """Builds the routes."""
    router = APIRouter(prefix="/v1/drivers", tags=["drivers"], dependencies=[KNOWN_ONLY])
    directory = services.gallery.directory

    @router.post(
        "",
        status_code=_CREATED,
        responses={
            200: {
                "model": EnrolledDriver,
                "description": "The same request was answered before; nothing was enrolled now.",
            },
            201: {
                "description": "The driver is enrolled.",
                "headers": _TAG_HEADER | _LOCATION_HEADER,
            },
            **documents.errors(
                *documents.WITH_PHOTOS,
                "driver_not_found",
                "already_enrolled",
                "external_id_taken",
                "idempotency_key_reused",
                "not_enough_faces",
            ),
        },
        openapi_extra=documents.photos_body(new=True),
    )
    async def create_driver(
        request: Request,
        response: Response,
        allow_twin: AllowTwin = False,
        idempotency_key: IdempotencyKey = None,
    ) -> EnrolledDriver:
        """Enrols a driver by photos; each is judged, and its outcome answered.

        A photo counts once: one with the same pixels as another of the request is left out (reason
        `same_photo`). Saved anew, at another quality or size, it counts as another one, though it
        helps no more: send photos taken apart from each other.
        """
        pictures, details = await reading.new_driver(request, limits.max_images)
        asked = {
            "route": "POST /v1/drivers",
            "allow_twin": allow_twin,
            "details": details.model_dump(mode="json"),
            "photos": conditions.digests(pictures),
        }
        key = conditions.request_key(idempotency_key, asked)
        enrolled = await services.enrolment.create(pictures, details.details(), allow_twin, key)
        concerns(enrolled.record.driver_id)
        _describe(response, enrolled.record)
        response.headers["location"] = f"{_prefix(request)}/v1/drivers/{enrolled.record.driver_id}"
        if enrolled.repeated:
            response.status_code = 200
        return EnrolledDriver.of(enrolled)

    @router.get("", responses=documents.errors())
    async def list_drivers(asked: Annotated[PageQuery, Query()]) -> DriverList:
        """Lists drivers in the order of their ids; none is skipped or named twice."""
        after = conditions.read_cursor(asked.cursor, _filter(asked))
        page = await directory.page(
            after, asked.limit, asked.query or None, asked.external_id or None
        )
        concerns(*(driver.driver_id for driver in page.drivers))
        cursor = None
        if page.next_after is not None:
            cursor = conditions.cursor_after(page.next_after, _filter(asked))
        return DriverList(drivers=list(map(Driver.of, page.drivers)), next_cursor=cursor)

    @router.get(
        "/{driver_id}",
        response_model=Driver,
        responses={
            200: {"headers": _TAG_HEADER},
            304: {"description": "The driver is still as it was with the tag in `If-None-Match`."},
            **documents.errors(*documents.WITH_ID),
        },
    )
    async def get_driver(
        driver_id: DriverId,
        response: Response,
        if_none_match: IfNoneMatch = None,
    ) -> Driver | Response:
        """One driver."""
        record = await directory.get(driver_id)
        tag = conditions.entity_tag(record)
        if conditions.tag_fits(if_none_match, tag):
            return Response(status_code=_NOT_MODIFIED, headers={"etag": tag})
        _describe(response, record)
        return Driver.of(record)

    @router.patch(
        "/{driver_id}",
        responses={
            200: {"headers": _TAG_HEADER},
            **documents.errors(
                *documents.WITH_ID,
                "external_id_taken",
                "version_mismatch",
                "too_slow",
                "too_large",
                "unsupported_media_type",
            ),
        },
        openapi_extra=documents.json_body(
            Details, {"name": "Ann Example", "notes": None}, "application/merge-patch+json"
        ),
    )
    async def change_driver(
        driver_id: DriverId, request: Request, response: Response, if_match: IfMatch = None
    ) -> Driver:
        """Changes what is said of a driver; fields that are not sent stay, null removes one."""
        changes = (await reading.json_of(request, Details)).changes()
        version = await conditions.expected_version(if_match, driver_id, directory)
        if changes:
            record = await directory.update(driver_id, changes, version)
        else:
            record = await directory.get(driver_id)
            if version not in {None, record.version}:
                raise VersionMismatch(
                    f"driver {driver_id} has changed since version {version}",
                    {"version": record.version},
                )
        _describe(response, record)
        return Driver.of(record)

    @router.delete(
        "/{driver_id}",
        status_code=_NO_CONTENT,
        response_class=Response,
        responses={
            204: {"description": "The driver is erased."},
            **documents.errors(*documents.WITH_ID, "version_mismatch"),
        },
    )
    async def erase_driver(driver_id: DriverId, if_match: IfMatch = None) -> Response:
        """Erases a driver: details, faces, vectors and pictures. A line without them stays."""
        version = await conditions.expected_version(if_match, driver_id, directory)
        await services.erasure.erase(driver_id, version)
        return Response(status_code=_NO_CONTENT)

    @router.post(
        "/{driver_id}/merge",
        responses={
            200: {"headers": _TAG_HEADER},
            **documents.errors(
                *documents.WITH_ID,
                "not_same_person",
                "version_mismatch",
                "too_slow",
                "too_large",
                "unsupported_media_type",
            ),
        },
        openapi_extra=documents.json_body(Merge, {"driver_id": 8}),
    )
    async def merge_drivers(
        driver_id: DriverId,
        request: Request,
        response: Response,
        allow_unlike: AllowUnlike = False,
        if_match: IfMatch = None,
    ) -> Driver:
        """Makes one driver of two who are one person: the other's faces move here.

        A name, external id or notes that are empty here are taken from the other driver, who is
        erased. The validity dates stay those of this driver; null means always, or for ever. A
        merge cannot be undone, so drivers whose faces are less alike than `enrolment.same_driver`
        are refused.
        """
        other_id = (await reading.json_of(request, Merge)).driver_id
        concerns(other_id)
        version = await conditions.expected_version(if_match, driver_id, directory)
        record = await services.erasure.merge(driver_id, other_id, version, allow_unlike)
        _describe(response, record)
        return Driver.of(record)

    return router


def _describe(response: Response, record: DriverRecord) -> None:
    response.headers["etag"] = conditions.entity_tag(record)


def _filter(asked: PageQuery) -> str:
    return repr((asked.query, asked.external_id))


def _prefix(request: Request) -> str:
    prefix: str = request.scope.get("root_path", "")
    return prefix

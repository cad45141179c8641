"""/v1/drivers/{id}/faces and /photo: the photos that a driver is known by."""

from hashlib import sha256
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response

from configs.settings import LimitSettings
from deployments.ingress.services import DriverServices
from deployments.ingress.v1 import conditions, documents, reading
from deployments.ingress.v1.bodies import LAST_ID
from deployments.ingress.v1.driver_routes import (
    AllowTwin,
    DriverId,
    IdempotencyKey,
    IfMatch,
    IfNoneMatch,
)
from deployments.ingress.v1.parameters import KNOWN_ONLY
from deployments.ingress.v1.wire import Driver, DriverFace, DriverFaces, EnrolledDriver
from pipelines.drivers.gallery import CropStore
from pipelines.errors import NotFound

FaceId = Annotated[int, Path(ge=1, le=LAST_ID, description="The face's id.", examples=[19])]

_CREATED: Final = 201
_NOT_MODIFIED: Final = 304


def face_routes(services: DriverServices, crops: CropStore, limits: LimitSettings) -> APIRouter:
    """Builds the routes."""
    router = APIRouter(
        prefix="/v1/drivers/{driver_id}", tags=["drivers"], dependencies=[KNOWN_ONLY]
    )
    directory = services.gallery.directory

    @router.get("/faces", responses=documents.errors(*documents.WITH_ID))
    async def list_faces(driver_id: DriverId) -> DriverFaces:
        """The faces of a driver, the best to look at first."""
        faces = await directory.faces(driver_id)
        return DriverFaces(faces=list(map(DriverFace.of, faces)))

    @router.post(
        "/faces",
        status_code=_CREATED,
        responses={
            200: {
                "model": EnrolledDriver,
                "description": "Nothing was added now: the same request was answered before, or "
                "the driver has these photos already.",
            },
            201: {"description": "Photos were added; `photos` says which."},
            **documents.errors(
                *documents.WITH_PHOTOS,
                *documents.WITH_ID,
                "idempotency_key_reused",
                "not_enough_faces",
            ),
        },
        openapi_extra=documents.photos_body(new=False),
    )
    async def add_faces(
        driver_id: DriverId,
        request: Request,
        response: Response,
        allow_twin: AllowTwin = False,
        idempotency_key: IdempotencyKey = None,
    ) -> EnrolledDriver:
        """Adds photos to a driver: those that show this driver and no other one.

        A photo that the driver has already is not stored again (reason `same_photo`), so the
        request may be sent again without harm, also without a key. The same is a photo with the
        same pixels; saved anew, at another quality or size, it counts as another one.
        """
        pictures = await reading.photos(request, limits.max_images)
        asked = {
            "route": f"POST /v1/drivers/{driver_id}/faces",
            "allow_twin": allow_twin,
            "photos": conditions.digests(pictures),
        }
        key = conditions.request_key(idempotency_key, asked)
        enrolled = await services.enrolment.add(driver_id, pictures, allow_twin, key)
        response.headers["etag"] = conditions.entity_tag(enrolled.record)
        if enrolled.repeated:
            response.status_code = 200
        return EnrolledDriver.of(enrolled)

    @router.delete(
        "/faces/{face_id}",
        responses=documents.errors(
            *documents.WITH_ID, "face_not_found", "last_face", "version_mismatch"
        ),
    )
    async def remove_face(
        driver_id: DriverId, face_id: FaceId, response: Response, if_match: IfMatch = None
    ) -> Driver:
        """Erases one face with its picture; the driver's last one stays (409).

        So does the last one that the running model can compare: without it nobody is recognised.
        Erase the driver, or add another photo first.
        """
        version = await conditions.expected_version(if_match, driver_id, directory)
        record = await services.erasure.remove_face(driver_id, face_id, version)
        response.headers["etag"] = conditions.entity_tag(record)
        return Driver.of(record)

    @router.get(
        "/photo",
        response_class=Response,
        responses={
            200: {"content": {"image/jpeg": {}}, "description": "The best face, as enrolled."},
            304: {"description": "The photo is still that of `If-None-Match`."},
            **documents.errors(*documents.WITH_ID, "not_found"),
        },
    )
    async def photo(driver_id: DriverId, if_none_match: IfNoneMatch = None) -> Response:
        """The picture of the driver's best face."""
        for face in await directory.faces(driver_id):
            tag = f'"{sha256(face.crop_key.encode()).hexdigest()[:16]}"'
            headers = {"etag": tag, "cache-control": "private, no-cache"}
            if face.crop_key and conditions.tag_fits(if_none_match, tag):
                return Response(status_code=_NOT_MODIFIED, headers=headers)
            try:
                jpeg = await crops.load(face.crop_key)
            except NotFound:
                continue
            return Response(
                jpeg,
                media_type="image/jpeg",
                headers={**headers, "x-content-type-options": "nosniff"},
            )
        raise NotFound(f"driver {driver_id} has no photo: no picture of the driver is kept")

    return router

"""The routes of the face and plate API: /api/license_plate/recognize, /api/face/..."""

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile

from configs.settings import Settings
from deployments.ingress.documents import FILE, error_docs, form_body
from deployments.ingress.services import Services
from deployments.ingress.wire import RecognizedDriver, RecognizedPlate, RegisteredDriver
from pipelines.drivers import NamedPicture, not_enough_faces_message
from pipelines.errors import DriverUnknown, InvalidRequest, UnsupportedPicture
from pipelines.imaging import encode_jpeg, sniff

IMAGE_EMPTY = "[image] field can not empty"
IMAGES_EMPTY = "[images] field can not empty"
USER_ID_NOT_INTEGER = "[user_id] must be an integer"
USER_NOT_FOUND = "user not found"
_READ_ERROR = "read image error"
_MAX_FIELDS = 16


def driver_api_routes(services: Services, settings: Settings) -> APIRouter:
    """Builds the routes."""
    router = APIRouter(prefix="/api", tags=["drivers and plates"])

    async def the_image(request: Request) -> bytes:
        async with request.form(max_files=_MAX_FIELDS, max_fields=_MAX_FIELDS) as form:
            pictures = await _pictures(form, "image")
        if not pictures:
            raise InvalidRequest(IMAGE_EMPTY)
        return pictures[0].data

    @router.post(
        "/license_plate/recognize",
        responses=error_docs(
            {
                400: [
                    IMAGE_EMPTY,
                    _invalid_file("plate.gif"),
                    _READ_ERROR,
                    "can not detect license plate from image",
                    "can not recognize license plate from image",
                ]
            }
        ),
        openapi_extra=form_body({"image": FILE}, ["image"]),
    )
    async def recognize_plate(request: Request) -> RecognizedPlate:
        """Reads the plate of the nearest vehicle and stores its crop."""
        plate = await services.plates.best_plate(await the_image(request))
        path = await services.crops.save("license_plates", encode_jpeg(plate.detection.crop))
        return RecognizedPlate(
            detection_conf=_percent(plate.detection.score),
            image_path=path,
            recognition_conf=_percent(plate.reading.confidence),
            text=plate.text.formatted,
        )

    @router.post(
        "/face/register",
        responses=error_docs(
            {
                400: [
                    IMAGES_EMPTY,
                    f"register new face with at least {settings.gallery.min_images} images",
                    not_enough_faces_message(2, ["image1.jpg"], settings.gallery.min_images),
                    USER_ID_NOT_INTEGER,
                    _READ_ERROR,
                ],
                404: [USER_NOT_FOUND],
            }
        ),
        openapi_extra=form_body(
            {
                "images": {"type": "array", "items": FILE},
                "user_id": {
                    "type": "integer",
                    "description": "Absent: a new driver. Present: the pictures are added to it.",
                },
            },
            ["images"],
        ),
    )
    async def register(request: Request) -> RegisteredDriver:
        """Enrols a new driver, or adds pictures to one."""
        files = settings.limits.max_images + _MAX_FIELDS
        async with request.form(max_files=files, max_fields=_MAX_FIELDS) as form:
            pictures = await _pictures(form, "images")
            user_id = form.get("user_id", "")
        if not pictures:
            raise InvalidRequest(IMAGES_EMPTY)
        if len(pictures) > settings.limits.max_images:
            raise InvalidRequest(f"send at most {settings.limits.max_images} images at once")
        driver_id = await services.drivers.register(pictures, _user_id(user_id))
        return RegisteredDriver(user_id=str(driver_id))

    @router.post(
        "/face/recognize",
        responses=error_docs(
            {400: [IMAGE_EMPTY, "can not detect face from image", USER_NOT_FOUND, _READ_ERROR]}
        ),
        openapi_extra=form_body({"image": FILE}, ["image"]),
    )
    async def recognize_driver(request: Request) -> RecognizedDriver:
        """Recognises the driver whose face is the largest of the picture."""
        found = await services.drivers.identify(await the_image(request))
        if found.driver_id is None or found.similarity is None or found.crop_path is None:
            raise DriverUnknown(USER_NOT_FOUND)
        return RecognizedDriver(
            detection_conf=_percent(found.face.score),
            image_path=found.crop_path,
            recognition_distance=f"{found.similarity:.2f}",
            user_id=found.driver_id,
        )

    return router


async def _pictures(form: FormData, field: str) -> list[NamedPicture]:
    pictures = []
    for upload in form.getlist(field):
        if not isinstance(upload, UploadFile) or not (upload.filename or upload.size):
            continue
        name, data = upload.filename or field, await upload.read()
        if sniff(data) is None:
            raise UnsupportedPicture(_invalid_file(name))
        pictures.append(NamedPicture(name, data))
    return pictures


def _invalid_file(name: str) -> str:
    return f"invalid image file: {name}, only accept ('.png', '.jpg', '.jpeg') file"


def _user_id(value: UploadFile | str) -> int | None:
    text = value.strip() if isinstance(value, str) else "a file"
    if not text:
        return None
    sign_and_digits = text.removeprefix("-").removeprefix("+")
    if not (sign_and_digits.isascii() and sign_and_digits.isdecimal()):
        raise InvalidRequest(USER_ID_NOT_INTEGER)
    # Longer numbers are integers that no driver has; int() refuses absurdly long ones.
    return int(text) if len(sign_and_digits) <= 18 else -1


def _percent(fraction: float) -> str:
    return f"{round(100 * fraction)}%"

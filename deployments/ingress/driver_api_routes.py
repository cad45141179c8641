"""The routes of the face and plate API: /api/license_plate/recognize, /api/face/..."""

from fastapi import APIRouter, Request

from configs.settings import Settings
from deployments.ingress import wording
from deployments.ingress.access.trail import concerns
from deployments.ingress.documents import FILE, form_body, legacy_error_docs
from deployments.ingress.forms import registration, the_image
from deployments.ingress.services import Services
from deployments.ingress.wire import RecognizedDriver, RecognizedPlate, RegisteredDriver
from pipelines.drivers.largest_face import not_enough_faces_message
from pipelines.errors import DriverUnknown
from pipelines.imaging import encode_jpeg


def driver_api_routes(services: Services, settings: Settings) -> APIRouter:
    """Builds the routes."""
    router = APIRouter(prefix="/api", tags=["drivers and plates"])
    limits = settings.limits

    @router.post(
        "/license_plate/recognize",
        responses=legacy_error_docs(
            {
                400: [
                    wording.IMAGE_EMPTY,
                    wording.invalid_file("plate.gif"),
                    wording.READ_ERROR,
                    wording.NO_PLATE,
                    wording.PLATE_UNREADABLE,
                ]
            },
            limits,
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
        responses=legacy_error_docs(
            {
                400: [
                    wording.IMAGES_EMPTY,
                    wording.too_few_images(settings.gallery.min_images),
                    wording.too_many_images(limits.max_images),
                    not_enough_faces_message(2, ["image1.jpg"], settings.gallery.min_images),
                    wording.USER_ID_NOT_INTEGER,
                    wording.invalid_file("face.gif"),
                    wording.READ_ERROR,
                ],
                404: [wording.USER_NOT_FOUND],
            },
            limits,
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
        pictures, user_id = await registration(request, limits.max_images)
        driver_id = await services.drivers.register(pictures, user_id)
        concerns(driver_id)
        return RegisteredDriver(user_id=str(driver_id))

    @router.post(
        "/face/recognize",
        responses=legacy_error_docs(
            {
                400: [
                    wording.IMAGE_EMPTY,
                    wording.invalid_file("face.gif"),
                    wording.READ_ERROR,
                    wording.NO_FACE,
                    wording.USER_NOT_FOUND,
                ]
            },
            limits,
        ),
        openapi_extra=form_body({"image": FILE}, ["image"]),
    )
    async def recognize_driver(request: Request) -> RecognizedDriver:
        """Recognises the driver whose face is the largest of the picture."""
        found = await services.drivers.identify(await the_image(request))
        if found.driver_id is None or found.similarity is None or found.crop_path is None:
            raise DriverUnknown(wording.USER_NOT_FOUND)
        concerns(found.driver_id)
        return RecognizedDriver(
            detection_conf=_percent(found.face.score),
            image_path=found.crop_path,
            recognition_distance=f"{found.similarity:.2f}",
            user_id=found.driver_id,
        )

    return router


def _percent(fraction: float) -> str:
    return f"{round(100 * fraction)}%"

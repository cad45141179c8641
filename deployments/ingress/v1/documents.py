"""The OpenAPI document of the /v1 routes: bodies read by hand, and errors with examples."""

from typing import Any, Final

from pydantic import BaseModel

from deployments.ingress.documents import FILE, ResponseDocs, schema_of
from deployments.ingress.v1.bodies import Details, NewDriver, Photos
from deployments.ingress.v1.picture_bodies import OnePicture, PictureBatch
from deployments.ingress.wire import RichError
from deployments.ingress.wording import BUSY, NO_SUCH_ID, TOO_SLOW

_OUTCOME: Final = {
    "name": "side.jpg",
    "outcome": "rejected",
    "reason": "turned_away",
    "message": "the face is turned to the side by 52 degrees, at most 45 is needed: look into the "
    "camera",
    "measured": 52.3,
    "limit": 45.0,
}

_ERRORS: Final[dict[str, tuple[int, str, dict[str, Any]]]] = {
    "invalid_request": (
        400,
        "name: string should have at most 200 characters",
        {"fields": [{"field": "name", "message": "string should have at most 200 characters"}]},
    ),
    "unreadable_picture": (
        400,
        "read image error",
        {},
    ),
    "unsupported_picture": (
        400,
        "side.gif: the content is neither PNG nor JPEG, send one of these",
        {"name": "side.gif"},
    ),
    "picture_not_found": (404, "image_url: there is no such picture", {}),
    "upstream_failure": (
        502,
        "the picture source failed 3 times, last with ConnectTimeout",
        {},
    ),
    "driver_not_found": (
        404,
        "there is no such driver, GET /v1/drivers lists those that are enrolled",
        {},
    ),
    "vehicle_not_found": (404, "there is no vehicle 12", {}),
    "face_not_found": (404, "driver 7 has no face 19", {}),
    "webhook_not_found": (404, "there is no webhook 3", {}),
    "not_found/letter": (404, "webhook 3 has no dead letter 81", {}),
    "conflict/webhooks": (409, "there are 100 webhooks already, remove one first", {}),
    "event_not_found": (404, "there is no event 12", {}),
    "not_found/crop": (404, "event 12 has no picture", {}),
    "camera_not_found": (
        404,
        "there is no such camera, GET /v1/cameras lists those of the settings",
        {},
    ),
    "no_camera_picture": (
        404,
        "camera gate-1 brings no picture: the stream cannot be opened",
        {"state": "failed"},
    ),
    "not_found": (404, "driver 7 has no photo: no picture of the driver is kept", {}),
    "already_enrolled": (
        409,
        "the face is that of driver 3, with a similarity of 0.81, under 0.46 is needed: add it to "
        "driver 3, or ask with ?allow_twin=true",
        {"driver_id": 3, "similarity": 0.81, "threshold": 0.46},
    ),
    "not_same_person": (
        409,
        "drivers 7 and 8 do not look like one person, with a similarity of 0.12, at least 0.50 is "
        "needed: merge them with ?allow_unlike=true only where you know better",
        {"similarity": 0.12, "threshold": 0.5},
    ),
    "already_enrolled/import": (
        409,
        "2 of 48 drivers of the file are enrolled here already, the first of them, driver 7 of the "
        "file, as driver 3, and of two who are one person neither is recognised: erase these "
        "drivers first, or ask with ?allow_twin=true and merge them",
        {
            "twins": 2,
            "drivers": 48,
            "first": [
                {"id_in_file": 7, "driver_id": 3, "similarity": 0.97, "threshold": 0.46},
                {"id_in_file": 9, "driver_id": 4, "similarity": 0.98, "threshold": 0.46},
            ],
        },
    ),
    "plate_taken": (
        409,
        "vehicle 3 bears the plate 30A12345 already",
        {"vehicle_id": 3},
    ),
    "external_id_taken/vehicle": (
        409,
        'another vehicle has the external id "van-12"',
        {"external_id": "van-12"},
    ),
    "version_mismatch/vehicle": (
        412,
        "vehicle 12 has changed since version 3",
        {"version": 4},
    ),
    "unsupported_media_type/json": (415, "send application/json", {}),
    "external_id_taken": (
        409,
        'another driver has the external id "fleet-0042"',
        {"external_id": "fleet-0042"},
    ),
    "idempotency_key_reused": (409, "this idempotency key came with another request", {}),
    "conflict": (
        409,
        "driver 7 has no face of the running model, add a photo of the driver",
        {"driver_id": 7},
    ),
    "version_mismatch": (412, "driver 7 has changed since version 3", {"version": 4}),
    "too_large": (
        413,
        "the request body is larger than 16777216 bytes, send a smaller picture",
        {"max_body_bytes": 16_777_216},
    ),
    "too_slow": (
        408,
        TOO_SLOW,
        {"timeout_s": 30.0},
    ),
    "unsupported_media_type": (415, "send multipart/form-data or application/json", {}),
    "no_face_found": (
        422,
        "the picture shows no face, send one that shows the driver's face",
        {},
    ),
    "not_enough_faces": (
        422,
        "2 of 3 photos can be used, a new driver needs at least 3: details.photos says what is "
        "wrong with the others",
        {
            "usable": 2,
            "needed": 3,
            "photos": [
                {"name": "front.jpg", "outcome": "usable"},
                _OUTCOME,
                {"name": "smile.jpg", "outcome": "usable"},
            ],
        },
    ),
    "not_found/id": (404, NO_SUCH_ID, {}),
    "unavailable": (503, "FaceEncoder.encode did not answer in 30 s", {}),
    "gallery_unavailable": (503, "the driver gallery cannot be reached, try again shortly", {}),
    "overloaded": (503, BUSY, {"retry_after_s": 1}),
}

EVERYWHERE: Final = ("invalid_request", "unavailable", "gallery_unavailable", "overloaded")
WITH_ID: Final = ("driver_not_found", "not_found/id")
"""Of routes with a driver's id in their path."""

WITH_VEHICLE: Final = ("vehicle_not_found", "not_found/id")
"""Of routes with a vehicle's id in their path."""

WITH_WEBHOOK: Final = ("webhook_not_found", "not_found/id")
"""Of routes with a webhook's id in their path."""

WITH_EVENT: Final = ("event_not_found", "not_found/id")
"""Of routes with an event's id in their path."""

WITH_PHOTOS: Final = ("too_slow", "too_large", "unsupported_media_type")
"""Of routes that judge every photo by itself."""

WITH_PICTURE: Final = (
    "unreadable_picture",
    "unsupported_picture",
    *WITH_PHOTOS,
    "picture_not_found",
    "upstream_failure",
)
"""Of routes that look at one picture."""


def errors(*names: str) -> ResponseDocs:
    """Documents the errors that a route answers, beside those of every route."""
    documented: ResponseDocs = {}
    for name in (*EVERYWHERE, *names):
        code = name.partition("/")[0]
        status, message, details = _ERRORS[name]
        answer = documented.setdefault(
            status,
            {
                "model": RichError,
                "description": "",
                "content": {"application/json": {"examples": {}}},
            },
        )
        examples = answer["content"]["application/json"]["examples"]
        if code not in examples:
            answer["description"] = " / ".join(filter(None, [answer["description"], f"`{code}`"]))
        examples[code] = {
            "value": {
                "error": {
                    "code": code,
                    "message": message,
                    "request_id": "5f0c2a1b9d3e4f67",
                    "details": details,
                }
            }
        }
    return documented


def photos_body(*, new: bool) -> dict[str, Any]:
    """Documents a body with photos of a driver, and with details where the driver is new."""
    example: dict[str, Any] = {"images": ["/9j/4AAQ...", "/9j/4AAQ...", "/9j/4AAQ..."]}
    if new:
        example |= {
            "name": "Ann Example",
            "external_id": "fleet-0042",
            "valid_until": "2027-01-31T00:00:00Z",
        }
    model: type[BaseModel] = NewDriver if new else Photos
    form = Details.model_json_schema()["properties"] if new else {}
    files = {"type": "array", "items": FILE, "description": "Photos of the driver."}
    return _body(
        {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"images": files, **form},
                    "required": ["images"],
                }
            },
            "application/json": {"schema": schema_of(model), "example": example},
        }
    )


def picture_body() -> dict[str, Any]:
    """Documents a body with one picture."""
    raw = {"schema": {"type": "string", "format": "binary"}}
    return _body(
        {
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"image": FILE}, "required": ["image"]}
            },
            "image/jpeg": raw,
            "image/png": raw,
            "application/json": {
                "schema": schema_of(OnePicture),
                "example": {"image": "/9j/4AAQ..."},
            },
        }
    )


def batch_body() -> dict[str, Any]:
    """Documents a body with several pictures."""
    files = {"type": "array", "items": FILE, "description": "The pictures."}
    example = {
        "pictures": [
            {"image": "/9j/4AAQ...", "camera_id": "gate-1"},
            {"image_url": "https://cameras.example.com/snapshots/gate-2.jpg"},
        ]
    }
    return _body(
        {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"images": files},
                    "required": ["images"],
                }
            },
            "application/json": {"schema": schema_of(PictureBatch), "example": example},
        }
    )


def json_body(model: type[BaseModel], example: dict[str, Any], *more: str) -> dict[str, Any]:
    """Documents a JSON body, of further media types too."""
    content = {"schema": schema_of(model), "example": example}
    return _body(dict.fromkeys(("application/json", *more), content))


def _body(content: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": content}}

"""The OpenAPI document of the /v1 routes: bodies read by hand, and errors with examples."""

from typing import Any, Final

from pydantic import BaseModel

from deployments.ingress.documents import FILE, ResponseDocs, schema_of
from deployments.ingress.v1.bodies import Details, NewDriver, Photos
from deployments.ingress.v1.error_examples import ERROR_EXAMPLES
from deployments.ingress.v1.picture_bodies import OnePicture, PictureBatch
from deployments.ingress.wire import RichError

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
        status, message, details = ERROR_EXAMPLES[name]
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

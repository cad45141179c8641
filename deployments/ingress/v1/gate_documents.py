"""The OpenAPI document of what the gate is sent."""

from typing import Any

from deployments.ingress.documents import FILE, schema_of
from deployments.ingress.v1.picture_bodies import GatePictures


def gate_body() -> dict[str, Any]:
    """Documents a body with one picture of both, or with one of each."""
    raw = {"schema": {"type": "string", "format": "binary"}}
    both = {"vehicle": {"image": "/9j/4AAQ..."}, "driver": {"image": "/9j/4AAQ..."}}
    content = {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"image": FILE, "vehicle": FILE, "driver": FILE},
                "description": "Either `image`, or `vehicle` and `driver`.",
            }
        },
        "image/jpeg": raw,
        "image/png": raw,
        "application/json": {
            "schema": schema_of(GatePictures),
            "examples": {
                "one picture of both": {"value": {"image": "/9j/4AAQ..."}},
                "one picture of each": {"value": both},
            },
        },
    }
    return {"requestBody": {"required": True, "content": content}}

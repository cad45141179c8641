"""Pieces of the OpenAPI document that FastAPI cannot infer: bodies read by hand, error examples."""

from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel

from configs.settings import LimitSettings
from deployments.ingress.wire import LegacyError, RichError
from deployments.ingress.wording import BUSY, INTERNAL, TOO_SLOW, body_too_large

_UNUSED: Final = "HTTPValidationError"

ResponseDocs = dict[int | str, dict[str, Any]]


def error_docs(examples: dict[int, list[str]]) -> ResponseDocs:
    """Documents the error messages that a legacy route answers, by status."""
    return {
        status: {
            "model": LegacyError,
            "description": " / ".join(f"`{message}`" for message in messages),
            "content": {
                "application/json": {
                    "examples": {message: {"value": {"error": message}} for message in messages}
                }
            },
        }
        for status, messages in examples.items()
    }


def legacy_error_docs(examples: dict[int, list[str]], limits: LimitSettings) -> ResponseDocs:
    """Documents a legacy route: its own messages, and those that all of them share."""
    shared = {
        408: [TOO_SLOW],
        413: [body_too_large(limits.max_body_bytes)],
        500: [INTERNAL],
        503: [BUSY],
    }
    return error_docs({**examples, **shared})


def rich_error_docs(descriptions: dict[int, str]) -> ResponseDocs:
    """Documents the errors of a route that answers the rich error, by status."""
    return {
        status: {"model": RichError, "description": description}
        for status, description in descriptions.items()
    }


def json_body(schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    """Documents a JSON body."""
    content = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def picture_body() -> dict[str, Any]:
    """Documents a body that is an encoded picture, of any content type."""
    schema = {"schema": {"type": "string", "format": "binary"}}
    types = ("image/jpeg", "image/png", "application/octet-stream")
    return {"requestBody": {"required": True, "content": dict.fromkeys(types, schema)}}


def form_body(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """Documents a multipart form."""
    schema = {"type": "object", "properties": properties, "required": required}
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


FILE: dict[str, Any] = {"type": "string", "format": "binary", "description": "PNG or JPEG"}


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a body that is read by hand; ``Documented`` has a place for what it names."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    parts = schema.pop("$defs", {}) | {model.__name__: schema}
    return {"$ref": f"#/components/schemas/{model.__name__}", "$defs": parts}


class Documented(FastAPI):
    """An application whose document knows how malformed parameters are answered here."""

    def openapi(self) -> dict[str, Any]:
        """The document without FastAPI's own 422, which no route answers.

        Bodies that are read by hand stand among the schemas, as answers do.
        """
        document = super().openapi()
        schemas = document["components"]["schemas"]
        for operations in document["paths"].values():
            for operation in operations.values():
                for sent in operation.get("requestBody", {}).get("content", {}).values():
                    for name, part in sent.get("schema", {}).pop("$defs", {}).items():
                        if schemas.setdefault(name, part) != part:
                            raise ValueError(f"two schemas are called {name}")
                if _UNUSED in str(operation["responses"].get("422")):
                    del operation["responses"]["422"]
        for name in (_UNUSED, "ValidationError"):
            document["components"]["schemas"].pop(name, None)
        return document

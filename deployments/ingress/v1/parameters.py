"""Query parameters that a route does not have: refused, so that a misspelt one is never ignored."""

from collections.abc import Iterator

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel


async def _refuse_unknown(request: Request) -> None:
    known = set(_names_of(request.scope["route"]))
    unknown = [name for name in dict.fromkeys(request.query_params) if name not in known]
    if unknown:
        # What FastAPI itself says where a model forbids further parameters.
        raise RequestValidationError(
            [{"type": "extra_forbidden", "loc": ("query", name), "msg": ""} for name in unknown]
        )


def _names_of(route: APIRoute) -> Iterator[str]:
    for field in route.dependant.query_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from model.model_fields
        else:
            yield field.alias


KNOWN_ONLY = Depends(_refuse_unknown)
"""Of a router: each of its routes takes the query parameters that it documents, and no others."""

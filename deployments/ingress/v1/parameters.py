"""Query parameters that a route does not have, or that come twice: refused, never ignored."""

from collections import Counter
from collections.abc import Iterator

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel


async def _refuse_unknown(request: Request) -> None:
    known = list(_names_of(request.scope["route"]))
    unknown = f"there is no such parameter, this route takes {', '.join(known) or 'none'}"
    sent = Counter(name for name, _ in request.query_params.multi_items())
    faulty = {name: unknown for name in sent if name not in known}
    faulty |= {name: "send this parameter once" for name in known if sent[name] > 1}
    if faulty:
        raise RequestValidationError(
            [{"type": "parameter", "loc": ("query", name), "msg": faulty[name]} for name in faulty]
        )


def _names_of(route: APIRoute) -> Iterator[str]:
    for field in route.dependant.query_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from (one.alias or name for name, one in model.model_fields.items())
        else:
            yield field.alias


KNOWN_ONLY = Depends(_refuse_unknown)
"""Of a router: each of its routes takes the query parameters that it documents, each once."""

"""Which methods a path takes, whichever of several routes take them."""

from collections.abc import Sequence
from typing import Final

from starlette.routing import BaseRoute, Match
from starlette.types import Scope

_METHODS: Final = ("DELETE", "GET", "PATCH", "POST", "PUT")


def allow(scope: Scope, routes: Sequence[BaseRoute]) -> str:
    """The ``Allow`` header of a path: a route by itself would name its own method alone.

    Args:
        scope: Of a request for the path.
        routes: Of the application.
    """
    methods = [
        method
        for method in _METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    # A stream and an export have no HEAD: one that got here was refused.
    if "GET" in methods and scope["method"] != "HEAD":
        methods.append("HEAD")
    return ", ".join(sorted(methods))

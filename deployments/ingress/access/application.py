"""What access puts around the routes, and what the API document says of it."""

from typing import Any, Final

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from configs.settings import AccessSettings
from deployments.ingress.access.audit import Auditing, audit_log
from deployments.ingress.access.control import NO_KEY, AccessControl, SameSite
from deployments.ingress.access.key_limits import KeyLimits
from deployments.ingress.access.rules import Rule, documented_rule
from deployments.ingress.documents import Documented
from deployments.ingress.errors import DRIVER_API_PATHS, PLATE_READER_PATHS
from deployments.ingress.middleware import SecurityHeaders
from pipelines.access.watched_keys import WatchedKeys

_REQUEST_HEADERS: Final = (
    "authorization",
    "x-api-key",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "last-event-id",
    "x-request-id",
)
_ANSWER_HEADERS: Final = ("etag", "location", "retry-after", "www-authenticate", "x-request-id")

_SCHEMES: Final = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, as `Authorization: Bearer KEY`.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same key, as `X-API-Key: KEY`; this one counts where both are sent.",
    },
}
_REFUSALS: Final = (
    (401, "unauthorized", NO_KEY),
    (429, "rate_limited", 'the API key "gate-1" may make 1200 requests a minute, wait 3 s'),
)


class Secured(Documented):
    """The application, whose every answer has security headers.

    Args:
        access: Says whether keys are asked for; the document then says which key a route needs.
        described: What FastAPI takes.
    """

    def __init__(self, access: AccessSettings, **described: Any) -> None:
        self._keys_on = access.keys_file is not None
        super().__init__(**described)

    def build_middleware_stack(self) -> ASGIApp:
        """Around everything, so that an answer to an unforeseen failure has the headers too."""
        return SecurityHeaders(super().build_middleware_stack(), never_kept=self._keys_on)

    def openapi(self) -> dict[str, Any]:
        """The document, with the keys that routes need where keys are on."""
        document = super().openapi()
        if self._keys_on:
            document["components"]["securitySchemes"] = _SCHEMES
            for path, operations in document["paths"].items():
                for method, operation in operations.items():
                    _describe(operation, path, documented_rule(method, path))
        return document


def add_access(app: FastAPI, access: AccessSettings) -> None:
    """Puts keys, limits and the audit log around what the application does so far.

    Raises:
        ConfigurationError: The key file is broken, or the audit log cannot be written.
    """
    if access.keys_path is not None:
        keys = WatchedKeys(access.keys_path, access.keys_reload_s)
        app.add_middleware(AccessControl, keys=keys, limits=KeyLimits(access))
    else:
        app.add_middleware(SameSite, origins=access.cors_origins)
    log = audit_log(access)
    if log is not None:
        app.add_middleware(Auditing, log=log)


def add_cors(app: FastAPI, access: AccessSettings) -> None:
    """Lets the web pages of the settings call the service; without any, browsers let none."""
    if access.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=access.cors_origins,
            allow_methods=("GET", "POST", "PATCH", "DELETE"),
            allow_headers=_REQUEST_HEADERS,
            expose_headers=_ANSWER_HEADERS,
        )


def _describe(operation: dict[str, Any], path: str, rule: Rule) -> None:
    if rule.open:
        operation["security"] = []
        return
    needed = [str(rule.scope)] if rule.scope else []
    operation["security"] = [{"bearer": needed}, {"apiKey": needed}]
    for status, code, message in _REFUSALS:
        operation["responses"].setdefault(str(status), _documented(path, code, message))
    if rule.scope:
        message = f'the API key "gate-1" may not do this, it needs the scope {rule.scope}'
        operation["responses"].setdefault("403", _documented(path, "forbidden", message))


def _documented(path: str, code: str, message: str) -> dict[str, Any]:
    older = path in PLATE_READER_PATHS | DRIVER_API_PATHS
    schema = "LegacyError" if older else "RichError"
    rich = {"code": code, "message": message, "request_id": "5f0c2a1b9d3e4f67", "details": {}}
    example = {"error": message if older else rich}
    return {
        "description": f"`{message}`" if older else f"`{code}`",
        "content": {
            "application/json": {
                "schema": {"$ref": f"#/components/schemas/{schema}"},
                "examples": {code: {"value": example}},
            }
        },
    }

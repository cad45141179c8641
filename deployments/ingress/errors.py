"""The one place where an error becomes an answer."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Scope

from deployments.ingress.methods import allow
from deployments.ingress.middleware import request_id, route_path
from deployments.ingress.v1.bodies import invalid
from deployments.ingress.wire import ErrorDetail, LegacyError, RichError
from deployments.ingress.wording import (
    DRIVER_NOT_FOUND,
    INTERNAL,
    INVALID_FORMAT,
    NO_SUCH_ID,
    RESOURCE_NOT_FOUND,
    USER_NOT_FOUND,
    printable,
)
from deployments.metrics import ERRORS
from pipelines.errors import GatehouseError, NotFound, Unavailable, UpstreamFailure

_log = logging.getLogger(__name__)

PLATE_READER_PATHS = frozenset({"/greeting", "/readPlateNumber", "/idToNum", "/idToNumBatch"})
DRIVER_API_PATHS = frozenset(
    {"/api/license_plate/recognize", "/api/face/register", "/api/face/recognize"}
)

# On the source services' routes too, answered as what they are, with a sentence of ours.
_OURS = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    }
)
CLIENT_CLOSED_REQUEST = 499
_PATH_SHOWN = 200  # characters


def plate_reader_error(error: GatehouseError) -> tuple[int, str]:
    """Status and message of an error on the plate reader's routes.

    Its three documented messages, and a sentence of ours where it is about access, size, speed or
    load.
    """
    if isinstance(error, UpstreamFailure) or error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return 500, INTERNAL
    if error.status in _OURS:
        return error.status, error.message
    if error.status == HTTPStatus.BAD_REQUEST:
        return 400, INVALID_FORMAT
    return 404, RESOURCE_NOT_FOUND


def driver_api_error(error: GatehouseError) -> tuple[int, str]:
    """Status and message of an error on the face and plate API's routes.

    Everything the caller can mend is 400 there, but an unknown id to update (404), sizes, slowness,
    and what the caller may not do.
    """
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, Unavailable):
        return 500, INTERNAL
    if isinstance(error, NotFound) or error.status in _OURS:
        return error.status, error.message
    return 400, error.message


def install(app: FastAPI) -> None:
    """Has every failure answered here."""
    app.add_exception_handler(GatehouseError, _answer_error)
    app.add_exception_handler(RequestValidationError, _answer_bad_parameter)
    app.add_exception_handler(HTTPException, _answer_http_exception)
    app.add_exception_handler(ClientDisconnect, _answer_nobody)
    app.add_exception_handler(Exception, _answer_unexpected)


def answer(scope: Scope, error: GatehouseError) -> Response:
    """Words an error in the shape of the request's route, and logs a failure of ours."""
    ERRORS.labels(error.code).inc()
    if isinstance(error, Unavailable):
        # Met by the thousand when a stage is busy: a line each, no traceback.
        _log.warning("request %s: %s: %s", request_id.get(), error.code, error)
    elif error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("request %s: %s: %s", request_id.get(), error.code, error, exc_info=error)
    path = route_path(scope)
    body: LegacyError | RichError
    if path in PLATE_READER_PATHS:
        status, message = plate_reader_error(error)
        body = _legacy(message)
    elif path in DRIVER_API_PATHS:
        status, message = driver_api_error(error)
        body = _legacy(message)
    else:
        status = error.status
        message = DRIVER_NOT_FOUND if error.message == USER_NOT_FOUND else error.message
        body = _rich(error.code, message, error.extra)
    headers = {}
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["retry-after"] = str(error.extra.get("retry_after_s", 1))
    if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
        headers["connection"] = "close"  # the rest of the body is not read
    return JSONResponse(body.model_dump(), status, headers)


async def _answer_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, GatehouseError):
        raise error
    return answer(request.scope, error)


async def _answer_bad_parameter(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    errors = error.errors()
    if any(one["loc"][0] == "path" for one in errors):
        return answer(request.scope, NotFound(NO_SUCH_ID))
    for one in errors:
        one["loc"] = one["loc"][1:]  # without "query" or "header"
    return answer(request.scope, invalid(errors))


async def _answer_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    phrase = HTTPStatus(error.status_code).phrase
    body: LegacyError | RichError
    if route_path(request.scope) in PLATE_READER_PATHS | DRIVER_API_PATHS:
        body = _legacy(phrase)
    else:
        message = f"{request.method} {request.scope['path'][:_PATH_SHOWN]}: {phrase}"
        if error.detail != phrase:
            message = error.detail
        body = _rich(phrase.lower().replace(" ", "_"), message, {})
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = allow(request.scope, request.app.routes)
    return JSONResponse(body.model_dump(), error.status_code, headers)


async def _answer_nobody(_request: Request, _error: Exception) -> Response:
    return Response(status_code=CLIENT_CLOSED_REQUEST)  # seen by access logs alone


async def _answer_unexpected(request: Request, error: Exception) -> Response:
    ERRORS.labels(GatehouseError.code).inc()
    _log.error("request %s failed", request_id.get(), exc_info=error)
    body: LegacyError | RichError = _rich("internal_error", INTERNAL, {})
    if route_path(request.scope) in PLATE_READER_PATHS | DRIVER_API_PATHS:
        body = _legacy(INTERNAL)
    return JSONResponse(body.model_dump(), 500)


def _legacy(message: str) -> LegacyError:
    return LegacyError(error=printable(message))


def _rich(code: str, message: str, details: dict[str, Any]) -> RichError:
    return RichError(
        error=ErrorDetail(
            code=code,
            message=printable(message),
            request_id=request_id.get(),
            details={key: _printable(value) for key, value in details.items()},
        )
    )


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {printable(str(key)): _printable(item) for key, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, list | tuple) else value

"""The one place where an error becomes an answer."""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from deployments.ingress.middleware import request_id
from deployments.ingress.wire import ErrorDetail, LegacyError, RichError
from pipelines.errors import GatehouseError, NotFound, Unavailable, UpstreamFailure

_log = logging.getLogger("gatehouse.ingress")

PLATE_READER_PATHS = frozenset({"/greeting", "/readPlateNumber", "/idToNum", "/idToNumBatch"})
DRIVER_API_PATHS = frozenset(
    {"/api/license_plate/recognize", "/api/face/register", "/api/face/recognize"}
)

INVALID_FORMAT = "Invalid request format"
RESOURCE_NOT_FOUND = "Resource not found"
INTERNAL = "Internal server error"


def plate_reader_error(error: GatehouseError) -> tuple[int, str]:
    """Status and message of an error on the plate reader's routes.

    Its three documented messages, and 413 and 503 with a sentence of ours.
    """
    if isinstance(error, UpstreamFailure) or error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return 500, INTERNAL
    if error.status in (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.SERVICE_UNAVAILABLE):
        return error.status, error.message
    if error.status == HTTPStatus.BAD_REQUEST:
        return 400, INVALID_FORMAT
    return 404, RESOURCE_NOT_FOUND


def driver_api_error(error: GatehouseError) -> tuple[int, str]:
    """Status and message of an error on the face and plate API's routes.

    Everything the caller can mend is 400 there, but an unknown id to update (404) and sizes.
    """
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, Unavailable):
        return 500, INTERNAL
    if isinstance(error, NotFound) or error.status in (
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ):
        return error.status, error.message
    return 400, error.message


def install(app: FastAPI) -> None:
    """Has every failure answered here."""
    app.add_exception_handler(GatehouseError, _answer_error)
    app.add_exception_handler(HTTPException, _answer_http_exception)
    app.add_exception_handler(Exception, _answer_unexpected)


async def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, GatehouseError)
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("request %s: %s: %s", request_id.get(), error.code, error, exc_info=error)
    path = request.url.path.rstrip("/")
    body: LegacyError | RichError
    if path in PLATE_READER_PATHS:
        status, message = plate_reader_error(error)
        body = LegacyError(error=message)
    elif path in DRIVER_API_PATHS:
        status, message = driver_api_error(error)
        body = LegacyError(error=message)
    else:
        status = error.status
        body = _rich(error.code, error.message, error.extra)
    headers = {}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["retry-after"] = str(error.extra.get("retry_after_s", 1))
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        headers["connection"] = "close"  # the rest of the body is not read
    return JSONResponse(body.model_dump(), status, headers)


async def _answer_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    body: LegacyError | RichError
    if request.url.path.rstrip("/") in PLATE_READER_PATHS | DRIVER_API_PATHS:
        body = LegacyError(error=phrase)
    else:
        message = f"{request.method} {request.url.path}: {phrase}"
        body = _rich(phrase.lower().replace(" ", "_"), message, {})
    return JSONResponse(body.model_dump(), error.status_code, error.headers)


async def _answer_unexpected(request: Request, error: Exception) -> Response:
    _log.error("request %s failed", request_id.get(), exc_info=error)
    path = request.url.path.rstrip("/")
    body: LegacyError | RichError = _rich("internal_error", INTERNAL, {})
    if path in PLATE_READER_PATHS | DRIVER_API_PATHS:
        body = LegacyError(error=INTERNAL)
    return JSONResponse(body.model_dump(), 500)


def _rich(code: str, message: str, details: dict[str, object]) -> RichError:
    return RichError(
        error=ErrorDetail(code=code, message=message, request_id=request_id.get(), details=details)
    )

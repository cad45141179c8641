"""The FastAPI application, without Ray."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from configs.settings import Settings
from deployments.ingress import errors
from deployments.ingress.admission import Admission
from deployments.ingress.common_routes import common_routes
from deployments.ingress.driver_api_routes import driver_api_routes
from deployments.ingress.middleware import BodyLimit, HeadAsGet, RequestId, TrailingSlash
from deployments.ingress.plate_reader_routes import plate_reader_routes
from deployments.ingress.services import Services

VERSION = "0.1.0"

_DESCRIPTION = """Reads licence plates and recognises drivers.

Pictures are PNG or JPEG. Every answer carries `x-request-id`; send your own to find it in the logs.
Errors of the plate reader and of the driver routes are `{"error": "<message>"}`; all others are
`{"error": {"code", "message", "request_id", "details"}}`."""


def create_app(services: Services, settings: Settings) -> FastAPI:
    """Builds the application.

    Args:
        services: What the routes work with; its picture source is closed with the application.
        settings: The settings tree.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await services.pictures.close()

    app = FastAPI(
        title="Gatehouse",
        version=VERSION,
        description=_DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.include_router(plate_reader_routes(services, settings))
    app.include_router(driver_api_routes(services, settings))
    app.include_router(common_routes(services, settings.limits))
    errors.install(app)
    app.add_middleware(BodyLimit, max_bytes=settings.limits.max_body_bytes)
    app.add_middleware(Admission, limits=settings.limits)
    app.add_middleware(HeadAsGet)
    app.add_middleware(TrailingSlash)
    app.add_middleware(RequestId)
    return app

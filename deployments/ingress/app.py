"""The FastAPI application, without Ray."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from configs.settings import Settings
from deployments.ingress import errors
from deployments.ingress.access.application import Secured, add_access, add_cors
from deployments.ingress.admission import HEALTH_PATHS, Admission
from deployments.ingress.common_routes import common_routes
from deployments.ingress.console.routes import console_routes
from deployments.ingress.driver_api_routes import driver_api_routes
from deployments.ingress.measured import Measured
from deployments.ingress.middleware import BodyLimit, HeadAsGet, RequestId, TrailingSlash
from deployments.ingress.observation_routes import observation_routes
from deployments.ingress.plate_reader_routes import plate_reader_routes
from deployments.ingress.services import Services
from deployments.ingress.slow_bodies import BodyTime
from deployments.ingress.sweeps import sweep_regularly
from deployments.ingress.v1.camera_routes import camera_routes
from deployments.ingress.v1.driver_routes import driver_routes
from deployments.ingress.v1.event_report_routes import REPORT_PATH, event_report_routes
from deployments.ingress.v1.event_routes import EXPORT_PATH as EVENT_EXPORT_PATH
from deployments.ingress.v1.event_routes import STREAM_PATH, event_routes
from deployments.ingress.v1.face_routes import face_routes
from deployments.ingress.v1.gallery_routes import EXPORT_PATH, IMPORT_PATH, gallery_routes
from deployments.ingress.v1.gate_routes import gate_routes
from deployments.ingress.v1.plate_routes import plate_routes
from deployments.ingress.v1.recognition_routes import recognition_routes
from deployments.ingress.v1.vehicle_routes import vehicle_routes
from deployments.ingress.v1.webhook_routes import webhook_routes

VERSION = "0.1.0"

# FastAPI's own spans would begin traces of their own and name paths and queries, which say who was
# asked for; Serve traces requests.
_NO_TELEMETRY = {"tracing": False, "metrics": False, "logs": False}

_DESCRIPTION = """Reads licence plates and recognises drivers.

Pictures are PNG or JPEG. Every answer carries `x-request-id`; send your own to find it in the logs.
Errors of the plate reader and of the `/api` routes are `{"error": "<message>"}`; all others are
`{"error": {"code", "message", "request_id", "details"}}`."""


def create_app(services: Services, settings: Settings) -> FastAPI:
    """Builds the application.

    Args:
        services: What the routes work with; its sources of pictures are closed with the
            application; while it runs its upkeep is swept and its webhooks are told of events.
        settings: The settings tree.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        sweeping = []
        if services.upkeep is not None:
            sweeping.append(sweep_regularly(services.upkeep, settings.retention.sweep_s))
        if services.webhooks.on:
            sweeping.append(sweep_regularly(services.webhooks, settings.webhooks.poll_s))
        tasks = [asyncio.create_task(one) for one in sweeping]
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await services.webhooks.close()
        await services.pictures.close()
        await services.urls.close()

    app = Secured(
        settings.access,
        title="Gatehouse",
        version=VERSION,
        description=_DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
        telemetry=_NO_TELEMETRY,
    )
    app.include_router(plate_reader_routes(services, settings))
    app.include_router(driver_api_routes(services, settings))
    app.include_router(driver_routes(services.people, settings.limits))
    app.include_router(face_routes(services.people, services.crops, settings.limits))
    app.include_router(plate_routes(services, settings.limits))
    app.include_router(recognition_routes(services, settings.gallery))
    app.include_router(gate_routes(services, settings))
    app.include_router(vehicle_routes(services.vehicles))
    app.include_router(event_routes(services.events.journal, services.crops, settings.events))
    app.include_router(event_report_routes(services.events.journal))
    app.include_router(webhook_routes(services.webhooks))
    app.include_router(camera_routes(services.replicas, settings.cameras))
    app.include_router(gallery_routes(services.people, settings.limits))
    app.include_router(common_routes(services, settings.limits))
    app.include_router(console_routes())
    app.include_router(observation_routes(services.replicas, settings, VERSION))
    errors.install(app)
    limits = settings.limits
    files = {IMPORT_PATH: limits.max_import_bytes}
    app.add_middleware(BodyLimit, max_bytes=limits.max_body_bytes, files=files)
    app.add_middleware(BodyTime, timeout_s=limits.body_timeout_s, unlimited=files)
    timeouts_s = {IMPORT_PATH: limits.import_timeout_s}
    app.add_middleware(
        Admission, limits=limits, timeouts_s=timeouts_s, uncounted=HEALTH_PATHS | {STREAM_PATH}
    )
    add_access(app, settings.access)
    app.add_middleware(
        Measured,
        paths=errors.PLATE_READER_PATHS | errors.DRIVER_API_PATHS,
        streams={STREAM_PATH},
    )
    app.add_middleware(
        HeadAsGet, without={STREAM_PATH, EVENT_EXPORT_PATH, EXPORT_PATH, REPORT_PATH}
    )
    app.add_middleware(TrailingSlash)
    app.add_middleware(RequestId)
    add_cors(app, settings.access)
    return app

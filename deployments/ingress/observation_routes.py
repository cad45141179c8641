"""What people and programs that watch the service ask: /metrics and /info."""

import platform
from typing import Final

import ray
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import Response

from configs.settings import Settings
from deployments.exposition import exposition
from deployments.ingress.information import Information
from deployments.ingress.kept import Kept
from deployments.ingress.replicas import Replicas
from deployments.metrics import BUILD

METRICS_PATH: Final = "/metrics"

_KEEP_S: Final = 1.0


def observation_routes(replicas: Replicas, settings: Settings, version: str) -> APIRouter:
    """Builds the routes.

    Args:
        replicas: Who is asked.
        settings: The settings tree.
        version: Of Gatehouse.
    """
    router = APIRouter(tags=["health"])
    BUILD.labels(version, platform.python_version(), ray.__version__).set(1)

    async def measure() -> bytes:
        return exposition(await replicas.measurements())

    async def inform() -> Information:
        return Information.of(version, settings, await replicas.models(), await replicas.indexes())

    page = Kept(measure, _KEEP_S)
    information = Kept(inform, _KEEP_S)

    @router.get(
        METRICS_PATH,
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}, "description": "Prometheus' text format."}},
    )
    async def metrics() -> Response:
        """What every replica of every deployment has measured, for Prometheus.

        Scrape one address: whichever replica answers asks all others.
        """
        return Response(await page.get(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    @router.get("/info")
    async def info() -> Information:
        """What runs: versions, models, the gallery's indexes, and the settings that matter."""
        return await information.get()

    return router

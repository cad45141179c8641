"""Stored crops, health and readiness."""

from fastapi import APIRouter
from starlette.responses import Response

from configs.settings import LimitSettings
from deployments.ingress.documents import rich_error_docs
from deployments.ingress.readiness import Readiness
from deployments.ingress.services import Services
from deployments.ingress.wire import Health

_A_YEAR_S = 365 * 24 * 3600


def common_routes(services: Services, limits: LimitSettings) -> APIRouter:
    """Builds the routes."""
    router = APIRouter()
    readiness = Readiness(services.probes, limits.ready_timeout_s, limits.ready_keep_s)

    @router.get(
        "/static/images/{path:path}",
        tags=["stored crops"],
        response_class=Response,
        responses={
            200: {"content": {"image/jpeg": {}}, "description": "The stored crop."},
            **rich_error_docs(
                {
                    404: "There is no such crop.",
                    503: "The store cannot be reached, or the service is busy.",
                }
            ),
        },
    )
    async def stored_crop(path: str) -> Response:
        """Answers a crop by the ``image_path`` of an earlier answer."""
        jpeg = await services.crops.load(f"static/images/{path}")
        headers = {
            # A name is never used twice, so a crop never changes under it.
            "cache-control": f"private, max-age={_A_YEAR_S}, immutable",
            "x-content-type-options": "nosniff",
        }
        return Response(jpeg, media_type="image/jpeg", headers=headers)

    @router.get("/healthz", tags=["health"])
    async def healthz() -> Health:
        """Says that the ingress is alive; of the stages behind it, it says nothing."""
        return Health(status="ok")

    @router.get(
        "/readyz",
        tags=["health"],
        responses=rich_error_docs({503: "`details.not_ready` names each stage, and why."}),
    )
    async def readyz() -> Health:
        """Says whether every stage behind the routes works, by using each."""
        await readiness.check()
        return Health(status="ready")

    return router

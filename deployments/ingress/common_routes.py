"""Stored crops and health."""

from fastapi import APIRouter
from starlette.responses import Response

from deployments.ingress.services import Services
from deployments.ingress.wire import Health, RichError

_A_YEAR_S = 365 * 24 * 3600


def common_routes(services: Services) -> APIRouter:
    """Builds the routes."""
    router = APIRouter()

    @router.get(
        "/static/images/{path:path}",
        tags=["stored crops"],
        response_class=Response,
        responses={
            200: {"content": {"image/jpeg": {}}, "description": "The stored crop."},
            404: {"model": RichError},
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
        """Says that the ingress is alive."""
        return Health(status="ok")

    return router

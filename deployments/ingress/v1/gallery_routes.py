"""/v1/gallery: what the gallery holds, the whole of it as a file, and such a file brought in."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import StreamingResponse

from configs.settings import LimitSettings
from deployments.ingress.access.trail import concerns
from deployments.ingress.services import DriverServices
from deployments.ingress.v1 import conditions, documents
from deployments.ingress.v1.gallery_wire import GalleryState, Imported
from deployments.ingress.v1.parameters import KNOWN_ONLY
from deployments.ingress.v1.spooling import spooled
from pipelines.drivers.gallery_transfer import Wishes

EXPORT_PATH: Final = "/v1/gallery/export"
IMPORT_PATH: Final = "/v1/gallery/import"

_GZIP: Final = "application/gzip"
_FILE: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
_AGAIN: Final = (
    "The same file adds nothing a second time, not even what was erased since: "
    "send a new key, 1 to 200 visible ASCII characters, to bring it in once more. Those of its "
    "drivers and vehicles who are still there are then here already, see `allow_twin` and "
    "`keep_known_vehicles`."
)
_TWINS: Final = (
    "Add drivers whose faces are recognised as enrolled drivers' all the same; neither of two who "
    "are one person is recognised until one is erased or both are merged. Faces without a vector "
    "of the running model cannot be compared and are always added."
)
_KEPT: Final = (
    "Leave vehicles of the file out whose plate or external id is known here, and the known ones "
    "as they are; without it such a file is refused (409) and the answer names the first 1,000."
)


def gallery_routes(services: DriverServices, limits: LimitSettings) -> APIRouter:
    """Builds the routes."""
    router = APIRouter(prefix="/v1/gallery", tags=["gallery"], dependencies=[KNOWN_ONLY])

    @router.get("", responses=documents.errors())
    async def gallery() -> GalleryState:
        """How much the gallery holds, and the state of every shard of its index, as of now.

        A shard that does not answer is an error, which names it.
        """
        counts = await services.gallery.directory.counts()
        return GalleryState.of(counts, await services.gallery.status())

    @router.get(
        "/export",
        response_class=StreamingResponse,
        responses={
            200: {"content": {_GZIP: _FILE}, "description": "The gallery as one gzip file."},
            **documents.errors("conflict/export"),
        },
    )
    async def export(
        pictures: Annotated[
            bool,
            Query(description="With the aligned faces, which another face model can embed."),
        ] = False,
    ) -> StreamingResponse:
        """The whole gallery as one file: gzip, a JSON object a line, vectors in base64.

        Drivers with their faces, the vehicles, and who may drive them; no events, no webhooks.

        What changes meanwhile is in it as of either moment. The last line has the counts and a
        digest of the others; a file without it was cut off, as where a vehicle got the plate, or a
        driver the external id, of one that the file had already: export again. A file takes up to
        1,000,000 vehicles (409).

        The file identifies people: guard it as you guard the gallery. Serve cuts every answer off
        after `http_options.request_timeout_s`; send `x-request-timeout-seconds: 3600` for more.
        """
        pieces = services.transfer.export(pictures)
        first = await anext(pieces)  # what fails before the first byte is answered as an error
        name = f"gatehouse-gallery-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.jsonl.gz"
        headers = {
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
        }
        return StreamingResponse(_chained(first, pieces), media_type=_GZIP, headers=headers)

    @router.post(
        "/import",
        responses=documents.errors(
            "external_id_taken",
            "plate_taken/import",
            "conflict/import",
            "already_enrolled/import",
            "too_large",
            "unsupported_media_type",
        ),
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {_GZIP: _FILE, "application/octet-stream": _FILE},
            }
        },
    )
    async def bring_in(
        request: Request,
        allow_twin: Annotated[bool, Query(description=_TWINS)] = False,
        keep_known_vehicles: Annotated[bool, Query(description=_KEPT)] = False,
        idempotency_key: Annotated[str | None, Header(description=_AGAIN)] = None,
    ) -> Imported:
        """Adds the drivers and vehicles of an exported file, under new ids.

        It adds and never updates: a newer export of drivers who are here already is another file
        (also where it only has pictures more) and would double them, so it is refused (409), and
        so is a file of vehicles that are known here. Vehicles name the same drivers as before, by
        their new ids; a driver who was merged since is named as the one who stayed, one who was
        erased since by none.

        The whole file is checked before anything is written. After a failure send the same file
        again: it goes on where it stopped. Serve ends every request after
        `http_options.request_timeout_s`, which is enough for some 50,000 drivers into an empty
        gallery; for more, or where each is first looked for among those enrolled, send
        `x-request-timeout-seconds: 3600`, up to `limits.import_timeout_s`.

        Drivers and faces keep their dates: `retention.driver_days` counts from these, and may erase
        old ones within a minute.
        """
        key = conditions.request_key(idempotency_key, {})
        async with spooled(request, limits.max_import_bytes) as file:
            wishes = Wishes(key.key if key else "", allow_twin, keep_known_vehicles)
            brought = await services.transfer.bring_in(file, wishes)
        concerns(*(new for _, new in brought.ids))
        return Imported.of(brought)

    return router


async def _chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece

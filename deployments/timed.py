"""Stages as the ingress calls them, with their times measured."""

from collections.abc import Awaitable, Callable
from typing import Any

from deployments.metrics import STAGE_CALLS, STAGE_SECONDS
from deployments.remote_gallery import RemoteGallery
from deployments.stage_times import measured_as
from pipelines.types import GallerySearch, Vector


class TimedStage:
    """Calls a stage, and measures how long it takes and how many calls are under way.

    The time is also noted for the request (``deployments.stage_times``).

    Args:
        stage: ``detect``, ``read``, ``embed``, ``search`` or ``match``.
        call: The stage.
    """

    def __init__(self, stage: str, call: Callable[..., Awaitable[Any]]) -> None:
        self._call = call
        self._stage = stage
        self._seconds = STAGE_SECONDS.labels(stage)
        self._calls = STAGE_CALLS.labels(stage)

    async def __call__(self, *args: Any) -> Any:
        """Calls the stage."""
        with self._calls.track_inprogress(), self._seconds.time(), measured_as(self._stage):
            return await self._call(*args)


class TimedGallery(RemoteGallery):
    """The gallery, with its searches measured as the stage ``search``.

    Attributes:
        untimed_search: For what is no search of a caller.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.untimed_search = super().search
        self._timed_search = TimedStage("search", self.untimed_search)

    async def search(self, vector: Vector, model_id: str) -> GallerySearch:
        """Finds the drivers nearest to one probe; see ``RemoteGallery.search``."""
        found: GallerySearch = await self._timed_search(vector, model_id)
        return found

"""The driver gallery as the ingress sees it: one object over the handles of its shards."""

from collections.abc import Sequence

from ray.serve.handle import DeploymentHandle

from deployments.remote import RemoteStage, Tunable
from pipelines.gallery.records import EnrolledFace
from pipelines.types import GallerySearch, Vector


class RemoteGallery:
    """The driver gallery as the compositions see it, over handles.

    Args:
        shards: Of the index deployments, shard 0 first.
        tuning: Read at every call.
        top_k: Most drivers of one answer (``GallerySettings.top_k``).
    """

    def __init__(self, shards: Sequence[DeploymentHandle], tuning: Tunable, top_k: int) -> None:
        self._top_k = top_k
        self._searches = [RemoteStage(one, "search", tuning, repeatable=True) for one in shards]
        # The token makes a registration happen once, however often it is sent.
        self._register = RemoteStage(shards[0], "register", tuning, repeatable=True)
        self._withdraw = RemoteStage(shards[0], "withdraw", tuning, repeatable=True)

    async def search(self, vector: Vector, model_id: str) -> GallerySearch:
        found: GallerySearch = await self._searches[0](vector, model_id)
        return found

    async def register(
        self, driver_id: int | None, faces: tuple[EnrolledFace, ...], token: str
    ) -> int:
        enrolled: int = await self._register(driver_id, faces, token)
        return enrolled

    async def withdraw(self, token: str) -> int | None:
        driver_id: int | None = await self._withdraw(token)
        return driver_id

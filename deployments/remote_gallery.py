"""The driver gallery as the ingress sees it: one object over the handles of its shards."""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import cycle

from ray.serve.handle import DeploymentHandle

from deployments.gathered import gathered_search
from deployments.remote import RemoteStage, Tunable
from deployments.remote_directory import RemoteDirectory
from pipelines.errors import Unavailable
from pipelines.gallery.driver_records import DriverDetails
from pipelines.gallery.index_status import IndexStatus
from pipelines.gallery.judged import Judged
from pipelines.gallery.records import EnrolledFace
from pipelines.gallery.sharding import behind, joined
from pipelines.types import GallerySearch, Vector

_NO_DETAILS = DriverDetails()
_ROUNDS = 50  # each a few milliseconds


class RemoteGallery:
    """The driver gallery as the compositions see it, over handles.

    A search asks every shard and joins the answers exactly, or fails: part of the drivers is no
    answer. Writes go to any shard, taking turns, since all share one store.

    Args:
        shards: Of the index deployments, shard 0 first.
        tuning: Read at every call.
        top_k: Most drivers of one answer (``GallerySettings.top_k``).
    """

    def __init__(self, shards: Sequence[DeploymentHandle], tuning: Tunable, top_k: int) -> None:
        def stages(method: str) -> tuple[RemoteStage, ...]:
            return tuple(RemoteStage(one, method, tuning, repeatable=True) for one in shards)

        self.directory = RemoteDirectory(shards, tuning)
        self._top_k = top_k
        self._searches = tuple(gathered_search(one, tuning) for one in shards)
        self._statuses = stages("status")
        # The token makes a registration happen once, however often it is sent.
        self._registers = cycle(stages("register"))
        self._withdraws = cycle(stages("withdraw"))

    async def search(self, vector: Vector, model_id: str) -> GallerySearch:
        """Finds the drivers nearest to one probe, as of everything committed before the call.

        Raises:
            GalleryUnavailable: The store cannot be read now.
            Unavailable: A shard does not answer, the probe is of another model than the gallery,
                or the gallery changes faster than its shards can be asked.
        """
        answers = await self._ask(range(len(self._searches)), vector, model_id)
        for _ in range(_ROUNDS):
            late = behind(answers)
            if not late:
                return joined(answers, self._top_k)
            for shard, answer in zip(late, await self._ask(late, vector, model_id), strict=True):
                answers[shard] = answer
        raise Unavailable("the driver gallery is changing too fast, try again shortly")

    async def register(
        self,
        driver_id: int | None,
        faces: tuple[EnrolledFace, ...],
        token: str,
        details: DriverDetails = _NO_DETAILS,
        fingerprint: str | None = None,
        judged: Judged | None = None,
    ) -> int:
        enrolled: int = await next(self._registers)(
            driver_id, faces, token, details, fingerprint, judged
        )
        return enrolled

    async def withdraw(self, token: str) -> int | None:
        driver_id: int | None = await next(self._withdraws)(token)
        return driver_id

    async def status(self) -> tuple[IndexStatus, ...]:
        """What one replica of each shard says of itself, shard 0 first.

        Raises:
            Unavailable: A shard does not answer; the error names it.
        """
        return tuple(await asyncio.gather(*map(self._status, range(len(self._statuses)))))

    async def _status(self, shard: int) -> IndexStatus:
        try:
            status: IndexStatus = await self._statuses[shard]()
        except Unavailable as error:
            where = {"shard": shard, "shards": len(self._statuses)}
            message = f"shard {shard} of {len(self._statuses)}: {error}"
            raise type(error)(message, error.extra | where) from error
        return status

    async def _ask(
        self, shards: Iterable[int], vector: Vector, model_id: str
    ) -> list[GallerySearch]:
        asked = (self._searches[shard]((vector, model_id)) for shard in shards)
        answers: list[GallerySearch] = await asyncio.gather(*asked)
        return answers

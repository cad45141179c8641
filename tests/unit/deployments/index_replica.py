"""The gallery's replica without Ray, and an encoder that it may ask."""

from typing import Any

import numpy as np
from ray import serve
from ray.serve.exceptions import DeploymentUnavailableError

from configs.settings import Settings
from deployments.driver_index import DriverIndex
from pipelines.gallery.records import EnrolledFace
from pipelines.types import FaceModel, FaceQuality, Vector

DIMENSION = 8


class Encoder:
    """A handle to the face encoder: says its model, or that no replica is there."""

    deployment_name = "FaceEncoder"

    def __init__(self, model_id: str | None = "m") -> None:
        self.model_id = model_id
        self.model = self

    async def remote(self) -> FaceModel:
        if self.model_id is None:
            raise DeploymentUnavailableError("FaceEncoder")
        return FaceModel(self.model_id, DIMENSION)


async def started(settings: Settings, encoder: Any, shard: int = 0) -> DriverIndex:
    """A replica whose batch queue, which belongs to the decorated method, is new."""

    class Fresh(DriverIndex):
        @serve.batch(max_batch_size=32, batch_wait_timeout_s=0.0)
        async def _search_batch(self, probes: list[Any]) -> list[Any]:
            return await self.run_batch(self._search_all, probes)

    index = Fresh.__new__(Fresh)
    await index.__init__(settings, encoder, shard)  # type: ignore[misc]  # as Serve awaits it
    return index


def person(number: int) -> Vector:
    vector: Vector = np.eye(DIMENSION, dtype=np.float32)[number]
    return vector


def faces(number: int, model_id: str = "m") -> tuple[EnrolledFace, ...]:
    quality = FaceQuality(100.0, 200.0, 128.0, 0.0, 0.0, 0.0)
    return (EnrolledFace(person(number), model_id, 0.9, quality, f"{number}.jpg", b"png"),)

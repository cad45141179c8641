"""The DriverIndex deployment: embeddings in, enrolled drivers out."""

from typing import Any

import numpy as np
from ray import serve
from ray.serve.handle import DeploymentHandle

from configs.settings import Settings
from deployments.model_replica import ModelReplica, tune_batches
from pipelines.gallery.gallery import Gallery
from pipelines.gallery.records import EnrolledFace
from pipelines.types import FaceModel, GallerySearch, Vector


class DriverIndex(ModelReplica):
    """Holds one replica of the gallery's index and keeps it as new as the store."""

    async def __init__(  # type: ignore[misc]  # Serve awaits constructors
        self, settings: Settings, face_encoder: DeploymentHandle
    ) -> None:
        super().__init__()
        # The encoder itself says whose vectors are kept here, so models cannot mix.
        model: FaceModel = await face_encoder.model.remote()
        self._gallery = await self.in_thread(
            Gallery.open, settings.gallery, model.model_id, model.dimension
        )

    def reconfigure(self, user_config: dict[str, Any]) -> None:
        """Applies ``user_config`` (configs.settings.BatchTuning)."""
        tune_batches(self._search_batch, user_config)

    async def search(self, vector: Vector) -> GallerySearch:
        """Finds the drivers nearest to one probe, as of everything committed before the call.

        Raises:
            GalleryUnavailable: The store cannot be read now.
        """
        found: GallerySearch = await self._search_batch(vector)
        return found

    async def register(self, driver_id: int | None, faces: tuple[EnrolledFace, ...]) -> int:
        """Enrols faces, all or none, for a new driver (None) or an enrolled one.

        Raises:
            DriverNotFound: There is no such driver.
            GalleryUnavailable: The store cannot be written now.
        """
        return await self.in_thread(self._gallery.register, faces, driver_id)

    @serve.batch(max_batch_size=32, batch_wait_timeout_s=0.0)
    async def _search_batch(self, vectors: list[Vector]) -> list[GallerySearch]:
        return await self.in_thread(self._gallery.search, np.stack(vectors))

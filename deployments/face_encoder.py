"""The FaceEncoder deployment: encoded pictures in, faces with embeddings out."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from ray import serve

from configs.settings import Settings
from deployments.model_replica import ModelReplica, each, settle, tune_batches
from pipelines.engines.model_cards import ModelCard
from pipelines.engines.scaled_faces import FIRST_SIDE_PX, encode_scalable
from pipelines.errors import GatehouseError
from pipelines.outcomes import open_and_run
from pipelines.types import Face, FaceModel

Faces = tuple[Face, ...]


class FaceEncoder(ModelReplica):
    """Decodes each picture as finely as its faces need, finds and embeds them."""

    def __init__(self, settings: Settings) -> None:
        # InsightFace is slow to import, and whoever builds the application needs the class alone.
        from pipelines.engines.face_encoder import build_face_encoder  # noqa: PLC0415
        from pipelines.engines.face_model_cards import face_encoder_cards  # noqa: PLC0415

        super().__init__(settings.limits.model_niceness)
        self._max_pixels = settings.limits.max_pixels
        self._engine = self.built(build_face_encoder, settings.face_encoder)
        self._cards = face_encoder_cards(settings.face_encoder)
        self.probe()  # the first call is slow

    def probe(self) -> None:
        """Looks for faces in a black picture."""
        self._engine.encode([np.zeros((360, 640, 3), np.uint8)])

    async def models(self) -> tuple[ModelCard, ...]:
        """What runs here."""
        return self._cards

    def reconfigure(self, user_config: dict[str, Any]) -> None:
        """Applies ``user_config`` (configs.settings.BatchTuning)."""
        tune_batches(self._encode_batch, user_config)

    async def model(self) -> FaceModel:
        """Says which model makes the embeddings."""
        return FaceModel(self._engine.model_id, self._engine.dimension)

    async def encode(self, picture: bytes) -> Faces:
        """Finds and embeds the faces of one encoded picture, largest first.

        Raises:
            UnreadablePicture, UnsupportedPicture, TooLarge: The picture cannot be used.
        """
        return settle(await self.enter(self._encode_batch, picture))

    async def encode_all(self, pictures: Sequence[bytes]) -> list[Faces | BaseException]:
        """Finds and embeds the faces of several pictures; one outcome a picture, in order."""
        return await each(map(self.encode, pictures))

    @serve.batch(max_batch_size=4, batch_wait_timeout_s=0.0)
    async def _encode_batch(
        self, pictures: list[bytes]
    ) -> list[Faces | GatehouseError | BaseException]:
        def work(batch: list[bytes]) -> list[Faces | GatehouseError]:
            encode = partial(encode_scalable, self._engine)
            return open_and_run(batch, self._max_pixels, FIRST_SIDE_PX, encode)

        return await self.run_batch(work, pictures)

"""The PlateDetector deployment: encoded pictures in, plates with crops out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from ray import serve

from configs.settings import Settings
from deployments.model_replica import ModelReplica, each, settle, tune_batches
from pipelines.engines.model_cards import ModelCard, plate_detector_cards
from pipelines.engines.plate_detector import build_plate_detector
from pipelines.errors import GatehouseError
from pipelines.outcomes import open_and_run
from pipelines.types import PlateDetection

Detections = tuple[PlateDetection, ...]


class PlateDetector(ModelReplica):
    """Decodes each picture as finely as its plates need, and finds them."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.limits.model_niceness)
        self._max_pixels = settings.limits.max_pixels
        self._decoded_size = settings.plate_detector.decoded_size
        self._engine = self.built(build_plate_detector, settings.plate_detector)
        self._cards = plate_detector_cards(settings.plate_detector)
        self.probe()  # the first call is slow

    def probe(self) -> None:
        """Looks for plates in a black picture."""
        self._engine.detect([np.zeros((360, 640, 3), np.uint8)])

    async def models(self) -> tuple[ModelCard, ...]:
        """What runs here."""
        return self._cards

    def reconfigure(self, user_config: dict[str, Any]) -> None:
        """Applies ``user_config`` (configs.settings.BatchTuning)."""
        tune_batches(self._detect_batch, user_config)

    async def detect(self, picture: bytes) -> Detections:
        """Finds the plates of one encoded picture, best first.

        Raises:
            UnreadablePicture, UnsupportedPicture, TooLarge: The picture cannot be used.
        """
        return settle(await self.enter(self._detect_batch, picture))

    async def detect_all(self, pictures: Sequence[bytes]) -> list[Detections | BaseException]:
        """Finds the plates of several pictures; one outcome a picture, in order."""
        return await each(map(self.detect, pictures))

    @serve.batch(max_batch_size=4, batch_wait_timeout_s=0.0)
    async def _detect_batch(
        self, pictures: list[bytes]
    ) -> list[Detections | GatehouseError | BaseException]:
        def work(batch: list[bytes]) -> list[Detections | GatehouseError]:
            return open_and_run(
                batch, self._max_pixels, self._decoded_size, self._engine.detect_scalable
            )

        return await self.run_batch(work, pictures)

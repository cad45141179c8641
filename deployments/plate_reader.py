"""The PlateReader deployment: plate crops in, readings out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from ray import serve

from configs.settings import Settings
from deployments.model_replica import ModelReplica, each, tune_batches
from pipelines.engines.model_cards import ModelCard, plate_reader_cards
from pipelines.engines.plate_reader import build_plate_reader
from pipelines.types import Picture, PlateReading


class PlateReader(ModelReplica):
    """Reads the crops of all waiting requests as one batch."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.limits.model_niceness)
        self._engine = self.built(build_plate_reader, settings.plate_reader)
        self._cards = plate_reader_cards(settings.plate_reader)
        self.probe()  # the first call is slow

    def probe(self) -> None:
        """Reads stripes: no text, so that whatever reads doubtful crops too takes part."""
        stripes = np.zeros((48, 160, 3), np.uint8)
        stripes[:, ::16] = 255
        self._engine.read([stripes])

    async def models(self) -> tuple[ModelCard, ...]:
        """What runs here."""
        return self._cards

    def reconfigure(self, user_config: dict[str, Any]) -> None:
        """Applies ``user_config`` (configs.settings.BatchTuning)."""
        tune_batches(self._read_batch, user_config)

    async def read(self, crops: list[Picture]) -> list[PlateReading]:
        """Reads the plate crops of one picture, in order."""
        return await self.enter(self._read_batch, crops)

    async def read_all(
        self, requests: Sequence[list[Picture]]
    ) -> list[list[PlateReading] | BaseException]:
        """Reads the plate crops of several pictures; one outcome a picture, in order."""
        return await each(map(self.read, requests))

    @serve.batch(max_batch_size=8, batch_wait_timeout_s=0.0)
    async def _read_batch(
        self, requests: list[list[Picture]]
    ) -> list[list[PlateReading] | BaseException]:
        def work(batch: list[list[Picture]]) -> list[list[PlateReading]]:
            readings = iter(self._engine.read([crop for request in batch for crop in request]))
            return [[next(readings) for _ in request] for request in batch]

        return await self.run_batch(work, requests)

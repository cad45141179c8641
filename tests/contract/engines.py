"""The engines that an application in this process works with."""

from dataclasses import dataclass
from typing import Any, Self

from configs.settings import Settings
from pipelines.engines.face_encoder import build_face_encoder
from pipelines.engines.fake_face_encoder import FakeFaceEncoder
from pipelines.engines.fake_plate_detector import FakePlateDetector
from pipelines.engines.fake_plate_reader import FakePlateReader
from pipelines.engines.plate_detector import build_plate_detector
from pipelines.engines.plate_reader import build_plate_reader


@dataclass(frozen=True)
class Engines:
    """One engine for each task."""

    detector: Any
    reader: Any
    encoder: Any

    @classmethod
    def fake(cls, settings: Settings) -> Self:
        """Those that see what the tests draw."""
        return cls(
            FakePlateDetector(settings.plate_detector),
            FakePlateReader(settings.plate_reader),
            FakeFaceEncoder(settings.face_encoder),
        )

    @classmethod
    def real(cls, settings: Settings) -> Self:
        """Those that the settings name."""
        return cls(
            build_plate_detector(settings.plate_detector),
            build_plate_reader(settings.plate_reader),
            build_face_encoder(settings.face_encoder),
        )

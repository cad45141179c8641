"""The plate reader that the settings name."""

from configs.settings import PlateReaderSettings
from pipelines.engines.fake_plate_reader import FakePlateReader
from pipelines.engines.fused_plate_reader import FusedPlateReader
from pipelines.engines.paddle_plate_reader import PaddlePlateReader
from pipelines.engines.small_plate_reader import SmallPlateReader
from pipelines.types import PlateReader


def build_plate_reader(settings: PlateReaderSettings) -> PlateReader:
    """Build the engine that the settings name.

    Raises:
        ConfigurationError: A model cannot be loaded.
    """
    match settings.engine:
        case "plates":
            return SmallPlateReader(settings)
        case "paddleocr":
            return PaddlePlateReader(settings)
        case "both":
            return FusedPlateReader(
                SmallPlateReader(settings), PaddlePlateReader(settings), settings
            )
        case "fake":
            return FakePlateReader(settings)

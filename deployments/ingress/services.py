"""What the routes work with."""

from dataclasses import dataclass

from pipelines.crops import CropStore
from pipelines.drivers import Drivers
from pipelines.pictures import PictureSource
from pipelines.plates import PlatePipeline


@dataclass(frozen=True, slots=True)
class Services:
    """The compositions and stores behind the routes."""

    plates: PlatePipeline
    drivers: Drivers
    pictures: PictureSource
    crops: CropStore

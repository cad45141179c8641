"""What the routes work with."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from deployments.ingress.readiness import Probe
from pipelines.crops import CropStore
from pipelines.drivers import Drivers
from pipelines.pictures import PictureSource
from pipelines.plates import PlatePipeline


@dataclass(frozen=True, slots=True)
class Services:
    """The compositions and stores behind the routes.

    Attributes:
        probes: By name, one tiny use of each stage that /readyz asks.
    """

    plates: PlatePipeline
    drivers: Drivers
    pictures: PictureSource
    crops: CropStore
    probes: Mapping[str, Probe] = field(default_factory=dict)

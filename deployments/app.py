"""The application: binds the deployments into a DAG.

Ingress ──▶ PlateDetector
        ├─▶ PlateReader
        ├─▶ FaceEncoder
        └─▶ DriverIndex
"""

from ray.serve import Application

from configs.settings import Settings
from deployments.driver_index import DriverIndex
from deployments.face_encoder import FaceEncoder
from deployments.ingress.deployment import Ingress
from deployments.plate_detector import PlateDetector
from deployments.plate_reader import PlateReader


def build(args: Settings) -> Application:
    """Builder that ``import_path`` of a Serve YAML names; Serve validates ``args:`` by its type."""
    return Ingress.bind(
        args,
        PlateDetector.bind(args),
        PlateReader.bind(args),
        FaceEncoder.bind(args),
        DriverIndex.bind(args),
    )

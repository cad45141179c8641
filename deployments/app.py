"""The application: binds the deployments into a DAG.

Ingress ──▶ PlateDetector
        ├─▶ PlateReader
        ├─▶ FaceEncoder
        ├─▶ DriverIndex ──▶ FaceEncoder (asks which model it runs)
        │   DriverIndex-1 ...: one a further shard, where gallery.shards asks for them
        └─▶ Camera-{id} ...: one a camera of the settings, each ──▶ all of the above
"""

from ray import serve
from ray.serve import Application

from configs.settings import Settings
from deployments.camera import Camera
from deployments.camera_options import CAMERA_OPTIONS, camera_name
from deployments.driver_index import DriverIndex
from deployments.face_encoder import FaceEncoder
from deployments.ingress.deployment import Ingress
from deployments.plate_detector import PlateDetector
from deployments.plate_reader import PlateReader
from deployments.shard_options import shard_name, shard_options


def build(args: Settings) -> Application:
    """Builder that ``import_path`` of a Serve YAML names; Serve validates ``args:`` by its type."""
    face_encoder = serve.deployment(FaceEncoder).bind(args)
    shards = [
        serve.deployment(DriverIndex, name=shard_name(shard), **shard_options(shard)).bind(
            args, face_encoder, shard
        )
        for shard in range(args.gallery.shards)
    ]
    stages = (
        serve.deployment(PlateDetector).bind(args),
        serve.deployment(PlateReader).bind(args),
        face_encoder,
        *shards,
    )
    cameras = [
        serve.deployment(Camera, name=camera_name(one.id), **CAMERA_OPTIONS).bind(
            args, one.id, *stages
        )
        for one in args.cameras
    ]
    return serve.deployment(serve.ingress()(Ingress)).bind(args, *stages, cameras=cameras)

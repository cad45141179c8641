"""The application: binds the deployments into a DAG.

Ingress ──▶ PlateDetector
        ├─▶ PlateReader
        ├─▶ FaceEncoder
        └─▶ DriverIndex ──▶ FaceEncoder (asks which model it runs)
            DriverIndex-1 ...: one a further shard, where gallery.shards asks for them
"""

from collections.abc import Mapping
from typing import Any

from ray import serve
from ray.serve import Application

from configs.settings import Settings
from deployments.driver_index import DriverIndex
from deployments.face_encoder import FaceEncoder
from deployments.ingress.deployment import Ingress
from deployments.plate_detector import PlateDetector
from deployments.plate_reader import PlateReader

INDEX_OPTIONS: Mapping[str, Any] = {
    "max_ongoing_requests": 128,
    "max_queued_requests": 512,
    "autoscaling_config": {"min_replicas": 1, "max_replicas": 2, "target_ongoing_requests": 64},
    "ray_actor_options": {"num_cpus": 0.1},
    "health_check_period_s": 2,
    "health_check_timeout_s": 10,
    "graceful_shutdown_timeout_s": 35,
    "user_config": {"max_batch_size": 32, "batch_wait_timeout_s": 0},
}
"""Of every shard, unless the YAML has an entry of its name; those of serve_config.yaml."""


def shard_name(shard: int) -> str:
    """The deployment that holds a shard of the drivers: DriverIndex, DriverIndex-1, ..."""
    return f"DriverIndex-{shard}" if shard else "DriverIndex"


def build(args: Settings) -> Application:
    """Builder that ``import_path`` of a Serve YAML names; Serve validates ``args:`` by its type."""
    face_encoder = serve.deployment(FaceEncoder).bind(args)
    shards = [
        serve.deployment(DriverIndex, name=shard_name(shard), **INDEX_OPTIONS).bind(
            args, face_encoder, shard
        )
        for shard in range(args.gallery.shards)
    ]
    return serve.deployment(serve.ingress()(Ingress)).bind(
        args,
        serve.deployment(PlateDetector).bind(args),
        serve.deployment(PlateReader).bind(args),
        face_encoder,
        *shards,
    )

"""The index deployments: how the shards are called, and their options."""

from collections.abc import Mapping
from typing import Any

_FURTHER_SHARD: Mapping[str, Any] = {
    "max_ongoing_requests": 128,
    "max_queued_requests": 512,
    "autoscaling_config": {"min_replicas": 1, "max_replicas": 2, "target_ongoing_requests": 8},
    "ray_actor_options": {"num_cpus": 0.1},
    "health_check_period_s": 2,
    "health_check_timeout_s": 10,
    "graceful_shutdown_timeout_s": 35,
    "user_config": {"max_batch_size": 32, "batch_wait_timeout_s": 0},
}


def shard_name(shard: int) -> str:
    """The deployment that holds a shard of the drivers: DriverIndex, DriverIndex-1, ..."""
    return f"DriverIndex-{shard}" if shard else "DriverIndex"


def shard_options(shard: int) -> Mapping[str, Any]:
    """Options that hold where the YAML has none: further shards need no entry in it.

    Those of DriverIndex stand in the YAML alone; a further shard has what serve_config.yaml says of
    DriverIndex.
    """
    return _FURTHER_SHARD if shard else {}

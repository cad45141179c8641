"""The camera deployments: how they are called, and their options."""

from collections.abc import Mapping
from typing import Any, Final

CAMERA_OPTIONS: Final[Mapping[str, Any]] = {
    "num_replicas": 1,  # two would see everything twice
    "max_ongoing_requests": 16,
    "ray_actor_options": {"num_cpus": 0.1},
    "health_check_period_s": 2,
    "health_check_timeout_s": 10,
    "graceful_shutdown_timeout_s": 5,
}
"""Options that hold where the YAML has none: cameras need no entry in it."""


def camera_name(camera_id: str) -> str:
    """The deployment that watches a camera."""
    return f"Camera-{camera_id}"

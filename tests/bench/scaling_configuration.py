"""The configurations of the scaling bench: serve_config.yaml with fakes and other numbers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from configs.settings import ROOT

APPLICATION: Final = "gatehouse"
DEPLOYMENTS: Final = ("Ingress", "PlateDetector", "PlateReader", "FaceEncoder", "DriverIndex")
MODELS: Final = ("PlateDetector", "PlateReader", "FaceEncoder")

LOCAL_PORTS: Final = (
    "RAY_SERVE_HAPROXY_STATS_PORT",
    "RAY_SERVE_HAPROXY_METRICS_PORT",
    "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT",
    "RAY_SERVE_FALLBACK_PROXY_GRPC_PORT",
)
"""Ports beside the one that clients connect to; two services of one machine need them apart."""

_MODEL_CPUS: Final = 0.25  # of those that a node says it has; a sleeping engine needs none
_MOST_UNDER_WAY: Final = 4_096
_REPORT_EVERY_S: Final = 0.5


def document(
    folder: Path,
    ports: tuple[int, ...],
    simulated_ms: float,
    deployments: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """The whole configuration, production mode as users run it.

    Every model takes one picture at a time, so that one replica's rate is one over its service
    time. What the requests and calls under way may be is raised: the bench asks for no refusals.

    Args:
        folder: Of database and crops.
        ports: For clients, and ``LOCAL_PORTS``.
        simulated_ms: What a picture takes each fake engine.
        deployments: How many replicas each one has: ``replicas`` or ``autoscaled``.
    """
    whole: dict[str, Any] = yaml.safe_load((ROOT / "serve_config.yaml").read_text("utf-8"))
    whole["http_options"]["port"] = ports[0]
    environment = whole["controller_options"]["runtime_env"]["env_vars"]
    environment.update(zip(LOCAL_PORTS, map(str, ports[1:]), strict=True))
    # By default replicas report every 10 s what they are at, which hides what follows from what.
    environment["RAY_SERVE_REPLICA_AUTOSCALING_METRIC_PUSH_INTERVAL_S"] = str(_REPORT_EVERY_S)
    environment["RAY_SERVE_HANDLE_AUTOSCALING_METRIC_PUSH_INTERVAL_S"] = str(_REPORT_EVERY_S)
    application = whole["applications"][0]
    args = application["args"]
    for section in ("plate_detector", "plate_reader", "face_encoder"):
        args[section] = {"engine": "fake", "simulated_ms": simulated_ms}
    args["limits"]["max_requests_in_flight"] = _MOST_UNDER_WAY - 1
    args["limits"]["max_wait_s"] = None  # that many are to wait
    args["gallery"] = {
        "database_url": f"sqlite:///{folder}/gatehouse.db",
        "snapshots": str(folder / "snapshots"),
    }
    args["storage"]["url"] = str(folder / "crops")
    for one in application["deployments"]:
        name = one["name"]
        one["max_queued_requests"] = _MOST_UNDER_WAY
        if name == "Ingress":
            one["max_ongoing_requests"] = _MOST_UNDER_WAY
            one["user_config"] = one["user_config"] | {"calls_at_once": _MOST_UNDER_WAY}
        if name in MODELS:
            one["ray_actor_options"] = {"num_cpus": _MODEL_CPUS}
            one["user_config"] = {"max_batch_size": 1, "batch_wait_timeout_s": 0}
        if "num_replicas" in deployments[name]:
            del one["autoscaling_config"]
        one.update(deployments[name])
    return whole


def replicas(count: int, most_a_node: int | None = None) -> dict[str, Any]:
    """Options of a deployment with so many replicas."""
    if most_a_node is None:
        return {"num_replicas": count}
    return {"num_replicas": count, "max_replicas_per_node": most_a_node}


def autoscaled(most: int, target: float) -> dict[str, Any]:
    """Options of a deployment that Serve scales, with short times, so that a run shows it.

    Args:
        most: Replicas.
        target: Requests under way in a replica that are right.
    """
    return {
        "autoscaling_config": {
            "min_replicas": 1,
            "max_replicas": most,
            "target_ongoing_requests": target,
            "look_back_period_s": 3,
            "upscale_delay_s": 1,
            "downscale_delay_s": 5,
        }
    }

"""The Serve YAML of the cluster bench, made of the one for GPUs, and the changes of its phases."""

import copy
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

Document = dict[str, Any]

REPLICAS: Final = 2
"""Of each deployment."""

RELEASED_DATA: Final = "/var/lib/gatehouse"
"""The folder of each machine in the shipped file."""

_CPU_DEVICES: Final = {"plate_detector": "cpu", "plate_reader": "cpu", "face_encoder": "cpu"}


def on_processors(shipped: Mapping[str, Any], disk: PurePosixPath) -> Document:
    """The shipped file for machines without GPUs, with a fixed number of replicas.

    What is changed: devices and GPU shares, the folder of each machine, and the replicas: two,
    whatever the load. All else, crops in S3 among it, is as shipped.

    Args:
        shipped: ``configs/cluster_gpu.yaml``.
        disk: Folder of each machine for what is its own.

    Raises:
        ValueError: A path of the shipped file is not in the machine's folder.
    """
    document: Document = copy.deepcopy(dict(shipped))
    (application,) = document["applications"]
    args = application["args"]
    for part, device in _CPU_DEVICES.items():
        args[part]["device"] = device
    args["access"] = {key: _moved(path, disk) for key, path in args["access"].items()}
    args["gallery"]["snapshots"] = _moved(args["gallery"]["snapshots"], disk)
    for deployment in application["deployments"]:
        deployment["ray_actor_options"].pop("num_gpus", None)
        _fix(deployment, REPLICAS)
    return document


def with_release(document: Mapping[str, Any], folder: str) -> Document:
    """The code of another folder."""
    changed: Document = copy.deepcopy(dict(document))
    (application,) = changed["applications"]
    application["runtime_env"] = {"env_vars": {"PYTHONPATH": python_path(folder)}}
    return changed


def python_path(release: str) -> str:
    """``PYTHONPATH`` of a release, as the operations guide has it."""
    return f"{release}/deployments/lean:{release}"


def with_reader(document: Mapping[str, Any], engine: str) -> Document:
    """Another model that reads plates."""
    changed: Document = copy.deepcopy(dict(document))
    (application,) = changed["applications"]
    application["args"]["plate_reader"]["engine"] = engine
    return changed


def with_indexes(document: Mapping[str, Any], count: int) -> Document:
    """Another number of replicas of the gallery's index alone."""
    changed: Document = copy.deepcopy(dict(document))
    (application,) = changed["applications"]
    (index,) = [one for one in application["deployments"] if one["name"] == "DriverIndex"]
    _fix(index, count)
    return changed


def replicas_of(document: Mapping[str, Any]) -> dict[str, int]:
    """How many replicas of each deployment a file asks for."""
    (application,) = document["applications"]
    return {
        one["name"]: one["autoscaling_config"]["min_replicas"] for one in application["deployments"]
    }


def _fix(deployment: Document, count: int) -> None:
    bounds = {"min_replicas": count, "max_replicas": count}
    deployment["autoscaling_config"] = {**deployment["autoscaling_config"], **bounds}


def _moved(path: str, disk: PurePosixPath) -> str:
    return str(disk / PurePosixPath(path).relative_to(RELEASED_DATA))

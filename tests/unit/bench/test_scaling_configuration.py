"""The bench deploys what the strict check of a Serve YAML takes."""

from pathlib import Path
from typing import Any

import yaml

from deployments.serve_yaml import check
from tests.bench.scaling_configuration import (
    DEPLOYMENTS,
    LOCAL_PORTS,
    autoscaled,
    document,
    replicas,
)

_PORTS = (20_000, 20_001, 20_002, 20_003, 20_004)


def _document(folder: Path, **others: dict[str, Any]) -> dict[str, Any]:
    deployments = {name: replicas(1) for name in DEPLOYMENTS} | others
    return document(folder, _PORTS, 250.0, deployments)


def _deployment(whole: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (one for one in whole["applications"][0]["deployments"] if one["name"] == name)
    return dict(found)


def test_passes_the_strict_check(tmp_path: Path) -> None:
    whole = _document(tmp_path, PlateReader=autoscaled(4, 1.5), FaceEncoder=replicas(8, 4))
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump(whole))
    assert check(file) == whole


def test_engines_are_fakes_of_the_simulated_time(tmp_path: Path) -> None:
    args = _document(tmp_path)["applications"][0]["args"]
    for section in ("plate_detector", "plate_reader", "face_encoder"):
        assert args[section] == {"engine": "fake", "simulated_ms": 250.0}


def test_a_number_of_replicas_takes_the_place_of_autoscaling(tmp_path: Path) -> None:
    detector = _deployment(_document(tmp_path, PlateDetector=replicas(6, 2)), "PlateDetector")
    assert (detector["num_replicas"], detector["max_replicas_per_node"]) == (6, 2)
    assert "autoscaling_config" not in detector


def test_autoscaling_has_the_given_bounds(tmp_path: Path) -> None:
    index = _deployment(_document(tmp_path, DriverIndex=autoscaled(3, 2.0)), "DriverIndex")
    assert "num_replicas" not in index
    assert index["autoscaling_config"]["max_replicas"] == 3
    assert index["autoscaling_config"]["target_ongoing_requests"] == 2.0


def test_models_take_one_picture_at_a_time(tmp_path: Path) -> None:
    whole = _document(tmp_path)
    assert _deployment(whole, "FaceEncoder")["user_config"]["max_batch_size"] == 1
    assert _deployment(whole, "DriverIndex")["user_config"]["max_batch_size"] > 1


def test_every_port_is_its_own(tmp_path: Path) -> None:
    whole = _document(tmp_path)
    environment = whole["controller_options"]["runtime_env"]["env_vars"]
    found = (whole["http_options"]["port"], *(int(environment[name]) for name in LOCAL_PORTS))
    assert found == _PORTS

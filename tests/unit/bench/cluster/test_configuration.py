"""The file of the cluster bench is the shipped one but for what it says."""

import copy
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from configs.settings import ROOT
from deployments.serve_yaml import check
from tests.bench.cluster.configuration import (
    on_processors,
    replicas_of,
    with_indexes,
    with_reader,
    with_release,
)

Document = dict[str, Any]
DISK = PurePosixPath("/srv/gatehouse")


@pytest.fixture
def shipped() -> Document:
    return check(ROOT / "configs/cluster_gpu.yaml")


@pytest.fixture
def derived(shipped: Document) -> Document:
    return on_processors(shipped, DISK)


def _differences(one: Any, other: Any, place: str = "") -> set[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        return {
            found
            for key in one.keys() | other.keys()
            for found in _differences(one.get(key), other.get(key), f"{place}/{key}")
        }
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = zip(one, other, strict=True)
        return {
            found
            for at, (left, right) in enumerate(pairs)
            for found in _differences(left, right, f"{place}/{left.get('name', at)}")
        }
    return set() if one == other else {place}


def test_only_devices_folders_and_replicas_differ(shipped: Document, derived: Document) -> None:
    places = {
        one.removeprefix("/applications/gatehouse/") for one in _differences(shipped, derived)
    }

    assert places == {
        *(f"args/{part}/device" for part in ("plate_detector", "plate_reader", "face_encoder")),
        *("args/access/keys_file", "args/access/audit_file", "args/gallery/snapshots"),
        *(
            f"deployments/{name}/autoscaling_config/max_replicas"
            for name in ("Ingress", "PlateDetector", "PlateReader", "FaceEncoder", "DriverIndex")
        ),
        *(
            f"deployments/{name}/ray_actor_options/num_gpus"
            for name in ("PlateDetector", "PlateReader", "FaceEncoder")
        ),
    }


def test_there_are_two_of_everything_and_no_gpu_is_asked_for(derived: Document) -> None:
    names = ("Ingress", "PlateDetector", "PlateReader", "FaceEncoder", "DriverIndex")
    assert replicas_of(derived) == dict.fromkeys(names, 2)
    assert "cuda" not in str(derived) and "gpu:" not in str(derived)


def test_what_is_a_machines_own_lies_on_its_disk(derived: Document) -> None:
    args = derived["applications"][0]["args"]
    assert args["access"] == {
        "keys_file": "/srv/gatehouse/keys.yaml",
        "audit_file": "/srv/gatehouse/audit.jsonl",
    }
    assert args["gallery"]["snapshots"] == "/srv/gatehouse/snapshots"


def test_a_path_elsewhere_is_not_guessed_at(shipped: Document) -> None:
    shipped["applications"][0]["args"]["gallery"]["snapshots"] = "/data/snapshots"
    with pytest.raises(ValueError, match="/data/snapshots"):
        on_processors(shipped, DISK)


def test_every_change_passes_the_strict_check_and_leaves_the_rest(
    derived: Document, tmp_path: Path
) -> None:
    before = copy.deepcopy(derived)
    application = "/applications/gatehouse"
    index = f"{application}/deployments/DriverIndex/autoscaling_config"
    changes = {
        "reader": (with_reader(derived, "plates"), {f"{application}/args/plate_reader/engine"}),
        "release": (with_release(derived, "/srv/next"), {f"{application}/runtime_env"}),
        "indexes": (
            with_indexes(derived, 4),
            {f"{index}/min_replicas", f"{index}/max_replicas"},
        ),
    }

    for name, (changed, places) in changes.items():
        file = tmp_path / f"{name}.yaml"
        file.write_text(yaml.safe_dump(changed))
        assert check(file) == changed
        assert _differences(derived, changed) == places
    assert derived == before


def test_a_release_is_where_the_code_is_looked_for_first(derived: Document) -> None:
    (application,) = with_release(derived, "/srv/next")["applications"]
    path = "/srv/next/deployments/lean:/srv/next"
    assert application["runtime_env"] == {"env_vars": {"PYTHONPATH": path}}


def test_more_indexes_are_wanted_after_they_were_asked_for(derived: Document) -> None:
    wanted = replicas_of(with_indexes(derived, 4))
    assert wanted == {**replicas_of(derived), "DriverIndex": 4}

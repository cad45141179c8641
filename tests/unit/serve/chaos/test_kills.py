"""What is killed in a run, by how many shards the service has."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.serve.chaos.kills import blows_to
from tests.serve.service import Service


class Idle(Service):
    """A service that was never started and notes whose replicas are asked for."""

    def __init__(self, folder: Path, deployments: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__(folder, deployments=deployments)
        self.asked: list[str] = []

    def replicas(self, deployment: str) -> list[psutil.Process]:
        self.asked.append(deployment)
        return []


EVERYWHERE = {
    "one DriverIndex replica",
    "one Ingress replica",
    "one FaceEncoder replica",
    "all DriverIndex replicas",
    "controller",
    "database crashed",
}


@pytest.mark.parametrize(
    ("shards", "more"),
    [
        (1, set()),
        (2, {"all DriverIndex-1 replicas"}),
        (3, {"all DriverIndex-1 replicas", "all DriverIndex-2 replicas"}),
    ],
)
def test_every_further_shard_is_killed_by_itself_too(
    tmp_path: Path, shards: int, more: set[str]
) -> None:
    service = Idle(tmp_path, {})
    blows = blows_to(service, {"database crashed": lambda: 1}, shards)
    assert blows.keys() == EVERYWHERE | more
    assert [blows[name]() for name in sorted(more)] == [0] * len(more)
    assert service.asked == [name.split()[1] for name in sorted(more)]


def test_options_of_a_further_shard_stand_beside_those_of_the_first(tmp_path: Path) -> None:
    two = {"autoscaling_config": None, "num_replicas": 2}
    service = Idle(tmp_path, {"DriverIndex": two, "DriverIndex-1": two})
    deployments = service._configuration(1, 2, 3, 4, 5)["applications"][0]["deployments"]
    options = {one["name"]: one for one in deployments}
    assert len(options) == len(deployments)
    assert options["DriverIndex-1"] == {"name": "DriverIndex-1", **two}
    assert options["DriverIndex"]["num_replicas"] == 2
    assert options["DriverIndex"]["max_ongoing_requests"] == 128
    assert "num_replicas" not in options["PlateReader"]

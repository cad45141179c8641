"""The application's graph, without Ray running."""

from pathlib import Path
from typing import Any

import yaml
from ray.serve._private.build_app import build_app
from ray.serve.handle import DeploymentHandle

from configs.settings import Settings
from deployments.app import build
from deployments.shard_options import shard_options

ROOT = Path(__file__).resolve().parents[3]


def deployments(shards: int) -> dict[str, Any]:
    settings = Settings.model_validate({"gallery": {"shards": shards}})
    built = build_app(
        build(settings),
        name="gatehouse",
        make_deployment_handle=lambda deployment, app: DeploymentHandle(deployment.name, app),
    )
    return {deployment.name: deployment for deployment in built.deployments}


def test_one_shard_needs_no_further_deployment() -> None:
    assert [name for name in deployments(1) if name.startswith("DriverIndex")] == ["DriverIndex"]


def test_each_shard_is_a_deployment_that_knows_its_number() -> None:
    named = deployments(3)
    shards = {name: one.init_args[2] for name, one in named.items() if "DriverIndex" in name}
    assert shards == {"DriverIndex": 0, "DriverIndex-1": 1, "DriverIndex-2": 2}
    handles = named["Ingress"].init_args[4:]
    assert [handle.deployment_name for handle in handles] == list(shards)


def test_a_further_shard_has_the_options_of_the_default_configuration() -> None:
    document = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    entries = document["applications"][0]["deployments"]
    (entry,) = [dict(entry) for entry in entries if entry["name"] == "DriverIndex"]
    entry.pop("name")
    assert entry == shard_options(1)
    config = deployments(2)["DriverIndex-1"]
    assert config.max_ongoing_requests == entry["max_ongoing_requests"]
    assert config.user_config == entry["user_config"]

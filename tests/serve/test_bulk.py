"""A bulk job on real Ray: killed in the middle, and gone on with."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from configs.settings import ROOT
from tests.contract.application import plate_jpeg
from tests.serve.ray_folder import RayFolder
from tests.unit.bulk.pictures import BROKEN

WITHIN_S = 60.0
GOOD = 22

pytestmark = pytest.mark.serve


@pytest.fixture
def ray_folder() -> Iterator[RayFolder]:
    folder = RayFolder()
    yield folder
    folder.remove()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(GOOD):
        (folder / f"{number:02}.jpg").write_bytes(plate_jpeg(f"30M29{number:02}"))
    (folder / "broken.jpg").write_bytes(BROKEN)
    (folder / "notes.txt").write_bytes(b"gate 1")
    return folder


def command(folder: Path, source: Path, out: Path) -> list[str]:
    document = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    document["applications"][0]["args"] |= {
        "plate_detector": {"engine": "fake", "simulated_ms": 150},
        "plate_reader": {"engine": "fake"},
    }
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(document))
    options = ["--config", config, "--workers", 1, "--batch-size", 1, "--part-size", 3]
    job = ["-m", "deployments.bulk", "read-plates", source, out, *options]
    return [sys.executable, *map(str, job)]


def eventually(what: str, is_so: object) -> None:
    assert callable(is_so)
    until = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < until, what
        time.sleep(0.05)


KILLING = """
import sys
from deployments.bulk.distribution import Pool, cluster, done_in_parts
from pipelines.bulk.planning import Part
from pipelines.errors import Unavailable
from tests.unit.bulk.recipes import Killing

parts = [Part(1, ({"number": 1},)), Part(2, ({"number": 13},))]
with cluster(Pool(1)) as workers:
    try:
        for done in done_in_parts(Killing(()), sys.argv[1], parts, Pool(1), workers):
            pass
    except Unavailable as error:
        sys.stdout.write(str(error))
"""


def test_a_file_that_ends_its_process_ends_the_job_and_its_part_is_named(
    tmp_path: Path, ray_folder: RayFolder
) -> None:
    out = tmp_path / "out"
    ended = subprocess.run(
        [sys.executable, "-c", KILLING, str(out)],
        cwd=ROOT,
        env={**os.environ, **ray_folder.environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN_S,
    )
    assert ended.returncode == 0, ended.stderr
    assert "the workers ended, again and again, at part 2: " in ended.stdout
    assert pq.read_table(out)["number"].to_pylist() == [1]


def test_a_killed_job_goes_on_and_does_nothing_twice(
    tmp_path: Path, source: Path, ray_folder: RayFolder
) -> None:
    out = tmp_path / "out"
    job = command(tmp_path, source, out)
    environment = {**os.environ, **ray_folder.environment}
    begun = subprocess.Popen(
        job, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    eventually("no two parts were stored", lambda: len([*out.glob("part-*")]) >= 2)
    begun.send_signal(signal.SIGKILL)
    begun.wait(timeout=10)
    eventually("Ray outlived the job", lambda: not any(ray_folder.processes()))
    kept = {path.name: path.stat().st_mtime_ns for path in out.glob("part-*")}
    before = pq.read_table(out)["path"].to_pylist()
    assert 6 <= len(before) < GOOD

    ended = subprocess.run(
        job, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1, ended.stderr  # two files are no pictures
    assert "24 pictures: 22 read, 2 failed (unreadable_picture 1, unsupported" in ended.stdout
    assert f"this run: {24 - len(before)} pictures in" in ended.stdout
    rows = pq.read_table(out).to_pylist()
    assert sorted(row["path"] for row in rows) == sorted(path.name for path in source.iterdir())
    texts = {row["path"]: [plate["text"] for plate in row["plates"]] for row in rows}
    assert [texts[f"{number:02}.jpg"] for number in range(GOOD)] == [
        [f"30M29{number:02}"] for number in range(GOOD)
    ]
    assert {name: (out / name).stat().st_mtime_ns for name in kept} == kept
    assert not [path for path in out.rglob("*.part")]
    assert not any(ray_folder.processes())

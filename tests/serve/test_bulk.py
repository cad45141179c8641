"""A bulk job on real Ray: killed, interrupted, with a picture that ends its worker, and done."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from configs.settings import ROOT
from tests.contract.application import jpeg, plate_jpeg, street
from tests.serve.killing_plates import HELD, KILLING_WIDTH
from tests.serve.ray_folder import RayFolder
from tests.unit.bulk.pictures import BROKEN

WITHIN_S = 100.0
GOOD = 22
PICTURES = GOOD + 2

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
    (folder / "02-kills.jpg").write_bytes(jpeg(street()[:, :KILLING_WIDTH].copy()))
    (folder / "broken.jpg").write_bytes(BROKEN)
    (folder / "notes.txt").write_bytes(b"gate 1")
    return folder


# As ``python -m deployments.bulk``, with engines that end their process.
MAIN = """
import sys
from deployments.bulk import __main__, distributed
from tests.serve.killing_plates import KillingPlates

distributed.ReadPlates = KillingPlates
sys.exit(__main__.main(sys.argv[1:]))
"""


def command(folder: Path, source: Path, out: Path) -> list[str]:
    document = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    document["applications"][0]["args"] |= {
        "plate_detector": {"engine": "fake", "simulated_ms": 150},
        "plate_reader": {"engine": "fake"},
    }
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(document))
    options = ["--config", config, "--workers", 1, "--batch-size", 2, "--part-size", 3]
    job = ["-c", MAIN, "read-plates", source, out, *options]
    return [sys.executable, *map(str, job)]


def eventually(what: str, is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < until, what
        time.sleep(0.05)


class Job:
    """The same command, again and again."""

    def __init__(self, command: list[str], out: Path, ray_folder: RayFolder) -> None:
        self._command = command
        self._out = out
        self._ray_folder = ray_folder

    def parts(self) -> dict[str, int]:
        """The parts that are stored, and when."""
        return {path.name: path.stat().st_mtime_ns for path in self._out.glob("part-*")}

    def run(self, signal_number: int | None = None, held: str = "") -> tuple[int, str, str]:
        """Run it, or end it once it has stored two parts; status, output and standard error.

        It does not come to an end before the signal where a picture is held.
        """
        with subprocess.Popen(
            self._command,
            cwd=ROOT,
            env={
                **os.environ,
                **self._ray_folder.environment,
                "RAY_worker_niceness": "0",
                HELD: held,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            if signal_number is not None:
                enough = len(self.parts()) + 2
                eventually(
                    "no two parts were stored",
                    lambda: len(self.parts()) >= enough or process.poll() is not None,
                )
                process.send_signal(signal_number)
            said, told = process.communicate(timeout=WITHIN_S)
        eventually("Ray outlived the job", lambda: not any(self._ray_folder.processes()))
        return process.returncode, said, told


def test_a_job_goes_on_after_every_end_and_gives_each_file_one_outcome(
    tmp_path: Path, source: Path, ray_folder: RayFolder
) -> None:
    out = tmp_path / "out"
    job = Job(command(tmp_path, source, out), out, ray_folder)

    status, _, told = job.run(signal.SIGKILL, held="08.jpg")
    assert status == -signal.SIGKILL, told
    first, rows = job.parts(), pq.read_table(out).to_pylist()
    assert 6 <= len(rows) <= 9
    (killing,) = (row for row in rows if row["error_code"])
    assert (killing["path"], killing["outcome"]) == ("02-kills.jpg", "failed")
    assert killing["error_code"] == "worker_died"
    assert killing["error_message"].startswith("the process that read it ended by SIGKILL, and")

    status, said, told = job.run(signal.SIGINT, held="17.jpg")
    second = job.parts()
    stored = pq.read_table(out).num_rows
    assert (status, said) == (130, ""), told
    assert told.splitlines() == [
        f"{len(rows)} of 24 pictures are done",
        f"stopped: {stored} of 24 pictures are stored in {out}; the same command goes on",
    ]
    assert len(rows) + 6 <= stored <= 18

    status, said, told = job.run()
    assert status == 1, told
    assert said.startswith(
        "24 pictures: 22 read, 2 failed (unreadable_picture 1, worker_died 1)\n"
        "skipped: 1 (1 .txt); --all-files takes all but hidden ones\n"
        f"this run: {PICTURES - stored} pictures in "
    )
    assert told == f"{stored} of 24 pictures are done\n"
    rows = pq.read_table(out).to_pylist()
    assert sorted(row["path"] for row in rows) == sorted(one.name for one in source.glob("*.jpg"))
    texts = {row["path"]: [plate["text"] for plate in row["plates"]] for row in rows}
    assert [texts[f"{number:02}.jpg"] for number in range(GOOD)] == [
        [f"30M29{number:02}"] for number in range(GOOD)
    ]
    assert first.items() <= second.items() <= job.parts().items()
    assert not [path for path in out.rglob("*.part")]

"""The command line of bulk jobs, as far as it needs no Ray."""

import asyncio
import json
import os
import shlex
import signal
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import ray
import yaml

from configs.settings import ROOT
from deployments.bulk.__main__ import command_line, main
from deployments.bulk.cluster import Pool
from deployments.bulk.distribution import PartWorker, workers_ended
from pipelines.bulk.enrolment_client import EnrolmentClient
from pipelines.bulk.folder import JobFolder
from pipelines.bulk.job import left_of
from pipelines.bulk.plate_files import ReadPlates
from pipelines.errors import Unauthorized
from tests.unit.bulk.pictures import FAKES, folder_of_each_kind
from tests.unit.bulk.recipes import Doubling, Hanging, Misconfigured
from tests.unit.guide_commands import commands

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; exit status, standard output and standard error."""

    def command(*arguments: str | Path) -> tuple[int, str, str]:
        status = main([*map(str, arguments)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return command


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A Serve YAML with fake engines."""
    document = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    args = document["applications"][0]["args"]
    args |= {"plate_detector": {"engine": "fake"}, "plate_reader": {"engine": "fake"}}
    args["gallery"] = {"database_url": f"sqlite:///{tmp_path}/gatehouse.db"}
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def test_a_finished_job_is_told_of_without_starting_ray(
    run: Run, tmp_path: Path, config: Path
) -> None:
    source, out = folder_of_each_kind(tmp_path / "pictures"), tmp_path / "out"

    async def do() -> None:
        job, folder = ReadPlates(str(source), FAKES), JobFolder(str(out))
        for part in (await left_of(job, folder, workers=1)).parts:
            rows = [row async for some in job.worker().rows(part.items) for row in some]
            await folder.finish(part, rows, job.schema)
        folder.close()

    asyncio.run(do())
    status, said, _ = run("read-plates", source, out, "--config", config)
    assert (status, ray.is_initialized()) == (1, False)
    assert said == (
        "3 pictures: 1 no_plate, 1 read, 1 failed (unreadable_picture 1)\n"
        "skipped: 1 (1 .txt); --all-files takes all but hidden ones\n"
        "this run: nothing was left to do\n"
    )
    args = yaml.safe_load(config.read_text())
    args["applications"][0]["args"]["plate_reader"]["doubt_below"] = 0.5
    config.write_text(yaml.safe_dump(args))
    status, said, refusal = run("read-plates", source, out, "--config", config)
    assert (status, said) == (2, "")
    assert f"{out} holds another job: plate_reader.doubt_below was 0.9 and is 0.5." in refusal


class Heard:
    """Keeps what it is told of how many items are done."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int, bool]] = []

    def put(self, part: int, items: int, *, last: bool = False) -> None:
        self.told.append((part, items, last))


@pytest.mark.parametrize(
    ("job", "answer"),
    [
        (Doubling(()), (2, "", "")),
        (Misconfigured(()), (0, "configuration_error", "the model cannot be loaded")),
    ],
)
def test_a_worker_answers_what_it_did_or_what_ends_the_job(
    tmp_path: Path, job: Doubling, answer: tuple[int, str, str]
) -> None:
    part = json.dumps({"number": 1, "items": [{"number": 4}, {"number": 5}]})
    heard = Heard()
    worker = PartWorker(job, str(tmp_path), Pool(), heard)
    (row,) = worker(pa.table({"part": [part]})).to_pylist()
    worker._worker.close()
    assert heard.told == ([(1, 2, False), (1, 2, True)] if row["items"] else [])
    assert (row["items"], row["error_code"], row["error_message"]) == answer
    assert len([*tmp_path.glob("part-*")]) == bool(row["items"])


def test_a_worker_gives_what_hangs_the_time_of_its_pool(tmp_path: Path) -> None:
    part = json.dumps({"number": 1, "items": [{"number": 3}, {"number": 4}]})
    worker = PartWorker(Hanging(()), str(tmp_path), Pool(item_limit_s=0.5), Heard())
    (row,) = worker(pa.table({"part": [part]})).to_pylist()
    worker._worker.close()
    assert (row["items"], row["error_code"]) == (2, "")
    (stored,) = (pq.read_table(path).to_pylist() for path in tmp_path.glob("part-*"))
    assert [one["error_code"] for one in stored] == ["worker_died", None]


def test_workers_that_end_again_and_again_are_told_of_with_their_parts() -> None:
    assert str(workers_ended([3, 4], "The actor died.\n its node has gone \n")) == (
        "the workers ended, again and again, at part 3 or 4: its node has gone"
    )


def test_what_cannot_be_done_is_refused(run: Run, tmp_path: Path, config: Path) -> None:
    source = folder_of_each_kind(tmp_path / "pictures")
    nothing, out = tmp_path / "nothing", tmp_path / "out"
    for arguments, refusal in (
        (("read-plates", nothing, out), f"there is no folder {nothing}"),
        (("read-plates", source, source / "out"), f"{source}/out lies in {source}: put the"),
        (("read-plates", source, "nosuch://out"), "the storage URL cannot be used"),
        (("reread-events", out), "there is no gallery database"),
    ):
        status, said, told = run(*arguments, "--config", config)
        assert (status, said) == (2, "")
        assert told.startswith(refusal)
    assert not out.exists()
    status, _, told = run("read-plates", source, out, "--config", nothing)
    assert (status, told.startswith(f"{nothing}: cannot be read")) == (2, True)


def test_enrolling_without_its_key_file_or_drivers_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "people" / "Ann").mkdir(parents=True)
    outcomes = ("--outcomes", tmp_path / "out.jsonl")
    status, _, told = run("enrol", tmp_path / "people", *outcomes)
    assert (status, "has no files" in told) == (2, True)
    (tmp_path / "people" / "Ann" / "a.jpg").touch()
    key = tmp_path / "key"
    status, _, told = run("enrol", tmp_path / "people", *outcomes, "--key-file", key)
    assert (status, told.startswith(f"the key file {key} cannot be read")) == (2, True)


def test_what_would_never_enrol_anybody_is_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "people" / "Ann").mkdir(parents=True)
    (tmp_path / "people" / "Ann" / "a.jpg").touch()
    asked = ("enrol", tmp_path / "people", "--outcomes", tmp_path / "out.jsonl")
    for url in ("gate.example.com", "ftp://gate.example.com", "http://"):
        status, _, told = run(*asked, "--url", url)
        assert (status, told) == (2, f"--url {url} is no address such as http://127.0.0.1:8000\n")
    monkeypatch.setenv("GATEHOUSE_KEY", "gäte")
    status, _, told = run(*asked)
    assert (status, told) == (2, "GATEHOUSE_KEY holds no API key: it has other signs than ASCII\n")
    monkeypatch.delenv("GATEHOUSE_KEY")

    async def refused(*_: object) -> None:
        raise Unauthorized("send an API key")

    monkeypatch.setattr(EnrolmentClient, "enrol", refused)
    status, _, told = run(*asked)
    assert (status, told.splitlines()[-1]) == (2, "send an API key")


def test_a_job_that_is_stopped_while_it_lists_its_files_keeps_what_is_stored(
    run: Run, tmp_path: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupted(_: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(ReadPlates, "found", interrupted)
    assert run("read-plates", tmp_path, f"{tmp_path}-out", "--config", config) == (
        130,
        "",
        "stopped: this run had done nothing yet, and what is stored stays; the same command goes "
        "on\n",
    )


@pytest.mark.parametrize(
    "option", ["--workers=0", "--part-size=x", "--gpus-per-worker=-1", "--item-timeout=0"]
)
def test_numbers_that_are_none_are_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["read-plates", "a", "b", option])
    assert ended.value.code == 2
    assert "is no number" in capsys.readouterr().err


def test_the_help_tells_what_the_exit_status_means(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "Exit status: 0, everything has an outcome" in capsys.readouterr().out


def test_the_commands_of_the_guide_are_known() -> None:
    block = commands("deployments.bulk read-plates").replace("\\\n", "")
    lines = [line.partition("-m deployments.bulk ")[2] for line in block.splitlines()]
    asked = [command_line().parse_args(shlex.split(line)) for line in lines if line]
    assert [one.run.__name__ for one in asked] == ["_read_plates", "_reread_events", "_enrol"]
    assert asked[2].outcomes == Path("var/enrolled.jsonl")

"""The folder of a job."""

import asyncio
import errno
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.bulk.folder import JobFolder
from pipelines.bulk.planning import Part, Plan
from pipelines.errors import ConfigurationError, Unavailable
from tests.file_modes import modes, open_to_others, umask
from tests.unit.bulk.recipes import Doubling, rows_of

PART = Part(1, ({"number": 4}, {"number": -1}))


@pytest.fixture(params=["folder", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "out") if request.param == "folder" else f"memory://{tmp_path.name}/out"


def finished(folder: JobFolder, part: Part = PART) -> None:
    job = Doubling(())
    asyncio.run(folder.finish(part, rows_of(job, part.items), job.schema))


def test_a_job_is_gone_on_with_by_what_it_was_begun_with(url: str) -> None:
    for _ in range(2):
        folder = JobFolder(url)
        asyncio.run(folder.enter({"source": "a", "engine": "x"}))
        folder.close()
    with pytest.raises(ConfigurationError) as refused:
        asyncio.run(JobFolder(url).enter({"source": "b", "model": "m"}))
    assert str(refused.value) == (
        f"{url} holds another job: engine was x and is not set; model was not set and is m; "
        "source was a and is b. Name a new folder, or go on with what the job was begun with"
    )


def test_outcomes_are_their_owners_alone(tmp_path: Path) -> None:
    with umask(0):
        folder = JobFolder(str(tmp_path / "new/out"))
        asyncio.run(folder.enter({"job": "double"}))
        finished(folder)
        folder.close()
    assert "new/out/part-000001.parquet" in modes(tmp_path)
    assert open_to_others(tmp_path) == set()


def test_a_folder_with_anything_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").touch()
    asyncio.run(JobFolder(str(tmp_path)).enter({"job": "double"}))
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").touch()
    with pytest.raises(ConfigurationError, match=r"other is not empty and holds no job: name a"):
        asyncio.run(JobFolder(str(other)).enter({"job": "double"}))


def test_plans_are_kept_in_order(url: str) -> None:
    folder = JobFolder(url)
    plans = [Plan((Part(number, ({"path": f"{number}.jpg"},)),)) for number in (1, 2)]
    for number, plan in enumerate(plans, 1):
        asyncio.run(folder.add_plan(plan, number))
    assert asyncio.run(folder.plans()) == plans
    asyncio.run(folder.add_plan(plans[1], 2))  # as after an answer that was lost
    with pytest.raises(Unavailable, match="another run of this job has just begun, end one"):
        asyncio.run(folder.add_plan(plans[0], 2))
    assert asyncio.run(folder.plans()) == plans


def test_of_two_plans_at_once_one_is_kept_and_the_other_ends_its_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = JobFolder(f"memory://{tmp_path.name}/out")
    plans = [Plan((Part(1, ({"path": name},)),)) for name in ("a.jpg", "b.jpg")]
    asyncio.run(folder.add_plan(plans[0], 1))
    looks = iter([False])  # before the first plan was there
    monkeypatch.setattr(folder._store._fs, "exists", lambda _: next(looks, True))
    with pytest.raises(Unavailable, match="another run of this job has just begun, end one"):
        asyncio.run(folder.add_plan(plans[1], 1))
    monkeypatch.undo()
    assert asyncio.run(folder.plans()) == plans[:1]


def test_a_finished_part_is_counted_and_never_written_again(url: str) -> None:
    folder = JobFolder(url)
    assert asyncio.run(folder.finished()) == set()
    finished(folder)
    asyncio.run(folder.finish(PART, [], Doubling(()).schema))
    assert asyncio.run(folder.finished()) == {1}
    assert asyncio.run(folder.outcomes()) == {("doubled", ""): 1, ("failed", "bad_input"): 1}


def test_what_a_kill_left_half_written_is_replaced(tmp_path: Path) -> None:
    folder = JobFolder(str(tmp_path))
    (tmp_path / ".part-000001.parquet.part").write_bytes(b"PAR1 half")
    assert asyncio.run(folder.finished()) == set()
    finished(folder)
    assert os.listdir(tmp_path) == ["part-000001.parquet"]
    assert pq.read_table(tmp_path)["double"].to_pylist() == [8, None]


def test_a_job_whose_beginning_was_killed_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "_job").mkdir()
    (tmp_path / "_job/.job.json.part").write_bytes(b"{")
    (tmp_path / "_job/.plan-000001.parquet.part").write_bytes(b"PAR1")
    folder, plan = JobFolder(str(tmp_path)), Plan((PART,))
    asyncio.run(folder.enter({"job": "double"}))
    asyncio.run(folder.add_plan(plan, 1))
    assert asyncio.run(folder.plans()) == [plan]
    assert sorted(os.listdir(tmp_path / "_job")) == [".lock", "job.json", "plan-000001.parquet"]
    folder.close()
    with pytest.raises(ConfigurationError, match="holds another job: job was double and is triple"):
        asyncio.run(JobFolder(str(tmp_path)).enter({"job": "triple"}))


def test_one_of_two_jobs_that_are_begun_at_once_is_refused(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = JobFolder(url), JobFolder(url)

    async def looked_too_early() -> dict[str, object]:
        await first.enter({"job": "double"})
        first.close()
        return {}

    monkeypatch.setattr(second._store, "find", looked_too_early)
    with pytest.raises(ConfigurationError, match="holds another job: job was double and is triple"):
        asyncio.run(second.enter({"job": "triple"}))
    second.close()


def test_a_second_run_waits_for_the_end_of_the_first(tmp_path: Path) -> None:
    first, second = JobFolder(str(tmp_path)), JobFolder(str(tmp_path))
    asyncio.run(first.enter({"job": "double"}))
    with pytest.raises(Unavailable) as refused:
        asyncio.run(second.enter({"job": "double"}))
    assert str(refused.value) == (
        f"another run of the job in {tmp_path} is under way: wait for its end, or end it"
    )
    first.close()
    asyncio.run(second.enter({"job": "double"}))
    second.close()


def test_the_folder_is_one_table_without_what_the_job_keeps_for_itself(tmp_path: Path) -> None:
    folder = JobFolder(str(tmp_path))
    asyncio.run(folder.enter({"job": "double"}))
    asyncio.run(folder.add_plan(Plan((PART,)), 1))
    finished(folder)
    finished(folder, Part(2, ({"number": 5},)))
    assert pq.read_table(tmp_path)["number"].to_pylist() == [4, -1, 5]


FULL = OSError(errno.ENOSPC, "No space left on device")
READ_ONLY = OSError(errno.EROFS, "Read-only file system")


def test_a_full_disk_is_told_of_after_several_attempts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.bulk.folder._PAUSE_S", 0.0)
    failures = [FULL] * 4 + [READ_ONLY]

    def fails(*_: object) -> bool:
        raise failures.pop(0)

    monkeypatch.setattr("pipelines.storage.local_objects.write_new", fails)
    with pytest.raises(Unavailable) as ended:
        finished(JobFolder(str(tmp_path)))
    assert str(ended.value) == f"{tmp_path} cannot be written: No space left on device"
    with pytest.raises(ConfigurationError) as refused:
        finished(JobFolder(str(tmp_path)))
    assert str(refused.value) == (
        f"{tmp_path} cannot be written: Read-only file system. Name another place, or change its "
        "rights"
    )
    assert not failures


@pytest.mark.parametrize(
    ("failure", "raised"),
    [
        (FULL, Unavailable),
        (READ_ONLY, ConfigurationError),
        (PermissionError(errno.EACCES, "Permission denied"), ConfigurationError),
    ],
)
def test_a_folder_that_cannot_be_begun_in_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: OSError, raised: type[Exception]
) -> None:
    def fails(_: Path) -> None:
        raise failure

    monkeypatch.setattr("pipelines.bulk.lock.make_private_folder", fails)
    with pytest.raises(raised, match=f"^{tmp_path} cannot be written: {failure.strerror}"):
        asyncio.run(JobFolder(str(tmp_path)).enter({"job": "double"}))


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="file cannot be written: Not a directory"):
        asyncio.run(JobFolder(str(tmp_path / "file")).enter({"job": "double"}))

"""Runs of a job."""

import asyncio
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from pipelines.bulk.folder import JobFolder
from pipelines.bulk.job import Done, Left, left_of, summary
from pipelines.errors import ConfigurationError
from tests.unit.bulk.recipes import Doubling, rows_of


def left(job: Doubling, out: Path, size: int = 2) -> Left:
    with closing(JobFolder(str(out))) as folder:
        return asyncio.run(left_of(job, folder, workers=1, part_size=size))


def do(job: Doubling, out: Path, parts: int, size: int = 2) -> None:
    """Does some parts and ends, as one that is killed does."""
    for part in left(job, out, size).parts[:parts]:
        rows = rows_of(job, part.items)
        asyncio.run(JobFolder(str(out)).finish(part, rows, job.schema))


def test_a_resumed_job_does_what_is_left_and_nothing_twice(tmp_path: Path) -> None:
    job = Doubling(tuple(range(7)))
    assert (left(job, tmp_path).items, left(job, tmp_path).finished) == (7, 0)
    do(job, tmp_path, parts=2)
    again = left(job, tmp_path, size=5)  # the parts stay as they were planned
    assert [len(part.items) for part in again.parts] == [2, 1]
    assert (again.items, again.finished) == (7, 4)
    do(job, tmp_path, parts=9)
    assert left(job, tmp_path).parts == ()
    assert asyncio.run(JobFolder(str(tmp_path)).outcomes()) == {("doubled", ""): 7}


def test_what_is_stored_of_a_run_that_ends_is_counted(tmp_path: Path) -> None:
    job = Doubling(tuple(range(7)))
    begun = left(job, tmp_path)
    assert (begun.stored({1}), begun.stored({1, 4}), begun.stored(range(9))) == (2, 3, 7)
    do(job, tmp_path, parts=1)
    assert left(job, tmp_path).stored(()) == 2


def test_what_has_come_since_is_done_too(tmp_path: Path) -> None:
    do(Doubling((1, 2)), tmp_path, parts=9)
    more = left(Doubling((1, 2, 3)), tmp_path)
    assert [part.items for part in more.parts] == [({"number": 3},)]


def test_another_job_is_refused_before_anything_is_planned(tmp_path: Path) -> None:
    do(Doubling((1,)), tmp_path, parts=1)
    with pytest.raises(ConfigurationError, match="holds another job: version was 1 and is 2"):
        left(Doubling((1, 2), version="2"), tmp_path)
    assert left(Doubling((1,)), tmp_path).items == 1


def test_the_summary_tells_of_the_whole_job_and_of_this_run() -> None:
    outcomes = Counter(
        {
            ("read", ""): 90,
            ("no_plate", ""): 7,
            ("failed", "too_large"): 1,
            ("failed", "unreadable_picture"): 2,
        }
    )
    done = [Done(20, 100.0, 102.0), Done(20, 100.5, 104.0)]
    assert summary(outcomes, {"hidden": 2}, done, "picture", 11.25) == (
        "100 pictures: 7 no_plate, 90 read, 3 failed (too_large 1, unreadable_picture 2)\n"
        "skipped: 2 (2 hidden)\n"
        "this run: 40 pictures in 4.0 s, 10.0 a second; with the start 11.2 s\n"
    )


def test_the_summary_of_a_run_that_did_nothing() -> None:
    assert summary(Counter({("read", ""): 2}), {}, [], "event", 0.5) == (
        "2 events: 2 read\nthis run: nothing was left to do\n"
    )

"""Items in a process of their own."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from pipelines.bulk.isolation import IsolatedWorker
from pipelines.bulk.source import Item
from pipelines.errors import ConfigurationError, Unavailable
from tests.unit.bulk.recipes import (
    BreakingDown,
    Broken,
    Doubling,
    EndingLate,
    Hanging,
    Killing,
    Misconfigured,
    Stumbling,
    Swapping,
    Unloadable,
)


def items(*numbers: int) -> list[Item]:
    return [{"number": number} for number in numbers]


def silent(_: int) -> None:
    """Hears how many are done."""


@pytest.fixture
def killing() -> Iterator[IsolatedWorker]:
    with closing(IsolatedWorker(Killing(()), threads=1)) as worker:
        yield worker


def test_an_item_that_ends_its_process_fails_and_all_others_are_done(
    killing: IsolatedWorker,
) -> None:
    told: list[int] = []
    rows = killing.rows(items(*range(10, 20)), told.append)
    assert [row["number"] for row in rows] == [*range(10, 20)]
    assert [row["outcome"] for row in rows if row["number"] % 13] == ["doubled"] * 9
    assert [row for row in rows if row["outcome"] == "failed"] == [
        {
            "number": 13,
            "outcome": "failed",
            "error_code": "worker_died",
            "error_message": "the process that read it ended by SIGKILL, and again when it read "
            "nothing else",
        }
    ]
    assert told == sorted(told)
    assert (told[0], told[-1]) == (2, 10)
    child = killing._child
    assert killing.rows(items(1), silent) == [{"number": 1, "outcome": "doubled", "double": 2}]
    assert killing._child is child is not None
    killing.close()
    assert child._process.returncode == 0


def test_a_process_that_something_else_ended_is_begun_anew(killing: IsolatedWorker) -> None:
    ended: list[int] = []

    def end_once(done: int) -> None:
        if not ended:
            ended.append(done)
            assert killing._child is not None
            killing._child._process.kill()

    rows = killing.rows(items(*range(1, 9)), end_once)
    assert [row["double"] for row in rows] == [2 * number for number in range(1, 9)]


def test_engines_that_end_at_every_item_are_nobodys_outcome() -> None:
    with closing(IsolatedWorker(Broken(()), 1)) as worker, pytest.raises(Unavailable) as ended:
        worker.rows(items(4, 5), silent)
    assert str(ended.value) == (
        "the process with the engines ended with status 5 at 2 numbers one after another, last 5: "
        "see that the machine has the memory and the devices that they need, or take these numbers "
        "away"
    )


def test_engines_that_break_down_later_are_nobodys_outcome_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipelines.bulk.isolation._DEATHS", 3)
    with closing(IsolatedWorker(BreakingDown(()), 1)) as worker:
        told: list[int] = []
        with pytest.raises(Unavailable, match=r"status 7 at 3 numbers one after another, last 4"):
            worker.rows(items(*range(30)), told.append)
        assert max(told) == 4
        assert [row["double"] for row in worker.rows(items(0, 1), silent)] == [0, 2]


def test_failures_that_may_need_no_engines_do_not_speak_for_them() -> None:
    with closing(IsolatedWorker(BreakingDown(()), 1)) as worker:
        rows = worker.rows(items(-1, 2, -3), silent)
        assert [row["error_code"] for row in rows] == ["bad_input", "worker_died", "bad_input"]
        with pytest.raises(Unavailable, match=r"at 2 numbers one after another, last 4"):
            worker.rows(items(4, 5), silent)


def test_an_item_whose_process_ends_after_its_row_is_done_once_and_the_next_is_not_lost() -> None:
    with closing(IsolatedWorker(EndingLate(()), 1)) as worker:
        rows = worker.rows(items(1, 2, 3, 4), silent)
    assert [row["number"] for row in rows] == [1, 2, 3, 4]
    assert [row["outcome"] for row in rows] == ["failed", "doubled", "doubled", "doubled"]


def test_an_item_that_hangs_fails_and_all_others_are_done() -> None:
    with closing(IsolatedWorker(Hanging(()), 1, limit_s=0.5)) as worker:
        rows = worker.rows(items(2, 3, 4), silent)
    assert [row["outcome"] for row in rows] == ["doubled", "failed", "doubled"]
    assert (rows[1]["error_code"], rows[1]["error_message"]) == (
        "worker_died",
        "the process that read it ended after 0.5 s without an answer, and again when it read "
        "nothing else",
    )


def test_answers_that_nobody_heard_are_not_those_of_the_next_items() -> None:
    def deaf(_: int) -> None:
        raise RuntimeError("the counts are away")

    with closing(IsolatedWorker(Doubling(()), 1)) as worker:
        with pytest.raises(RuntimeError, match="the counts are away"):
            worker.rows(items(*range(6)), deaf)
        rows = worker.rows(items(100, 101), silent)
        assert [row["double"] for row in rows] == [200, 202]


def test_rows_of_other_items_are_refused() -> None:
    with closing(IsolatedWorker(Swapping(()), 1)) as worker, pytest.raises(Unavailable) as ended:
        worker.rows(items(1), silent)
    assert str(ended.value) == (
        "the process with the engines answered for [2] when it was asked for another number"
    )


def test_what_ends_the_job_is_raised() -> None:
    with closing(IsolatedWorker(Stumbling(()), 1)) as worker:
        with pytest.raises(Unavailable, match=r"^the source is away$"):
            worker.rows(items(5, 6, 7), silent)
        assert len(worker.rows(items(5), silent)) == 1
    with pytest.raises(ConfigurationError, match=r"^the model cannot be loaded$"):
        IsolatedWorker(Misconfigured(()), 1).rows(items(5), silent)
    with pytest.raises(Unavailable, match=r"^the process that loads the engines ended by SIGSEGV"):
        IsolatedWorker(Unloadable(()), 1).rows(items(5), silent)

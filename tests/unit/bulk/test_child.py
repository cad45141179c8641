"""The process that does items."""

import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from configs.settings import ROOT
from pipelines.bulk.engine_process import Answer, EngineProcess
from pipelines.errors import ConfigurationError, GatehouseError, Unavailable
from tests.unit.bulk.recipes import Defective, Doubling, Leaving, Misconfigured, Truncated


@contextmanager
def child(recipe: Doubling) -> Iterator[subprocess.Popen[bytes]]:
    """A child that was given a recipe; its standard input stays open."""
    with subprocess.Popen(
        [sys.executable, "-m", "pipelines.bulk.child"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        pickle.dump((recipe, 1), process.stdin)
        process.stdin.flush()
        yield process


@pytest.mark.parametrize(
    ("recipe", "error"),
    [
        (Misconfigured(()), ConfigurationError("the model cannot be loaded")),
        (Truncated(()), Unavailable("ValueError: INVALID_PROTOBUF: reader.onnx is cut off")),
    ],
)
def test_what_cannot_be_loaded_is_told_and_ends_the_process_in_order(
    recipe: Doubling, error: GatehouseError
) -> None:
    with child(recipe) as process:
        assert process.stdout is not None
        answer: Answer = pickle.load(process.stdout)
        assert (type(answer.error), str(answer.error)) == (type(error), str(error))
        assert process.wait(30) == 0


def test_what_an_engine_raises_is_told_and_the_process_goes_on() -> None:
    with ExitStack() as ends:
        process = EngineProcess(Defective(()), 1, 30.0)
        ends.callback(process.close)
        with pytest.raises(Unavailable, match=r"^ValueError: the engine gave another shape$"):
            [*process.rows([{"number": 7}])]
        ((row,),) = process.rows([{"number": 2}])
        assert (row["double"], process.ended) == (4, "")
    assert process._process.returncode == 0


def test_a_library_that_leaves_does_not_make_the_process_abort() -> None:
    process = EngineProcess(Leaving(()), 1, 30.0)
    assert [*process.rows([{"number": 7}])] == []
    assert process.ended == "with status 1"


@pytest.mark.parametrize(
    ("number", "told"),
    [(signal.SIGKILL, "by SIGKILL"), (signal.SIGRTMIN + 3, f"by signal {signal.SIGRTMIN + 3}")],
)
def test_any_signal_that_ends_the_process_is_told(number: int, told: str) -> None:
    process = EngineProcess(Doubling(()), 1, 30.0)
    process._process.send_signal(number)
    process._process.wait(30)
    assert [*process.rows([{"number": 1}])] == []
    assert process.ended == told

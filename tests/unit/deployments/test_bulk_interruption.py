"""Ctrl-C and SIGTERM."""

import os
import signal
import subprocess
import sys

import pytest

from configs.settings import ROOT
from deployments.bulk.interruption import Unmasked, interruptible
from pipelines.errors import Unavailable

STUBBORN = """
import signal
from deployments.bulk.interruption import interruptible

with interruptible():
    while True:
        try:
            print("ready", flush=True)
            signal.pause()
        except KeyboardInterrupt:
            print("stopping", flush=True)
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_interrupts_and_is_told_by_the_status(number: int, status: int) -> None:
    before = signal.getsignal(number)
    with interruptible() as interruption:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        assert interruption.status == status
    assert signal.getsignal(number) is before


def test_the_second_signal_ends_the_process_at_once() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STUBBORN], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in ("ready\n", "stopping\n", "ready\n"):
            assert process.stdout.readline() == line
            if line == "ready\n":
                process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130


def test_what_goes_wrong_while_an_interrupted_job_ends_does_not_hide_the_interruption() -> None:
    with pytest.raises(KeyboardInterrupt) as ended, Unmasked():
        try:
            try:
                raise KeyboardInterrupt
            finally:
                raise ValueError("the executor has no topology")
        except ValueError as error:
            raise Unavailable("the workers ended") from error
    assert str(ended.value.__cause__) == "the workers ended"


def test_what_goes_wrong_by_itself_stays_what_it_is() -> None:
    with pytest.raises(Unavailable, match="the workers ended"), Unmasked():
        raise Unavailable("the workers ended") from ValueError("no topology")

"""What processes cost."""

import os
import subprocess
import sys
import time

import psutil
import pytest

from tests.bench.throughput.processes import (
    between,
    cpu_of,
    group_of,
    memory_of,
    resident_of,
    waited_of,
)


@pytest.mark.parametrize(
    ("command", "group"),
    [
        (["ray::ServeReplica:gatehouse:PlateDetector"], "PlateDetector"),
        (["ray::ServeReplica:gatehouse:DriverIndex-1.search"], "DriverIndex-1"),
        (["ray::ServeController.listen_for_change"], "Serve controller"),
        (["ray::ProxyActor"], "Python proxy"),
        (["/some/where/haproxy", "-f", "haproxy.cfg"], "HAProxy"),
        (["/ray/core/src/ray/raylet/raylet", "--x"], "raylet"),
        (["/ray/core/src/ray/gcs/gcs_server", "--x"], "GCS"),
        (["python", "-m", "uvicorn", "app:create"], "uvicorn"),
        (["python", "-c", "from multiprocessing.spawn import spawn_main"], "uvicorn"),
        (["/venv/bin/python", "/venv/bin/omni-lpr", "--host"], "omni-lpr"),
        (["ray::IDLE"], "others"),
        ([], "others"),
    ],
)
def test_a_process_is_known_by_its_command_line(command: list[str], group: str) -> None:
    assert group_of(command) == group


def test_cpu_of_a_group_is_the_sum_of_its_processes_and_a_new_one_counts_whole() -> None:
    before = {1: ("a", 2.0), 2: ("a", 5.0), 3: ("b", 1.0)}
    after = {1: ("a", 2.5), 2: ("a", 6.0), 4: ("b", 0.25)}

    assert between(before, after) == {"a": 1.5, "b": 0.25}


def test_an_ended_process_is_left_out() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    known = psutil.Process(child.pid)
    child.wait()

    assert cpu_of([known]) == {} == memory_of([known])
    assert waited_of([known]) == {}


def test_this_process_holds_memory_and_has_used_cpu() -> None:
    this = psutil.Process()

    assert cpu_of([this])[os.getpid()][1] > 0
    (private,), (resident,) = memory_of([this]).values(), resident_of([this]).values()
    assert 0 < private <= resident


def test_threads_that_share_a_core_wait_for_each_other() -> None:
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3)]
    try:
        known = [psutil.Process(one.pid) for one in busy]
        for process in known:
            process.cpu_affinity(psutil.Process().cpu_affinity()[:1])
        until = time.monotonic() + 20
        while time.monotonic() < until:
            waited = sum(seconds for _group, seconds in waited_of(known).values())
            if waited > 0.2:
                break
        assert waited > 0.2
    finally:
        for one in busy:
            one.kill()
            one.wait()

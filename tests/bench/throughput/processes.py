"""What processes cost: CPU and memory by group, and bytes that cross the loopback interface."""

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import psutil

_REPLICA: Final = "ray::ServeReplica:"
_BY_TITLE: Final = {
    "ray::ServeController": "Serve controller",
    "ray::ProxyActor": "Python proxy",
    "ray::HAProxyManager": "HAProxy's manager",
    "haproxy": "HAProxy",
    "raylet": "raylet",
    "gcs_server": "GCS",
    "uvicorn": "uvicorn",
    "omni-lpr": "omni-lpr",
}
OTHERS: Final = "others"

Spent = dict[int, tuple[str, float]]
"""Process id -> its group and the seconds that it has used, or waited, so far."""


def group_of(command: Sequence[str]) -> str:
    """What a process is by its command line: a deployment, a part of Ray, or ``others``."""
    line = " ".join(command)
    if _REPLICA in line:
        _application, deployment = line.split(_REPLICA, maxsplit=1)[1].split()[0].split(":")[:2]
        return deployment.split("#")[0].split(".")[0]
    program = command[0].rsplit("/", maxsplit=1)[-1] if command else ""
    for title, group in _BY_TITLE.items():
        if program.startswith(title) or (title in ("uvicorn", "omni-lpr") and title in line):
            return group
    # Workers that uvicorn spawns have a command line of multiprocessing's.
    return "uvicorn" if "multiprocessing.spawn" in line else OTHERS


def cpu_of(processes: Iterable[psutil.Process]) -> Spent:
    """CPU seconds of each process until now; those that have ended are left out."""
    spent: Spent = {}
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            times = process.cpu_times()
            spent[process.pid] = (group_of(process.cmdline()), times.user + times.system)
    return spent


def between(before: Spent, after: Spent) -> dict[str, float]:
    """Seconds by group between two moments; a process that ended meanwhile is not seen."""
    seconds: dict[str, float] = defaultdict(float)
    for pid, (group, used) in after.items():
        seconds[group] += used - (before[pid][1] if pid in before else 0.0)
    return dict(seconds)


def waited_of(processes: Iterable[psutil.Process]) -> Spent:
    """Seconds that the threads of each process have waited for a free core until now, on Linux.

    A process that waits long wants more than its share of the cores; what it does looks slow from
    outside without costing much.
    """
    waited: Spent = {}
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess, OSError):
            group = group_of(process.cmdline())
            tasks = Path("/proc", str(process.pid), "task").glob("*/schedstat")
            waited[process.pid] = (group, sum(map(_waited_s, tasks)))
    return waited


def memory_of(processes: Iterable[psutil.Process]) -> dict[str, int]:
    """Bytes by group: each process's own, and its share of what it has in common with others."""
    held: dict[str, int] = defaultdict(int)
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            held[group_of(process.cmdline())] += process.memory_full_info().pss
    return dict(held)


def resident_of(processes: Iterable[psutil.Process]) -> dict[str, int]:
    """Resident bytes by group; what is shared counts for each of its processes."""
    held: dict[str, int] = defaultdict(int)
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            held[group_of(process.cmdline())] += process.memory_info().rss
    return dict(held)


def loopback_bytes() -> int:
    """Bytes that crossed the loopback interface so far: all TCP between processes of this machine.

    Unix sockets and shared memory are not among them.
    """
    counters = psutil.net_io_counters(pernic=True)
    return counters["lo"].bytes_recv if "lo" in counters else 0


def _waited_s(schedstat: Path) -> float:
    try:
        _ran_ns, waited_ns, _times = schedstat.read_text(encoding="ascii").split()
    except OSError:
        return 0.0  # a thread that has ended
    return int(waited_ns) / 1e9

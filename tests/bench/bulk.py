"""A folder of pictures through ``read-plates``, killed in the middle and gone on with.

``python -m tests.bench.bulk`` makes 2,000 pictures from the development photos, always the same
ones, and reads their plates in bulk: the job is killed by SIGKILL when half of the parts are
stored, and the same command ends it. Before, between and after, the bare engines read some of the
same pictures in a loop, one process a core. What is told: pictures a second of both, what a picture
takes of the processors with either (which says more where other programs run), and whether every
picture has one outcome and what was stored before the kill was touched again.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil
import pyarrow.parquet as pq

from tests.bench.bulk_pictures import make
from tests.bench.throughput.servers import bare, settings_file
from tests.bench.workers import Worker
from tests.serve.ray_folder import RayFolder
from tests.serve.service import ROOT

RESULTS: Final = ROOT / "tests/bench/results"
_LOOPED: Final = 200
_WITHIN_S: Final = 600.0
_LOOK_EVERY_S: Final = 0.05
_NOISE: Final = 0.15  # by which turns of the bare engines may differ
_RATE: Final = re.compile(
    r"this run: (\d+) pictures in [\d.]+ s, ([\d.]+) a second; .*? ([\d.]+) s"
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run of the bench found.

    Attributes:
        pictures: In the folder.
        bare: Pictures a second of the bare engines, each time.
        bare_cpu_ms: That a picture took of the processors, over all times.
        bulk_cpu_ms: The same of all processes of the job, Ray's own too, from when each worker had
            done a part to the kill.
        killed_after: Pictures that were stored when the job was killed.
        killed_rate: Pictures a second between then and the last part before the kill.
        resumed: Pictures that the second run did.
        resumed_rate: Pictures a second of the second run, its start left out.
        resumed_s: Of the whole second run.
        missing: Pictures without an outcome.
        twice: Pictures with more than one.
        touched: Parts from before the kill that were written again.
        outcomes: How many pictures have each.
    """

    pictures: int
    bare: tuple[float, ...]
    bare_cpu_ms: float
    bulk_cpu_ms: float
    killed_after: int
    killed_rate: float
    resumed: int
    resumed_rate: float
    resumed_s: float
    missing: int
    twice: int
    touched: int
    outcomes: dict[str, int]


class BareLoops:
    """The bare engines, one process a core.

    Args:
        stack: Ends them.
        folder: For their files.
        pictures: What they read.
    """

    def __init__(self, stack: ExitStack, folder: Path, pictures: Sequence[Path]) -> None:
        settings = settings_file(folder / "bare", folder / "empty.db")
        self._paths = [str(one) for one in pictures[:: max(1, len(pictures) // _LOOPED)]]
        cores = sorted(os.sched_getaffinity(0))
        self._workers = [stack.enter_context(Worker(bare(settings), ROOT, core)) for core in cores]
        for worker in self._workers:
            worker.wait_until_ready()
        self._asked, self._cpu_s = 0, 0.0

    @property
    def cpu_ms(self) -> float:
        """What a picture took of the processors so far."""
        return 1000 * self._cpu_s / self._asked

    def rate(self, seconds: float) -> float:
        """Pictures a second of all of them together."""
        for place, worker in enumerate(self._workers):
            first = place * len(self._paths) // len(self._workers)
            command = {"task": "loop", "work": "plates", "paths": self._paths, "first": first}
            worker.send({**command, "seconds": seconds})
        answers = [worker.receive() for worker in self._workers]
        self._asked += sum(len(answer["asked"]) for answer in answers)
        self._cpu_s += sum(answer["cpu_s"] for answer in answers)
        return sum(len(answer["asked"]) / float(answer["elapsed_s"]) for answer in answers)


def parts_in(out: Path) -> dict[Path, int]:
    """The parts that are stored, and when."""
    return {part: part.stat().st_mtime_ns for part in out.glob("part-*.parquet")}


def killed(command: Sequence[str], ray_folder: RayFolder, out: Path) -> float:
    """Run a job and kill it when half of its parts are stored.

    Returns:
        Milliseconds of the processors that a picture took, once each worker had done a part.

    Raises:
        RuntimeError: It does not get there.
    """
    environment = environment_of(ray_folder)
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    plan, first = out / "_job/plan-000001.parquet", (0, 0.0)
    for _ in _looks():
        stored = parts_in(out)
        if process.poll() is not None:
            break
        if len(stored) < workers():
            continue
        if not first[0]:
            first = sum(map(_rows, stored)), _cpu_s(ray_folder)
        elif len(stored) >= max(pq.read_table(plan)["part"].to_pylist()) / 2:
            pictures, cpu_s = sum(map(_rows, stored)) - first[0], _cpu_s(ray_folder) - first[1]
            process.send_signal(signal.SIGKILL)
            process.wait()
            return 1000 * cpu_s / pictures
    process.kill()
    raise RuntimeError("the job ended, or took too long, before half of it was done")


def environment_of(ray_folder: RayFolder) -> dict[str, str]:
    """What the job is started with.

    At Ray's own niceness it would give way to everything else on the machine.
    """
    return {**os.environ, **ray_folder.environment, "RAY_worker_niceness": "0"}


def _cpu_s(ray_folder: RayFolder) -> float:
    """Seconds that everything of a job has taken of the processors."""
    spent = 0.0
    for process in ray_folder.processes():
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            spent += times.user + times.system
    return spent


def _looks() -> Iterator[None]:
    until = time.monotonic() + _WITHIN_S
    while time.monotonic() < until:
        yield
        time.sleep(_LOOK_EVERY_S)


def workers() -> int:
    """How many the job has by itself."""
    return len(os.sched_getaffinity(0))


def rate_of(parts: dict[Path, int], count: int) -> float:
    """Pictures a second from when so many workers had done a part each to the last part."""
    ordered = sorted(parts, key=parts.__getitem__)
    begun_ns, ended_ns = parts[ordered[count - 1]], parts[ordered[-1]]
    return sum(map(_rows, ordered[count:])) / ((ended_ns - begun_ns) / 1e9)


def _rows(part: Path) -> int:
    return int(pq.read_metadata(part).num_rows)


def measured(folder: Path, pictures: Path, seconds: float) -> Measured:
    """Runs everything.

    Args:
        folder: For everything that is written.
        pictures: The folder that is read.
        seconds: Of each turn of the bare engines.
    """
    out, names = folder / "out", sorted(pictures.iterdir())
    command = [sys.executable, "-m", "deployments.bulk", "read-plates", str(pictures), str(out)]
    with ExitStack() as stack:
        ray_folder = RayFolder()
        stack.callback(ray_folder.remove)
        environment = environment_of(ray_folder)
        loops = BareLoops(stack, folder, names)
        loops.rate(seconds / 5)  # the first pictures are slow
        bare_rates = [loops.rate(seconds)]
        bulk_cpu_ms = killed(command, ray_folder, out)
        for _ in _looks():
            if not any(ray_folder.processes()):
                break
        before = parts_in(out)
        stored = sum(map(_rows, before))
        bare_rates.append(loops.rate(seconds))
        ended = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
        bare_rates.append(loops.rate(seconds))
    match = _RATE.search(ended.stdout)
    if match is None:
        raise RuntimeError(f"no summary: {ended.stdout}")
    rows = pq.read_table(out, columns=["path", "outcome"]).to_pydict()
    outcomes = {one: rows["outcome"].count(one) for one in sorted(set(rows["outcome"]))}
    after = parts_in(out)
    return Measured(
        pictures=len(names),
        bare=tuple(bare_rates),
        bare_cpu_ms=loops.cpu_ms,
        bulk_cpu_ms=bulk_cpu_ms,
        killed_after=stored,
        killed_rate=rate_of(before, workers()),
        resumed=int(match[1]),
        resumed_rate=float(match[2]),
        resumed_s=float(match[3]),
        missing=len({one.name for one in names} - set(rows["path"])),
        twice=len(rows["path"]) - len(set(rows["path"])),
        touched=sum(after[part] != at for part, at in before.items()),
        outcomes=outcomes,
    )


def told(found: Measured) -> str:
    """The lines that say what was found."""
    engines = sum(found.bare) / len(found.bare)

    def compared(rate: float) -> str:
        if (differ := max(found.bare) / min(found.bare) - 1) > _NOISE:
            return f"too noisy to compare, the bare engines differ by {differ:.0%}"
        return f"{rate / engines:.2f} of the bare engines"

    each = ", ".join(f"{one:.1f}" for one in found.bare)
    outcomes = ", ".join(f"{count} {name}" for name, count in found.outcomes.items())
    bulk = (found.killed_rate + found.resumed_rate) / 2
    return (
        f"{found.pictures} pictures: {outcomes}\n"
        f"bare engines: {engines:.1f} pictures/s ({each})\n"
        f"bulk, before the kill: {found.killed_rate:.1f} pictures/s, "
        f"{compared(found.killed_rate)}\n"
        f"bulk, resumed: {found.resumed_rate:.1f} pictures/s, "
        f"{compared(found.resumed_rate)}; {found.resumed} pictures in {found.resumed_s:.1f} s "
        "with the start\n"
        f"bulk, both: {compared(bulk)}\n"
        f"processors: {found.bulk_cpu_ms:.0f} ms a picture in bulk, {found.bare_cpu_ms:.0f} ms "
        f"with the bare engines, {found.bulk_cpu_ms / found.bare_cpu_ms:.2f}\n"
        f"killed after {found.killed_after} pictures; without an outcome {found.missing}, with two "
        f"{found.twice}, parts written again {found.touched}\n"
    )


def main(arguments: Sequence[str]) -> int:
    """Runs the bench; status 1 where a picture was missed or done twice."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bulk", description=__doc__)
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--bare-s", type=float, default=15.0, help="each turn of the bare engines")
    parser.add_argument("--folder", type=Path, help="keeps the pictures for the next time")
    options = parser.parse_args(arguments)
    if "GATEHOUSE_DATA" not in os.environ:
        sys.stderr.write("set GATEHOUSE_DATA to the folder of the development data (README)\n")
        return 2
    photos = sorted(Path(os.environ["GATEHOUSE_DATA"], "data/plates/detect/images").glob("*.jpg"))
    random.Random(1).shuffle(photos)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="gatehouse-bulk-") as folder:
        pictures = (options.folder or Path(folder)) / f"pictures-{options.pictures}"
        if not pictures.is_dir():
            half = pictures.with_suffix(".half")
            shutil.rmtree(half, ignore_errors=True)
            make(photos[: options.pictures // 2], half, options.pictures)
            half.rename(pictures)
        found = measured(Path(folder), pictures, options.bare_s)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "bulk.json").write_text(json.dumps(asdict(found), indent=2), encoding="utf-8")
    sys.stdout.write(told(found))
    return int(bool(found.missing or found.twice or found.touched))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

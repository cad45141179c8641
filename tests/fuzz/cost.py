"""What a picture costs: processor time and memory."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

CPU_LIMIT_S: Final = 5.0
"""For one picture of at most 16 MiB and two megapixels, looked at half a dozen times."""

MEMORY_LIMIT_MIB: Final = 128
"""The same picture's peak: its file twice, and some frames."""

_PROCESS: Final = Path("/proc/self")

ON_LINUX: Final = pytest.mark.skipif(
    not (_PROCESS / "status").is_file(),
    reason="the peak of memory is read from /proc: run these on Linux",
)
_FORGET_PEAK: Final = "5"


@dataclass(slots=True)
class Cost:
    """What the code inside ``measured`` took, once it has ended."""

    cpu_s: float = 0.0
    memory_mib: float = 0.0


@contextmanager
def measured() -> Iterator[Cost]:
    """Measures processor time of this thread's process and the peak of its memory, on Linux."""
    cost = Cost()
    with suppress(OSError):  # not everywhere allowed; an old peak then hides a lower one
        (_PROCESS / "clear_refs").write_text(_FORGET_PEAK, encoding="ascii")
    before_mib, began = memory_mib("VmHWM"), time.process_time()
    yield cost
    cost.cpu_s = time.process_time() - began
    cost.memory_mib = memory_mib("VmHWM") - before_mib


def memory_mib(field: str = "VmRSS") -> float:
    """Resident memory of this process now, or another field of its status."""
    status = (_PROCESS / "status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024

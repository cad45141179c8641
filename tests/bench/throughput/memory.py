"""The memory of processes over time, and how it grows once the service has warmed up."""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import psutil

from tests.bench.throughput.processes import group_of
from tests.bench.throughput.slope import Slope, slope_of

ALL: Final = "all"

Measure = Literal["pss", "rss"]

_MB: Final = 1e6
_SETTLING_SHARE: Final = 0.2
_SETTLING_S: Final = 120.0
_LEAST_LOOKS: Final = 3


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds at a moment.

    Attributes:
        group: What it is.
        pss: Bytes of its own, and its share of what it has in common with others.
        rss: Resident bytes, what is shared among them.
    """

    group: str
    pss: int
    rss: int


def look(processes: Iterable[psutil.Process]) -> dict[int, Held]:
    """What each process holds now, by its id; those that have ended are left out."""
    seen: dict[int, Held] = {}
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            memory = process.memory_full_info()
            seen[process.pid] = Held(group_of(process.cmdline()), memory.pss, memory.rss)
    return seen


@dataclass(slots=True)
class Samples:
    """Looks at all processes.

    Attributes:
        seconds: When each was, since the load began.
        looks: What each process held, by its id.
    """

    seconds: list[float] = field(default_factory=list)
    looks: list[Mapping[int, Held]] = field(default_factory=list)

    def add(self, seconds: float, seen: Mapping[int, Held]) -> None:
        """Add one look."""
        self.seconds.append(seconds)
        self.looks.append(seen)

    @property
    def window_s(self) -> tuple[float, float]:
        """What slopes are taken over: without a fifth, at least two minutes, of warming up.

        Of less than four minutes the second half counts.
        """
        last = self.seconds[-1]
        begins = max(_SETTLING_SHARE * last, min(_SETTLING_S, last / 2))
        return begins, last

    def groups(self, measure: Measure) -> dict[str, list[float]]:
        """MB of each group and of all, one a look; 0 where the group has no process."""
        names = {one.group for seen in self.looks for one in seen.values()}
        held = {group: [0.0] * len(self.looks) for group in (*sorted(names), ALL)}
        for place, seen in enumerate(self.looks):
            for one in seen.values():
                for group in (one.group, ALL):
                    held[group][place] += getattr(one, measure) / _MB
        return held

    def processes(self, group: str) -> list[int]:
        """The ids of a group's processes, in the order in which they were seen."""
        return list(
            dict.fromkeys(
                pid for seen in self.looks for pid, one in seen.items() if one.group == group
            )
        )

    def process(self, pid: int, measure: Measure) -> dict[float, float]:
        """When a process was seen -> MB that it held."""
        return {
            when: getattr(seen[pid], measure) / _MB
            for when, seen in zip(self.seconds, self.looks, strict=True)
            if pid in seen
        }

    def group_slope(self, group: str, measure: Measure) -> Slope | None:
        """MB an hour in the window; None of too few looks."""
        values = self.groups(measure)[group]
        return self._slope(dict(zip(self.seconds, values, strict=True)))

    def process_slope(self, pid: int, measure: Measure) -> Slope | None:
        """MB an hour of one process, as long as it lived in the window; None of too few looks."""
        return self._slope(self.process(pid, measure))

    def _slope(self, held: Mapping[float, float]) -> Slope | None:
        first, _ = self.window_s
        inside = {when: size for when, size in held.items() if when >= first}
        if len(inside) < _LEAST_LOOKS:
            return None
        return slope_of(np.array([*inside]) / 3600, np.array([*inside.values()]))

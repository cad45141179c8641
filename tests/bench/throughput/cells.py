"""What is measured, and in which order: short slices of every cell in turn, round by round."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Work = Literal["plates", "drivers", "both"]
Size = Literal["small", "720p", "12 MP", "12 MP, small plates"]

BARE: Final = "bare, all cores"
BARE_ONE: Final = "bare, one core"
FAST_ALPR: Final = "fast-alpr, one core"
OMNI: Final = "omni-lpr"
PLAIN: Final = "plain FastAPI"
DEFAULT: Final = "default mode"
PRODUCTION: Final = "production mode"

LOOPS: Final = (BARE, BARE_ONE, FAST_ALPR)
"""They ask themselves, without HTTP."""

_SIZES: Final[tuple[Size, ...]] = ("small", "12 MP", "12 MP, small plates")


@dataclass(frozen=True, slots=True)
class Cell:
    """One contestant at one work.

    Attributes:
        contestant: Its name.
        work: What is asked of a picture; ``both`` are plates and drivers of one picture.
        size: Of the pictures.
        clients: Pictures under way at once; 0 where the contestant asks itself in a loop.
        weight: Its slices' length, in units of the shortest.
    """

    contestant: str
    work: Work
    size: Size
    clients: int
    weight: int = 1


def quick() -> tuple[Cell, ...]:
    """The cells that the targets need, and few others."""
    return (
        *_loops("plates", "720p", (BARE, BARE_ONE, FAST_ALPR)),
        *_served("plates", "720p", {OMNI: (1, 8), PLAIN: (1, 16, 64), DEFAULT: (1, 16)}),
        *_served("plates", "720p", {PRODUCTION: (1, 8, 16, 64)}),
        *_loops("drivers", "720p", (BARE, BARE_ONE)),
        *_served("drivers", "720p", {PLAIN: (16,), PRODUCTION: (1, 16)}),
        *_loops("both", "720p", (BARE,)),
        *_served("both", "720p", {PRODUCTION: (16,)}),
        *(one for size in _SIZES for one in _loops("plates", size, (BARE_ONE,))),
        *(one for size in _SIZES[1:] for one in _served("plates", size, {PRODUCTION: (16,)})),
    )


def full() -> tuple[Cell, ...]:
    """Everything; what the targets are about for longer."""
    every = (1, 4, 16, 64)
    servers = (PLAIN, DEFAULT, PRODUCTION)
    cells = [
        *_loops("plates", "720p", LOOPS, weight=2),
        *_served("plates", "720p", {OMNI: (1, 8), PRODUCTION: (1, 8)}, weight=2),
        *_served("plates", "720p", {PRODUCTION: (16,)}, weight=4),
        *_served("plates", "720p", {PLAIN: (16,)}, weight=3),
        *_served("plates", "720p", {PRODUCTION: (4, 64), PLAIN: (1, 4, 64), DEFAULT: every}),
        *_loops("drivers", "720p", (BARE, BARE_ONE), weight=2),
        *_served("drivers", "720p", {PRODUCTION: (1, 16), PLAIN: (16,)}, weight=2),
        *_served("drivers", "720p", {PRODUCTION: (4, 64), PLAIN: (1, 4, 64), DEFAULT: every}),
        *_loops("both", "720p", (BARE, BARE_ONE)),
        *_served("both", "720p", dict.fromkeys(servers, every)),
    ]
    for size in _SIZES:
        cells += _loops("plates", size, LOOPS)
        cells += _served("plates", size, {PLAIN: (16,), PRODUCTION: (1, 16)})
    for size in _SIZES[:2]:
        for work in ("drivers", "both"):
            cells += _loops(work, size, (BARE_ONE,))
            cells += _served(work, size, {PRODUCTION: (16,)})
    return tuple(cells)


def in_rounds(cells: Sequence[Cell], rounds: int) -> Iterator[Cell]:
    """Every cell once a round; each round begins at another place."""
    for turn in range(rounds):
        first = turn * len(cells) // rounds
        yield from (*cells[first:], *cells[:first])


def unit_s(cells: Sequence[Cell], rounds: int, budget_s: float) -> float:
    """Length of the shortest slice, for all slices to fill the time."""
    return budget_s / (rounds * sum(cell.weight for cell in cells))


def _loops(work: Work, size: Size, names: Sequence[str], weight: int = 1) -> list[Cell]:
    return [Cell(name, work, size, 0, weight) for name in names]


def _served(
    work: Work, size: Size, clients: dict[str, tuple[int, ...]], weight: int = 1
) -> list[Cell]:
    return [
        Cell(name, work, size, count, weight)
        for name, counts in clients.items()
        for count in counts
    ]

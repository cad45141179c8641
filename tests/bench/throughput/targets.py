"""The ratios that the service is to keep, each as a line: target, measured, met."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from tests.bench.tables import Table
from tests.bench.throughput.cells import (
    BARE,
    BARE_ONE,
    FAST_ALPR,
    OMNI,
    PLAIN,
    PRODUCTION,
    Size,
    Work,
)
from tests.bench.throughput.summary import LEAST_FOR_P99, Accuracy, Figure, Figures, rate_of

_START_S: Final = 20.0
_IDLE_BYTES: Final = 2.5e9


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that was measured in one run.

    Attributes:
        figures: By cell.
        flooded: By contestant, at twice what it can do.
        start_s: Seconds from the second start to ready; None where it was not started.
        idle: Bytes that the idle service holds, by group of processes.
        idle_cpu: Cores that it uses then.
        cores: Cores that all share.
    """

    figures: Figures
    accuracy: Accuracy
    cores: int
    flooded: dict[str, Figure] = field(default_factory=dict)
    start_s: float | None = None
    idle: dict[str, int] = field(default_factory=dict)
    idle_cpu: float | None = None

    def at(
        self, contestant: str, clients: int, work: Work = "plates", size: Size = "720p"
    ) -> Figure | None:
        """The figure of a cell; None where it was not measured."""
        for cell, figure in self.figures.items():
            if (cell.contestant, cell.clients, cell.work, cell.size) == (
                contestant,
                clients,
                work,
                size,
            ):
                return figure
        return None


@dataclass(frozen=True, slots=True)
class Line:
    """One target; ``met`` is None where it cannot be told."""

    target: str
    measured: str
    met: bool | None


def lines(measured: Measured) -> list[Line]:
    """All targets."""
    return [
        *_near_the_limit(measured),
        *_beside_peers(measured),
        *_beside_plain(measured),
        *_large_pictures(measured),
        *_at_rest(measured),
    ]


def table(its: list[Line]) -> Table:
    """The lines as a table."""
    words = {True: "yes", False: "NO", None: "not known"}
    return Table(
        "Targets",
        ("target", "measured", "met"),
        tuple((one.target, one.measured, words[one.met]) for one in its),
    )


def _near_the_limit(measured: Measured) -> Iterator[Line]:
    works: tuple[Work, ...] = ("plates", "drivers")
    for work in works:
        yield _ratio(
            f"{work}, {PRODUCTION}, 16 clients: at least 0.90 of the bare engines' pictures/s",
            measured.at(PRODUCTION, 16, work),
            measured.at(BARE, 0, work),
            lambda ratio: ratio >= 0.90,
        )
    for work in works:
        served, bare = measured.at(PRODUCTION, 1, work), measured.at(BARE_ONE, 0, work)
        target = f"{work}, {PRODUCTION}, 1 client: p50 at most 6 ms above the bare engines'"
        if served is None or bare is None or served.p50 is None or bare.p50 is None:
            yield Line(target, "-", None)
            continue
        more = served.p50 - bare.p50
        yield Line(target, f"{served.p50:.1f} - {bare.p50:.1f} = {more:.1f} ms", more <= 6.0)


def _beside_peers(measured: Measured) -> Iterator[Line]:
    alpr = measured.at(FAST_ALPR, 0)
    yield _ratio(
        "plates: bare engines at least 2 x fast-alpr's pictures/s a core",
        measured.at(BARE_ONE, 0),
        alpr,
        lambda ratio: ratio >= 2.0,
    )
    yield _ratio(
        f"plates: {PRODUCTION}, 16 clients, a core, at least 2 x fast-alpr's in a loop",
        measured.at(PRODUCTION, 16),
        alpr,
        lambda ratio: ratio >= 2.0,
        1 / measured.cores,
    )
    yield _ratio(
        f"plates, 8 clients: {PRODUCTION} at least 3 x omni-lpr's requests/s",
        measured.at(PRODUCTION, 8),
        measured.at(OMNI, 8),
        lambda ratio: ratio >= 3.0,
    )
    for peer in (OMNI, FAST_ALPR):
        ours = measured.accuracy.get((PRODUCTION, "plates", "720p"))
        theirs = measured.accuracy.get((peer, "plates", "720p"))
        yield _no_lower(f"plates read right: {PRODUCTION} no lower than {peer}", ours, theirs)


def _beside_plain(measured: Measured) -> Iterator[Line]:
    ours, plain = measured.at(PRODUCTION, 16), measured.at(PLAIN, 16)
    target = f"plates, 16 clients: {PRODUCTION}'s p99 no worse than {PLAIN}'s"
    if ours is None or plain is None:
        yield Line(target, "-", None)
    elif ours.p99 is None or plain.p99 is None:
        counts = f"{ours.answered} and {plain.answered} answers"
        yield Line(target, f"{counts}, {LEAST_FOR_P99} needed", None)
    else:
        both = f"{ours.p99:.0f} to {plain.p99:.0f} ms"
        yield Line(target, both, ours.p99 <= plain.p99)
    target = f"plates, twice the load it can do: {PRODUCTION} better than {PLAIN}"
    over, plain_over = measured.flooded.get(PRODUCTION), measured.flooded.get(PLAIN)
    if over is None or plain_over is None or over.p99 is None or plain_over.p99 is None:
        yield Line(target, "-", None)
        return
    yield Line(
        target,
        f"accepted p99 {over.p99:.0f} to {plain_over.p99:.0f} ms, "
        f"refused or failed {over.refused_share:.0%} to {plain_over.refused_share:.0%}, "
        f"{over.rate:.1f} to {plain_over.rate:.1f} pictures/s",
        over.p99 < plain_over.p99 and over.rate >= 0.9 * plain_over.rate,
    )


def _large_pictures(measured: Measured) -> Iterator[Line]:
    for name, clients in ((BARE_ONE, 0), (PRODUCTION, 16)):
        yield _ratio(
            f"plates, {name}: a 12-megapixel picture costs at most 1.6 x a 720p one",
            measured.at(name, clients),
            measured.at(name, clients, size="12 MP"),
            lambda ratio: ratio <= 1.6,
        )
    yield _no_lower(
        f"plates, {BARE_ONE}: small plates of 12 megapixels read as well as those of 720p",
        measured.accuracy.get((BARE_ONE, "plates", "12 MP, small plates")),
        measured.accuracy.get((BARE_ONE, "plates", "720p")),
    )


def _at_rest(measured: Measured) -> Iterator[Line]:
    start_s, target = measured.start_s, f"second start to ready under {_START_S:g} s"
    yield Line(
        target,
        "-" if start_s is None else f"{start_s:.1f} s",
        None if start_s is None else start_s < _START_S,
    )
    held = sum(measured.idle.values())
    yield Line(
        f"idle memory under {_IDLE_BYTES / 1e9:g} GB",
        f"{held / 1e9:.2f} GB" if held else "-",
        held < _IDLE_BYTES if held else None,
    )


def _ratio(
    target: str,
    one: Figure | None,
    other: Figure | None,
    is_met: Callable[[float], bool],
    factor: float = 1.0,
) -> Line:
    """``factor`` x one rate by another; the cost of a picture is the other way round."""
    if one is None or other is None or not other.rate:
        return Line(target, "-", None)
    rate = factor * one.rate
    ratio = rate / other.rate
    return Line(target, f"{rate:.1f} / {other.rate:.1f} = {ratio:.2f}", is_met(ratio))


def _no_lower(target: str, one: dict[int, bool] | None, other: dict[int, bool] | None) -> Line:
    """Compares on the pictures that both answered; of two sizes, these show the same plates."""
    common = one.keys() & other.keys() if one and other else set()
    if not one or not other or not common:
        return Line(target, "-", None)
    ours, theirs = rate_of(one, common), rate_of(other, common)
    told = f"{ours.hits} to {theirs.hits} of {ours.total}"
    return Line(target, told, ours.hits >= theirs.hits)

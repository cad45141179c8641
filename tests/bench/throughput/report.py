"""What a run found: as tables and for JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from tests.bench.tables import Table
from tests.bench.throughput import targets
from tests.bench.throughput.cells import LOOPS, Cell
from tests.bench.throughput.summary import LEAST_FOR_P99, Figure, rate_of
from tests.bench.throughput.targets import Measured

_ONE_CORE: Final = "one core"
_MIB: Final = 2**20


def tables(measured: Measured) -> list[Table]:
    """Everything as tables, the targets first."""
    return [
        targets.table(targets.lines(measured)),
        *_rates(measured),
        _overload(measured),
        _cpu(measured),
        _accuracy(measured),
        _memory(measured),
    ]


def values(measured: Measured) -> dict[str, Any]:
    """The same for JSON: pictures a second, milliseconds, bytes, shares."""
    return {
        "cores": measured.cores,
        "targets": [asdict(line) for line in targets.lines(measured)],
        "cells": [_values(figure) for figure in measured.figures.values()],
        "overload": {name: _values(one) for name, one in measured.flooded.items()},
        "accuracy": [
            {"contestant": name, "work": work, "size": size, "hits": one.hits, "total": one.total}
            for (name, work, size), right in measured.accuracy.items()
            for one in [rate_of(right)]
        ],
        "second start, s": measured.start_s,
        "idle memory, bytes": measured.idle,
        "idle CPU, cores": measured.idle_cpu,
    }


def cores_of(cell: Cell, cores: int) -> int:
    """Cores that a contestant may use."""
    return 1 if cell.contestant.endswith(_ONE_CORE) else cores


def _rates(measured: Measured) -> list[Table]:
    works = dict.fromkeys(cell.work for cell in measured.figures)
    return [
        Table(
            f"{work.capitalize()}: throughput and latency",
            (
                *("size", "contestant", "clients", "pictures/s", "a core", "p50 ms", "p99 ms"),
                *("answered", "refused", "failed", "CPU ms", "asking, ms", "KB moved"),
            ),
            tuple(
                _row(figure, measured.cores)
                for cell, figure in sorted(measured.figures.items(), key=lambda one: _order(one[0]))
                if cell.work == work
            ),
            (
                f"p99 from {LEAST_FOR_P99} answers on. CPU of the contestant's processes and of "
                "the one who asks, a picture. KB over the loopback interface a picture, the "
                "client's own among them; Unix sockets and shared memory are not seen.",
            ),
        )
        for work in works
    ]


def _row(figure: Figure, cores: int) -> tuple[str, ...]:
    cell = figure.cell
    return (
        cell.size,
        cell.contestant,
        str(cell.clients or "loop"),
        f"{figure.rate:.1f}",
        f"{figure.rate / cores_of(cell, cores):.1f}",
        _ms(figure.p50),
        _ms(figure.p99),
        str(figure.answered),
        str(figure.refused),
        str(figure.failed),
        f"{figure.total_cpu_ms:.1f}",
        "-" if cell.contestant in LOOPS else f"{figure.own_ms:.2f}",
        "-" if cell.contestant in LOOPS else f"{figure.loopback / 1000:.0f}",
    )


def _overload(measured: Measured) -> Table:
    return Table(
        "Plates at twice the load that can be done",
        (
            *("contestant", "offered", "pictures/s", "accepted p50 ms", "accepted p99 ms"),
            *("answered", "refused", "failed"),
        ),
        tuple(
            (
                name,
                "steady",
                f"{one.rate:.1f}",
                _ms(one.p50),
                _ms(one.p99),
                str(one.answered),
                str(one.refused),
                str(one.failed),
            )
            for name, one in measured.flooded.items()
        ),
    )


def _cpu(measured: Measured) -> Table:
    chosen = [
        figure
        for cell, figure in measured.figures.items()
        if cell.clients in (1, 16) and cell.size == "720p"
    ]
    rows = [
        (
            figure.cell.work,
            f"{figure.cell.contestant}, {figure.cell.clients} clients",
            group,
            f"{ms:.2f}",
        )
        for figure in sorted(chosen, key=lambda one: _order(one.cell))
        for group, ms in sorted(figure.cpu_ms.items(), key=lambda one: -one[1])
        if ms >= 0.01
    ]
    return Table("CPU a picture by process", ("work", "contestant", "process", "ms"), tuple(rows))


def _accuracy(measured: Measured) -> Table:
    return Table(
        "Accuracy in this run",
        ("picture", "contestant", "right", "of", "share", "95 %"),
        tuple(
            (
                f"{work}, {size}",
                name,
                str(rate.hits),
                str(rate.total),
                f"{rate.share:.1%}",
                rate.interval_text,
            )
            for (name, work, size), right in sorted(
                measured.accuracy.items(), key=lambda one: (one[0][1], one[0][2], one[0][0])
            )
            for rate in [rate_of(right)]
        ),
        ("O and 0, I and 1 count as equal. Of peers, any plate of the picture counts.",),
    )


def _memory(measured: Measured) -> Table:
    held = sorted(measured.idle.items(), key=lambda one: -one[1])
    return Table(
        "Memory of the idle service (PSS)",
        ("process", "", "MiB"),
        tuple((group, "", f"{size / _MIB:.0f}") for group, size in held),
        ()
        if measured.idle_cpu is None
        else (
            f"It uses {measured.idle_cpu:.1%} of a core; two services are idle while others run.",
        ),
    )


def _values(figure: Figure) -> dict[str, Any]:
    return {
        **asdict(figure.cell),
        "pictures/s": figure.rate,
        "p50 ms": figure.p50,
        "p99 ms": figure.p99,
        "answered": figure.answered,
        "refused": figure.refused,
        "failed": figure.failed,
        "CPU ms a picture": figure.cpu_ms,
        "CPU ms a picture of the client": figure.own_ms,
        "loopback bytes a picture": figure.loopback,
        "reasons": figure.reasons,
    }


def _order(cell: Cell) -> tuple[Sequence[str], str, int]:
    sizes = ("small", "720p", "12 MP", "12 MP, small plates")
    return (cell.work, str(sizes.index(cell.size))), cell.contestant, cell.clients


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"

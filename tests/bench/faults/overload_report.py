"""The table of loads beyond the capacity."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from tests.bench.faults.overload import Overload
from tests.bench.faults.steps import Step
from tests.bench.tables import Table

_INGRESS: Final = "Ingress"
_CLIENT: Final = {
    True: "before all others, so that it sends and reads in time",
    False: "in turn with all others: without root it sends and reads late",
}


def table(overload: Overload) -> Table:
    """One row a load."""
    header = (
        "load",
        "",
        "offered/s",
        "accepted/s",
        "p50 / p99 of accepted, ms",
        "refused",
        "with Retry-After",
        "p50 / p99 of refusals, ms",
        "failed",
        "not sent",
        "client late p99, ms",
        "cores: client / HAProxy / Ingress / all of the service",
        "waited for a core, s/s: client / HAProxy / Ingress",
        "Ingress RSS, MB",
    )
    return Table(
        "Loads beyond the capacity",
        header,
        tuple(map(_row, overload.steps)),
        (
            f"{overload.clients} clients, who ask one picture after the other, get "
            f"{overload.capacity:.1f} answers a second: the capacity. The other loads come at a "
            "steady rate, whatever becomes of the requests before; a request's time counts from "
            "when it was due. The client runs on the same cores as the service and takes them "
            f"from it, {_CLIENT[overload.client_first]}.",
            f"A gentle load was answered as before {overload.calm_again_s:.1f} s after the last "
            "overload.",
            *(
                f"{step.load.name}: {count} x {reason}"
                for step in overload.steps
                for reason, count in (*step.refused.items(), *step.failed.items())
            ),
        ),
    )


def values(overload: Overload) -> dict[str, Any]:
    """The same for JSON."""
    return asdict(overload)


def _row(step: Step) -> tuple[str, ...]:
    refused = sum(step.refused.values())
    service, waited = step.spent.service, step.spent.waited
    cores = (
        step.spent.client,
        service.get("HAProxy", 0.0),
        service.get(_INGRESS, 0.0),
        sum(service.values()),
    )
    return (
        step.load.name,
        "",
        f"{step.offered:.1f}",
        f"{step.rate:.1f}",
        _pair(step.accepted_ms.p50, step.accepted_ms.p99),
        str(refused),
        f"{step.with_retry_after / refused:.0%}" if refused else "-",
        _pair(step.refused_ms.p50, step.refused_ms.p99),
        str(sum(step.failed.values())),
        str(step.unsent),
        f"{step.late_p99_ms:.0f}",
        _slashed(cores),
        _slashed((step.spent.client_waited, waited.get("HAProxy", 0.0), waited.get(_INGRESS, 0.0))),
        f"{step.spent.resident_mb.get(_INGRESS, 0.0):.0f}",
    )


def _pair(p50: float | None, p99: float | None) -> str:
    return "-" if p50 is None or p99 is None else f"{p50:.0f} / {p99:.0f}"


def _slashed(values: Iterable[float]) -> str:
    return " / ".join(f"{one:.2f}" for one in values)

"""The table of loads beyond the capacity."""

from tests.bench.faults.overload import Overload
from tests.bench.faults.overload_report import table, values
from tests.bench.faults.steps import Load, Spent, Step, Times

STEP = Step(
    load=Load("10 x the capacity", 20.0, 300.0),
    sent=5000,
    unsent=3,
    late_p99_ms=12.4,
    accepted=500,
    rate=25.0,
    accepted_ms=Times(900.0, 1900.0),
    refused={"503 overloaded": 4000},
    with_retry_after=4000,
    refused_ms=Times(8.0, 31.0),
    failed={"no answer: reset": 2},
    spent=Spent(
        0.3,
        {"HAProxy": 0.1, "Ingress": 0.5, "FaceEncoder": 0.6},
        0.04,
        {"HAProxy": 0.02, "Ingress": 0.9},
        {"Ingress": 612.3},
    ),
)


def test_a_row_says_what_was_offered_and_what_became_of_it() -> None:
    made = table(Overload(115, 30.0, (STEP,), 0.4, client_first=True))

    assert dict(zip(made.header, made.rows[0], strict=True)) == {
        "load": "10 x the capacity",
        "": "",
        "offered/s": "250.0",
        "accepted/s": "25.0",
        "p50 / p99 of accepted, ms": "900 / 1900",
        "refused": "4000",
        "with Retry-After": "100%",
        "p50 / p99 of refusals, ms": "8 / 31",
        "failed": "2",
        "not sent": "3",
        "client late p99, ms": "12",
        "cores: client / HAProxy / Ingress / all of the service": "0.30 / 0.10 / 0.50 / 1.20",
        "waited for a core, s/s: client / HAProxy / Ingress": "0.04 / 0.02 / 0.90",
        "Ingress RSS, MB": "612",
    }
    assert "10 x the capacity: 2 x no answer: reset" in made.notes


def test_the_document_has_what_was_measured_unrounded() -> None:
    (step,) = values(Overload(115, 30.0, (STEP,), 0.4, client_first=True))["steps"]

    assert (step["late_p99_ms"], step["load"]["rate"]) == (12.4, 300.0)

"""What a soak tells."""

from tests.bench.throughput.memory import Held, Samples
from tests.bench.throughput.slices import Answered
from tests.bench.throughput.soak import Outcomes, table, values

MB = 1_000_000


def soaked() -> tuple[Samples, Outcomes]:
    """Two processes of one group, one of another, and a picture of each outcome."""
    samples, outcomes = Samples(), Outcomes()
    for look in range(1, 21):
        growing, still = Held("Ingress", (100 + look) * MB, 0), Held("Ingress", 50 * MB, 0)
        other = Held("others", MB, 0)
        proxy = Held("HAProxy", 10 * MB, 0)
        samples.add(30.0 * look, {7: growing, 8: still, 9: proxy, 10: other, 11: other})
    outcomes.add(Answered(0, "answered", 1.0, 10.0))
    for reason in ("503 overloaded", "503 overloaded"):
        outcomes.add(Answered(0, "refused", 1.0, 10.0, reason=reason))
    outcomes.add(Answered(0, "failed", 1.0, 10.0, reason="no answer: reset"))
    return samples, outcomes


def test_growth_is_told_of_each_process_of_a_group() -> None:
    rows = {row[:2]: row[2:] for row in table(*soaked()).rows}

    assert rows["Ingress", "all"] == ("151", "170", "+120.0 ± 0.0", "+0.0 ± 0.0")
    assert rows["Ingress", "no. 1"] == ("101", "120", "+120.0 ± 0.0", "+0.0 ± 0.0")
    assert rows["Ingress", "no. 2"] == ("50", "50", "+0.0 ± 0.0", "+0.0 ± 0.0")
    assert ("HAProxy", "no. 1") not in rows
    assert ("others", "no. 1") not in rows


def test_the_window_of_the_slopes_and_every_reason_are_told() -> None:
    assert table(*soaked()).notes == (
        "Slopes with their 95 % interval, from minute 2.0 to 10.0: what comes before is the "
        "warm-up.",
        "Pictures: 1 answered, 2 refused, 1 failed",
        "2 x refused: 503 overloaded",
        "1 x failed: no answer: reset",
    )


def test_the_document_has_every_look_of_every_process() -> None:
    document = values(*soaked())

    assert document["reasons"] == {"refused: 503 overloaded": 2, "failed: no answer: reset": 1}
    assert document["slope window s"] == (120.0, 600.0)
    (ingress, *_) = document["processes"]
    assert (ingress["pid"], ingress["group"], len(ingress["PSS MB"])) == (7, "Ingress", 20)

"""The page for Prometheus."""

import pickle

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.parser import text_string_to_metric_families

from deployments.exposition import Measurements, exposition


def measured(replica: str, plates: int) -> Measurements:
    """What a replica says that has read plates, and that has taken a second for each."""
    registry = CollectorRegistry()
    counter = Counter("plates", "Plates.", ["outcome"], registry=registry)
    seconds = Histogram("plate_seconds", "Time.", buckets=(0.5, 2), registry=registry)
    Gauge("waiting", "Calls.", registry=registry).set(plates)
    for _ in range(plates):
        counter.labels("read").inc()
        seconds.observe(1)
    return Measurements.of(replica, registry)


def samples(page: bytes) -> dict[tuple[str, str], float]:
    """Values by name and labels."""
    return {
        (sample.name, " ".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))): (
            sample.value
        )
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_every_sample_says_of_which_replica_it_is() -> None:
    page = exposition({"Ingress": [measured("a", 2), measured("b", 3)], "Reader": []})
    found = samples(page)
    here = "deployment=Ingress outcome=read replica="
    assert found["plates_total", here + "a"] == 2
    assert found["plates_total", here + "b"] == 3
    assert found["plate_seconds_sum", "deployment=Ingress replica=b"] == 3
    assert found["plate_seconds_bucket", "deployment=Ingress le=0.5 replica=b"] == 0
    assert found["plate_seconds_bucket", "deployment=Ingress le=2.0 replica=b"] == 3
    assert found["waiting", "deployment=Ingress replica=a"] == 2


def test_counts_the_replicas_that_answered() -> None:
    page = exposition({"Ingress": [measured("a", 0), measured("b", 0)], "Reader": []})
    assert samples(page)["gatehouse_replicas", "deployment=Ingress"] == 2
    assert samples(page)["gatehouse_replicas", "deployment=Reader"] == 0


def test_a_family_stands_once_however_many_replicas_have_it() -> None:
    page = exposition({"A": [measured("1", 1)], "B": [measured("2", 1)]}).decode()
    assert page.count("# TYPE plates_total counter") == 1
    assert page.count("# TYPE plate_seconds histogram") == 1


def test_measurements_travel_between_processes() -> None:
    sent = measured("a", 2)
    assert pickle.loads(pickle.dumps(sent)) == sent

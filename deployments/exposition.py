"""What every replica measures, put together as one page for Prometheus."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from deployments.metrics import REPLICAS, REPLICAS_MEANING


@dataclass(frozen=True, slots=True)
class Measurements:
    """What one replica has measured since it began.

    Attributes:
        replica: Its name, unique in its deployment.
        families: Metrics with their samples.
    """

    replica: str
    families: tuple[Metric, ...]

    @classmethod
    def of(cls, replica: str, registry: CollectorRegistry) -> "Measurements":
        """All that a registry has now."""
        return cls(replica, tuple(registry.collect()))


def exposition(measured: Mapping[str, Sequence[Measurements]]) -> bytes:
    """The page in Prometheus' text format; every sample says of which replica it is.

    Args:
        measured: By deployment, what its replicas answered; none where none did.
    """
    whole: dict[str, Metric] = {}
    for deployment, replicas in measured.items():
        for one in replicas:
            for family in one.families:
                metric = Metric(family.name, family.documentation, family.type)
                metric = whole.setdefault(family.name, metric)
                here = {"deployment": deployment, "replica": one.replica}
                metric.samples += (
                    sample._replace(labels={**sample.labels, **here}) for sample in family.samples
                )
    answering = GaugeMetricFamily(REPLICAS, REPLICAS_MEANING, labels=["deployment"])
    for deployment, replicas in measured.items():
        answering.add_metric([deployment], len(replicas))
    return generate_latest(_Collected([*whole.values(), answering]))


class _Collected(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        return iter(self._families)

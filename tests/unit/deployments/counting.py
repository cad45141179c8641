"""How much a metric grows while something is done."""

from deployments.metrics import INGRESS, MODELS


class Growth:
    """Values of metrics since it was made."""

    def __init__(self) -> None:
        self._before = _values()

    def of(self, name: str, **labels: str) -> float:
        """By how much a time series has grown."""
        series = (name, frozenset(labels.items()))
        return _values().get(series, 0.0) - self._before.get(series, 0.0)


def _values() -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for registry in (INGRESS, MODELS)
        for family in registry.collect()
        for sample in family.samples
    }

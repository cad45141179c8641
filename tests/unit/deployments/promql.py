"""What the queries of the dashboard and of the alerts ask for."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import promql_parser
import yaml
from prometheus_client import ProcessCollector

from deployments import metrics
from deployments.camera_metrics import camera_families
from pipelines.cameras.frames import CameraStatus, SourceStatus

ROOT = Path(__file__).resolve().parents[3]
DASHBOARD = ROOT / "configs/grafana_dashboard.json"
ALERTS = ROOT / "configs/alerts.yml"

PROMETHEUS_OWN = {"up": {"job", "instance"}}
CAMERAS = {
    sample.name: set(sample.labels)
    for family in camera_families(
        CameraStatus("gate-1", SourceStatus(last_frame_at=datetime.fromtimestamp(0, UTC)))
    )
    for sample in family.samples
}
"""What a service has only with cameras."""

ADDED = {"deployment", "replica", "job", "instance"}
"""Labels that every sample gets: two where the replicas are put together, two from Prometheus."""

_GRAFANA_VARIABLES = {"$__rate_interval": "5m", "$job": "gatehouse"}


@dataclass(frozen=True)
class Asked:
    """A time series that a query names, and the labels by which it picks or groups."""

    name: str
    labels: frozenset[str]


def dashboard_queries() -> list[str]:
    """Every query of the dashboard, with Grafana's variables filled in."""
    dashboard: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    queries = [
        target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())
    ]
    return [_filled(query) for query in queries]


def alerts() -> dict[str, str]:
    """The query of every alert, by name."""
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}


def asked(query: str) -> list[Asked]:
    """The time series that a query names.

    Raises:
        ValueError: It is no PromQL.
    """
    return list(_asked(promql_parser.parse(query), frozenset()))


def _asked(node: Any, grouped: frozenset[str]) -> Iterator[Asked]:
    match node:
        case promql_parser.VectorSelector():
            matched = frozenset(matcher.name for matcher in node.matchers.matchers)
            yield Asked(node.name or "", matched | grouped)
        case promql_parser.MatrixSelector():
            yield from _asked(node.vector_selector, grouped)
        case promql_parser.AggregateExpr():
            by = frozenset(node.modifier.labels if node.modifier else ())
            yield from _asked(node.expr, grouped | by)
        case promql_parser.BinaryExpr():
            yield from _asked(node.lhs, grouped)
            yield from _asked(node.rhs, grouped)
        case promql_parser.Call():
            for argument in node.args:
                yield from _asked(argument, grouped)
        case promql_parser.ParenExpr():
            yield from _asked(node.expr, grouped)


def declared() -> dict[str, set[str]]:
    """The labels of every time series that the code declares, by its name in the scrape."""
    series: dict[str, set[str]] = {metrics.REPLICAS: {"deployment"}}
    for name, family in vars(metrics).items():
        if not name.isupper() or not hasattr(family, "describe"):
            continue
        labels = set(getattr(family, "_labelnames", ()))
        for suffix, more in _SUFFIXES.get(type(family).__name__, {}).items():
            series[family._name + suffix] = labels | more
    for metric in ProcessCollector("gatehouse", registry=None).collect():
        for sample in metric.samples:
            series[sample.name] = set()
    return series


_SUFFIXES: dict[str, dict[str, set[str]]] = {
    "Counter": {"_total": set()},
    "Gauge": {"": set()},
    "Histogram": {"_bucket": {"le"}, "_sum": set(), "_count": set()},
}


def _filled(query: str) -> str:
    for variable, value in _GRAFANA_VARIABLES.items():
        query = query.replace(variable, value)
    return query


def names(queries: Iterable[str]) -> set[str]:
    """The time series that some queries name."""
    return {one.name for query in queries for one in asked(query)}

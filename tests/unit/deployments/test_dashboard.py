"""The dashboard and the alerts ask for metrics that there are."""

import re

import pytest

from tests.unit.deployments import promql
from tests.unit.deployments.promql import ROOT

GUIDE = (ROOT / "OPERATIONS.md").read_text(encoding="utf-8")
QUERIES = [*promql.dashboard_queries(), *promql.alerts().values()]
DECLARED = promql.PROMETHEUS_OWN | promql.declared() | promql.CAMERAS


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_asks_for_declared_metrics_and_labels(query: str) -> None:
    asked = promql.asked(query)
    assert asked
    for one in asked:
        assert one.name in DECLARED
        assert one.labels <= DECLARED[one.name] | promql.ADDED


def test_a_query_of_a_metric_that_is_not_there_is_noticed() -> None:
    [one] = promql.asked("sum by (colour) (rate(gatehouse_cars_total{gate='1'}[5m]))")
    assert one == promql.Asked("gatehouse_cars_total", frozenset({"colour", "gate"}))
    assert one.name not in DECLARED


def test_the_dashboard_shows_every_metric() -> None:
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in promql.names(QUERIES)}
    every = promql.declared() | promql.CAMERAS
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in every}
    assert families - shown == {
        "gatehouse_process_max_fds",
        "gatehouse_process_start_time_seconds",
        "gatehouse_process_virtual_memory_bytes",
    }


def test_the_guide_explains_every_metric_and_every_alert() -> None:
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in promql.declared()}
    explained = set(re.findall(r"`(\w+)`", GUIDE))
    assert families <= explained | {
        name for name in families if name.startswith("gatehouse_process_")
    }
    assert set(promql.alerts()) <= explained

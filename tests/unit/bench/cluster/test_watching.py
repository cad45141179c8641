"""What Serve's state and the hosts say."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from typing import Any

import pytest

from tests.bench.cluster.watching import Look, Replica, Watch, health_urls, read_state

_WANTED = {"Ingress": 2, "DriverIndex": 1}


def _replica(name: str, deployment: str = "Ingress", **fields: Any) -> Replica:
    return Replica(
        name, deployment, fields.get("address", "10.0.0.1"), fields.get("is_running", True)
    )


def _look(*replicas: Replica, is_settled: bool = True) -> Look:
    return Look(0.0, replicas, is_settled, frozenset())


def _state(status: str = "RUNNING", health: str = "HEALTHY") -> dict[str, Any]:
    replicas = [
        {"replica_id": "a", "node_ip": "10.0.0.1", "state": "RUNNING"},
        {"replica_id": "b", "state": "STARTING"},
    ]
    deployments = {"Ingress": {"status": health, "replicas": replicas}}
    return {"applications": {"gatehouse": {"status": status, "deployments": deployments}}}


def test_replicas_are_read_of_serves_state() -> None:
    replicas, is_settled = read_state(_state())

    assert replicas == (_replica("a"), _replica("b", address="", is_running=False))
    assert is_settled


@pytest.mark.parametrize("state", [_state("DEPLOYING"), _state(health="UPDATING")])
def test_an_update_under_way_is_not_settled(state: dict[str, Any]) -> None:
    assert not read_state(state)[1]


def test_before_a_deployment_and_while_one_is_built_nobody_tells() -> None:
    building = {"gatehouse": {"status": "DEPLOYING", "deployments": {}}}
    for applications in ({}, building):
        assert read_state({"applications": applications}) == (None, False)


def test_it_is_whole_with_exactly_the_wanted_replicas() -> None:
    ingress, index = (_replica("a"), _replica("b")), _replica("c", "DriverIndex")

    assert _look(*ingress, index).is_whole(_WANTED)
    assert not _look(*ingress, index, is_settled=False).is_whole(_WANTED)
    assert not _look(ingress[0], index).is_whole(_WANTED)
    assert not _look(*ingress, index, _replica("d")).is_whole(_WANTED)
    stopping = _replica("d", is_running=False)
    assert not _look(*ingress, index, stopping).is_whole(_WANTED)
    assert not Look(0.0, None, False, frozenset()).is_whole(_WANTED)


def test_replicas_are_counted_by_host_and_deployment() -> None:
    look = _look(
        _replica("a"),
        _replica("b", address="10.0.0.2"),
        _replica("c", "DriverIndex", is_running=False),
    )

    assert look.running() == {"Ingress": 2, "DriverIndex": 0}
    assert (look.on("10.0.0.1"), look.on("10.0.0.2"), look.on("10.0.0.3")) == (2, 1, 0)
    assert look.ids("Ingress") == {"a", "b"}
    assert look.ids() == {"a", "b", "c"}


def test_a_deployment_of_several_replicas_on_one_host_is_named() -> None:
    look = _look(
        _replica("a"),
        _replica("b"),
        _replica("c", "DriverIndex"),
        _replica("d", "DriverIndex", address="10.0.0.2"),
        _replica("e", "PlateReader"),
    )

    assert look.together() == ("Ingress",)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = self.headers.get("authorization") == "Bearer secret"
        self.send_response(200 if self.path == "/-/healthz" or known else 401)
        self.end_headers()
        self.wfile.write(dumps(_state()).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _server() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def _first_look(port: int, token: str) -> Look:
    watch = Watch(f"http://127.0.0.1:{port}/state", token, health_urls(["127.0.0.1"], port))
    watch.start()
    try:
        return watch.wait_for(lambda _: True, 0.0, within_s=10.0)
    finally:
        watch.stop()


def test_a_look_has_the_replicas_and_the_hosts_that_answer() -> None:
    began = time.monotonic()
    with _server() as port:
        look = _first_look(port, "secret")

    assert look.at >= began
    assert look.ids() == {"a", "b"}
    assert look.answering == {"127.0.0.1"}


def test_nobody_tells_without_the_token_or_where_nothing_listens() -> None:
    with _server() as port:
        look = _first_look(port, "another")
    assert look.replicas is None
    assert (look.is_settled, look.answering) == (False, frozenset({"127.0.0.1"}))

    look = _first_look(port, "secret")
    assert look.replicas is None
    assert look.answering == frozenset()


def test_what_never_holds_is_said() -> None:
    with _server() as port:
        watch = Watch(f"http://127.0.0.1:{port}/state", "secret", {})
        with pytest.raises(TimeoutError, match=r"^not in 0\.1 s; last: \[\]$"):
            watch.wait_for(lambda _: True, 0.0, within_s=0.1)

"""Questions to every replica, with handles that answer, fail or hang."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from ray import serve

from deployments import every_replica
from deployments.every_replica import EveryReplica
from pipelines.engines.model_cards import ModelCard

CARD = ModelCard("plate reading", "reader", "AGPL-3.0-only", "ab")
NEWER = ModelCard("plate reading", "newer", None, "cd")


class Replica:
    """A replica with its answer; None hangs."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    async def get_async(self) -> Any:
        if self._answer is None:
            await asyncio.Event().wait()
        if isinstance(self._answer, BaseException):
            raise self._answer
        return self._answer


class Handle:
    """A handle to a deployment whose replicas answer these; without any it hangs."""

    def __init__(self, name: str, *answers: Any) -> None:
        self.deployment_name = name
        self.asked: list[str] = []
        self._replicas = [Replica(answer) for answer in answers]

    def broadcast(self, method: str) -> "Handle":
        self.asked.append(method)
        return self

    async def _fetch_replica_results_async(self) -> list[Replica]:
        if not self._replicas:
            await asyncio.Event().wait()
        return self._replicas


def test_replicas_that_do_not_answer_are_left_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(every_replica, "_ANSWER_WITHIN_S", 0.05)
    ingress = Handle("Ingress", "i1", "i2")
    here = SimpleNamespace(deployment="Ingress", app_name="gatehouse")
    monkeypatch.setattr(serve, "get_replica_context", lambda: here)
    monkeypatch.setattr(serve, "get_deployment_handle", lambda *_names: ingress)
    models = [Handle("PlateReader", "r1", RuntimeError("gone")), Handle("FaceEncoder")]
    replicas = EveryReplica(models, [Handle("DriverIndex", "d1", None)])
    answers: Any = asyncio.run(replicas.measurements())
    assert answers == {
        "Ingress": ["i1", "i2"],
        "PlateReader": ["r1"],
        "FaceEncoder": [],
        "DriverIndex": ["d1"],
    }
    assert ingress.asked == ["measurements"]
    assert "a replica of PlateReader did not answer measurements: RuntimeError" in caplog.text
    for hung in ("FaceEncoder", "DriverIndex"):
        assert f"a replica of {hung} did not answer measurements: TimeoutError" in caplog.text


def test_models_are_named_once_however_many_replicas_run_them() -> None:
    models = [Handle("PlateReader", (CARD,), (CARD,), (NEWER,))]
    replicas = EveryReplica(models, [])
    assert asyncio.run(replicas.models()) == [CARD, NEWER]


def test_every_replica_of_every_index_says_how_it_is() -> None:
    indexes = [Handle("DriverIndex", "a", "b"), Handle("DriverIndex-1", "c")]
    replicas = EveryReplica([], indexes)
    answers: Any = asyncio.run(replicas.indexes())
    assert answers == ["a", "b", "c"]


def test_cameras_that_do_not_answer_are_left_out() -> None:
    cameras = [Handle("Camera-gate-1", "a"), Handle("Camera-yard", RuntimeError("gone"))]
    replicas = EveryReplica([], [], cameras)
    answers: Any = asyncio.run(replicas.cameras())
    assert answers == ["a"]


def test_only_the_camera_that_is_meant_is_asked_what_it_sees() -> None:
    cameras = [Handle("Camera-gate-1", "seen"), Handle("Camera-yard", RuntimeError("gone"))]
    replicas = EveryReplica([], [], cameras)
    answers: Any = [asyncio.run(replicas.camera_view(name)) for name in ("gate-1", "yard")]
    assert answers == ["seen", None]
    assert [one.asked for one in cameras] == [["view"], ["view"]]

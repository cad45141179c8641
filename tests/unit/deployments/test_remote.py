"""Failures of other deployments, put into our own tree."""

import asyncio
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from ray.exceptions import ActorDiedError, RayTaskError
from ray.serve.exceptions import BackPressureError, RequestCancelledError

from configs.settings import IngressTuning
from deployments.remote import RemoteStage, Tunable
from pipelines.errors import GatehouseError, Overloaded, Unavailable, UnreadablePicture


class Handle:
    """A handle whose method raises the given errors in turn, then answers."""

    deployment_name = "PlateDetector"

    def __init__(self, *errors: BaseException, delay_s: float = 0.0) -> None:
        self.calls = 0
        self._errors = list(errors)
        self._delay_s = delay_s
        self.detect = self

    async def remote(self, picture: bytes) -> bytes:
        self.calls += 1
        await asyncio.sleep(self._delay_s)
        if self._errors:
            raise self._errors.pop(0)
        return picture


def call(handle: Any, *, repeatable: bool = True, tuning: Tunable | None = None) -> Any:
    stage = RemoteStage(handle, "detect", tuning or Tunable(), repeatable=repeatable)
    return asyncio.run(stage(b"picture"))


def wrapped(error: Exception) -> RayTaskError:
    return RayTaskError("detect", "remote traceback", error)


BARE_OR_WRAPPED: list[Callable[[Exception], Exception]] = [lambda error: error, wrapped]


@pytest.mark.parametrize("form", BARE_OR_WRAPPED, ids=["grpc", "actor"])
def test_named_errors_arrive_as_they_were_raised(form: Callable[[Exception], Exception]) -> None:
    handle = Handle(form(UnreadablePicture("read image error")))
    with pytest.raises(UnreadablePicture, match=r"^read image error$"):
        call(handle)
    assert handle.calls == 1


@pytest.mark.parametrize("form", BARE_OR_WRAPPED, ids=["grpc", "actor"])
def test_a_full_queue_is_overload(form: Callable[[Exception], Exception]) -> None:
    with pytest.raises(Overloaded) as caught:
        call(Handle(form(BackPressureError(5, 5))))
    assert caught.value.extra == {"retry_after_s": 1}


@pytest.mark.parametrize("form", BARE_OR_WRAPPED, ids=["grpc", "actor"])
def test_inference_is_sent_again_once_when_its_replica_died(
    form: Callable[[Exception], Exception],
) -> None:
    handle = Handle(form(ActorDiedError()))
    assert call(handle) == b"picture"
    assert handle.calls == 2


@pytest.mark.parametrize(
    "error",
    [
        grpc.aio.AioRpcError(grpc.StatusCode.CANCELLED, grpc.aio.Metadata(), grpc.aio.Metadata()),
        RequestCancelledError("1"),
        asyncio.CancelledError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_inference_is_sent_again_when_its_replica_is_stopped(error: BaseException) -> None:
    handle = Handle(error)
    assert call(handle) == b"picture"
    assert handle.calls == 2


def test_another_grpc_failure_stays_one() -> None:
    status = grpc.StatusCode.RESOURCE_EXHAUSTED
    with pytest.raises(grpc.aio.AioRpcError):
        call(Handle(grpc.aio.AioRpcError(status, grpc.aio.Metadata(), grpc.aio.Metadata())))


def test_a_cancelled_request_is_not_sent_again() -> None:
    handle: Any = Handle(delay_s=5)

    async def cancel() -> None:
        stage = RemoteStage(handle, "detect", Tunable(), repeatable=True)
        task = asyncio.create_task(stage(b"picture"))
        await asyncio.sleep(0.05)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel())
    assert handle.calls == 1


def test_a_timeout_inside_the_replica_is_not_ours() -> None:
    with pytest.raises(TimeoutError, match="inside"):
        call(Handle(TimeoutError("inside")))


def test_two_dead_replicas_are_unavailable() -> None:
    with pytest.raises(Unavailable, match=r"^PlateDetector.detect has no replica that answers$"):
        call(Handle(ActorDiedError(), ActorDiedError()))


def test_a_write_is_never_sent_again() -> None:
    handle = Handle(ActorDiedError())
    with pytest.raises(Unavailable):
        call(handle, repeatable=False)
    assert handle.calls == 1


def test_a_slow_stage_is_unavailable() -> None:
    with pytest.raises(Unavailable, match=r"^PlateDetector.detect did not answer in 0.05 s$"):
        call(Handle(delay_s=5), tuning=tuned(inference_timeout_s=0.05))


class SilentOnce(Handle):
    """Its first call is never answered, as by a replica whose machine lost its power."""

    async def remote(self, picture: bytes) -> bytes:
        if self.calls == 0:
            self.calls += 1
            await asyncio.Event().wait()
        return await super().remote(picture)


def tuned(**values: Any) -> Tunable:
    tuning = Tunable()
    tuning.current = IngressTuning(**values)
    return tuning


def test_a_silent_replica_is_given_up_and_the_stage_asked_again() -> None:
    handle = SilentOnce()
    assert call(handle, tuning=tuned(silent_after_s=0.05)) == b"picture"
    assert handle.calls == 2


def test_a_stage_that_stays_silent_has_its_whole_time_in_the_end() -> None:
    handle = Handle(delay_s=5)
    with pytest.raises(Unavailable, match=r"^PlateDetector.detect did not answer in 0.1 s$"):
        call(handle, tuning=tuned(silent_after_s=0.05, inference_timeout_s=0.1))
    assert handle.calls == 2


def test_a_silent_write_is_not_sent_again() -> None:
    handle = SilentOnce()
    with pytest.raises(Unavailable, match=r"^PlateDetector.detect did not answer in 0.1 s$"):
        call(handle, repeatable=False, tuning=tuned(silent_after_s=0.05, inference_timeout_s=0.1))
    assert handle.calls == 1


def test_silence_is_borne_where_nothing_else_is_said() -> None:
    handle = SilentOnce()
    with pytest.raises(Unavailable):
        call(handle, tuning=tuned(inference_timeout_s=0.05))
    assert handle.calls == 1


@pytest.mark.parametrize("form", BARE_OR_WRAPPED, ids=["grpc", "actor"])
def test_an_unexpected_failure_stays_one(form: Callable[[Exception], Exception]) -> None:
    with pytest.raises((RuntimeError, RayTaskError)) as caught:
        call(Handle(form(RuntimeError("boom"))))
    assert not isinstance(caught.value, GatehouseError)

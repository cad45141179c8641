"""Health and batches of the deployments that hold a model."""

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from deployments.model_replica import ModelReplica, settle, tune_batches
from pipelines.errors import ConfigurationError, UnreadablePicture


def work(error: Exception | None) -> str:
    if error:
        raise error
    return "done"


async def run(replica: ModelReplica, *errors: Exception | None) -> None:
    for error in errors:
        try:
            assert await replica.in_thread(work, error) == "done"
        except (RuntimeError, UnreadablePicture) as raised:
            assert raised is error
    await replica.check_health()


BROKEN = RuntimeError("broken")


@pytest.mark.parametrize(
    "errors",
    [
        [],
        [BROKEN, BROKEN],
        [BROKEN, BROKEN, None, BROKEN],
        [BROKEN, BROKEN, UnreadablePicture("read image error"), BROKEN],
        [UnreadablePicture("read image error")] * 5,
    ],
)
def test_stays_healthy_while_some_calls_succeed(errors: list[Exception | None]) -> None:
    asyncio.run(run(ModelReplica(), *errors))


def test_is_unhealthy_when_every_call_fails() -> None:
    with pytest.raises(ConfigurationError, match="the last 3 calls failed"):
        asyncio.run(run(ModelReplica(), BROKEN, BROKEN, BROKEN))


def test_settle_returns_results_and_raises_errors() -> None:
    assert settle(()) == ()
    with pytest.raises(UnreadablePicture):
        settle(UnreadablePicture("read image error"))


class Batched:
    size: int
    wait: float

    def set_max_batch_size(self, size: int) -> None:
        self.size = size

    def set_batch_wait_timeout_s(self, wait: float) -> None:
        self.wait = wait


def test_user_config_changes_batches() -> None:
    batched = Batched()
    tune_batches(batched, {"max_batch_size": 7, "batch_wait_timeout_s": 0.5})
    assert (batched.size, batched.wait) == (7, 0.5)


@pytest.mark.parametrize("user_config", [{"max_batch": 7}, {"max_batch_size": 0}])
def test_bad_user_config_is_refused(user_config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        tune_batches(Batched(), user_config)

"""Calls to other deployments, with their failures put into our own error tree."""

import asyncio
import logging
from typing import Any

import grpc
from ray.exceptions import RayActorError, RayTaskError
from ray.serve.exceptions import (
    BackPressureError,
    DeploymentUnavailableError,
    ReplicaUnavailableError,
    RequestCancelledError,
)
from ray.serve.handle import DeploymentHandle

from configs.settings import IngressTuning
from pipelines.errors import GatehouseError, Overloaded, Unavailable

_log = logging.getLogger(__name__)

# ActorUnavailableError and ActorDiedError are RayActorErrors. A replica that is stopped in the
# middle of a call over gRPC answers CANCELLED or UNAVAILABLE, as Serve's error or as gRPC's own.
_LOST_REPLICA = (
    RayActorError,
    ReplicaUnavailableError,
    DeploymentUnavailableError,
    RequestCancelledError,
    grpc.aio.AioRpcError,
)


class RemoteStage:
    """One method of another deployment.

    Args:
        handle: Of the deployment.
        method: Its name there.
        tuning: Read at every call, so that a changed ``user_config`` holds at once.
        repeatable: Whether a call may be sent again when the replica died under it. Pure
            inference may; a write whose answer was lost may not.
    """

    def __init__(
        self, handle: DeploymentHandle, method: str, tuning: "Tunable", *, repeatable: bool
    ) -> None:
        self._remote = getattr(handle, method)
        self._name = f"{handle.deployment_name}.{method}"
        self._tuning = tuning
        self._attempts = 2 if repeatable else 1

    async def __call__(self, *args: Any) -> Any:
        """Calls the method and waits for its answer.

        Raises:
            GatehouseError: As the method raised it.
            Overloaded: The deployment's queue is full.
            Unavailable: No replica answered, or not in time.
        """
        timeout_s = self._tuning.current.inference_timeout_s
        silent_after_s = self._tuning.current.silent_after_s
        lost: BaseException | None = None
        for further in reversed(range(self._attempts)):
            may_ask_again = further > 0 and silent_after_s is not None
            try:
                async with asyncio.timeout(silent_after_s if may_ask_again else timeout_s) as limit:
                    return await self._send(*args)
            except BackPressureError as error:
                raise Overloaded(
                    "the service is busy, try again shortly",
                    {"retry_after_s": self._tuning.current.retry_after_s},
                ) from error
            except TimeoutError as error:
                if not limit.expired():
                    raise
                if not may_ask_again:
                    raise Unavailable(f"{self._name} did not answer in {timeout_s:g} s") from error
                _log.warning("%s is silent for %g s: asked again", self._name, silent_after_s)
            except (*_LOST_REPLICA, asyncio.CancelledError) as error:
                if not _replica_was_lost(error):
                    raise
                _log.warning("%s lost its replica: %r", self._name, error)
                lost = error
        raise Unavailable(f"{self._name} has no replica that answers") from lost

    async def _send(self, *args: Any) -> Any:
        try:
            return await self._remote.remote(*args)
        except RayTaskError as error:
            # Between actors our errors arrive wrapped; over gRPC they arrive bare.
            if isinstance(error.cause, GatehouseError | BackPressureError | RayActorError):
                raise error.cause from error
            raise


def lost_its_replica(error: object) -> bool:
    """Whether a stage raised this because every replica that it asked died under the call."""
    if not isinstance(error, Unavailable):
        return False
    return isinstance(error.__cause__, (*_LOST_REPLICA, asyncio.CancelledError))


def _replica_was_lost(error: BaseException) -> bool:
    if isinstance(error, asyncio.CancelledError):
        # Ours when this task is being cancelled; otherwise the call inside the other replica was.
        task = asyncio.current_task()
        return task is not None and task.cancelling() == 0
    if isinstance(error, grpc.aio.AioRpcError):
        return error.code() in (grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE)
    return True


class Tunable:
    """Holder of the ingress's ``user_config``, replaced as a whole."""

    def __init__(self) -> None:
        self.current = IngressTuning()

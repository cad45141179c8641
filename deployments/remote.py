"""Calls to other deployments, with their failures put into our own error tree."""

import asyncio
import logging
from typing import Any

from ray.exceptions import RayActorError, RayTaskError
from ray.serve.exceptions import (
    BackPressureError,
    DeploymentUnavailableError,
    ReplicaUnavailableError,
)
from ray.serve.handle import DeploymentHandle

from configs.settings import IngressTuning
from pipelines.errors import GatehouseError, Overloaded, Unavailable

_log = logging.getLogger("gatehouse.remote")

# ActorUnavailableError and ActorDiedError are RayActorErrors.
_LOST_REPLICA = (RayActorError, ReplicaUnavailableError, DeploymentUnavailableError)


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
        for attempt in range(1, self._attempts + 1):
            try:
                return await asyncio.wait_for(self._send(*args), timeout_s)
            except BackPressureError as error:
                raise Overloaded(
                    "the service is busy, try again shortly",
                    {"retry_after_s": self._tuning.current.retry_after_s},
                ) from error
            except _LOST_REPLICA as error:
                _log.warning("%s lost its replica (attempt %d): %s", self._name, attempt, error)
                lost: Exception = error
            except TimeoutError as error:
                raise Unavailable(f"{self._name} did not answer in {timeout_s:g} s") from error
        raise Unavailable(f"{self._name} has no replica that answers") from lost

    async def _send(self, *args: Any) -> Any:
        try:
            return await self._remote.remote(*args)
        except RayTaskError as error:
            # Between actors our errors arrive wrapped; over gRPC they arrive bare.
            if isinstance(error.cause, GatehouseError | BackPressureError | RayActorError):
                raise error.cause from error
            raise


class Tunable:
    """Holder of the ingress's ``user_config``, replaced as a whole."""

    def __init__(self) -> None:
        self.current = IngressTuning()

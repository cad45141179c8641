"""Questions to every live replica of the application at once."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ray import serve
from ray.serve.handle import DeploymentHandle

from deployments.camera_options import camera_name
from deployments.exposition import Measurements
from pipelines.cameras.frames import CameraStatus, CameraView
from pipelines.engines.model_cards import ModelCard
from pipelines.gallery.index_status import IndexStatus

_log = logging.getLogger(__name__)

_ANSWER_WITHIN_S: Final = 2.0


class EveryReplica:
    """Asks all replicas of the deployments; those that do not answer in time are left out.

    Args:
        models: Of the deployments that hold a model.
        indexes: Of the gallery's shards.
        cameras: Of the cameras.
    """

    def __init__(
        self,
        models: Iterable[DeploymentHandle],
        indexes: Iterable[DeploymentHandle],
        cameras: Iterable[DeploymentHandle] = (),
    ) -> None:
        self._models = tuple(models)
        self._indexes = tuple(indexes)
        self._cameras = tuple(cameras)
        self._ingress: DeploymentHandle | None = None

    async def measurements(self) -> Mapping[str, Sequence[Measurements]]:
        """What each replica has measured, by deployment, the ingress too."""
        if self._ingress is None:
            here = serve.get_replica_context()
            self._ingress = serve.get_deployment_handle(here.deployment, here.app_name)
        handles = (self._ingress, *self._models, *self._indexes, *self._cameras)
        return await _ask(handles, "measurements")

    async def models(self) -> Sequence[ModelCard]:
        """The models that run; more than usual while they are being replaced."""
        answers = await _ask(self._models, "models")
        return list(dict.fromkeys(card for cards in answers.values() for card in sum(cards, ())))

    async def indexes(self) -> Sequence[IndexStatus]:
        """What each replica of each shard says of its index, shard 0 first."""
        answers = await _ask(self._indexes, "status")
        return [status for statuses in answers.values() for status in statuses]

    async def cameras(self) -> Sequence[CameraStatus]:
        """How each camera is getting on, but those that do not answer."""
        answers = await _ask(self._cameras, "status")
        return [status for statuses in answers.values() for status in statuses]

    async def camera_view(self, camera_id: str, /) -> CameraView | None:
        """What a camera of the settings sees now; None where it does not answer."""
        name = camera_name(camera_id)
        answers = await _ask((one for one in self._cameras if one.deployment_name == name), "view")
        return next((view for views in answers.values() for view in views), None)


async def _ask(handles: Iterable[DeploymentHandle], method: str) -> dict[str, list[Any]]:
    async def answers(handle: DeploymentHandle) -> list[Any]:
        # Serve's own results_async is as slow as the slowest replica, and a hung one has no end.
        asked = handle.broadcast(method)._fetch_replica_results_async()
        replicas = await asyncio.wait_for(asked, _ANSWER_WITHIN_S)
        waits = (asyncio.wait_for(one.get_async(), _ANSWER_WITHIN_S) for one in replicas)
        return await asyncio.gather(*waits, return_exceptions=True)

    asked = tuple(handles)
    outcomes = await asyncio.gather(*map(answers, asked), return_exceptions=True)
    found: dict[str, list[Any]] = {}
    for handle, outcome in zip(asked, outcomes, strict=True):
        name = handle.deployment_name
        each = [outcome] if isinstance(outcome, BaseException) else outcome
        found[name] = [one for one in each if not isinstance(one, BaseException)]
        for error in (one for one in each if isinstance(one, BaseException)):
            _log.warning("a replica of %s did not answer %s: %r", name, method, error)
    return found

"""Who is asked what the replicas have measured, and what they run."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from deployments.exposition import Measurements
from deployments.metrics import INGRESS
from pipelines.cameras.frames import CameraStatus, CameraView
from pipelines.engines.model_cards import ModelCard
from pipelines.gallery.index_status import IndexStatus


class Replicas(Protocol):
    """All live replicas of the application."""

    async def measurements(self) -> Mapping[str, Sequence[Measurements]]:
        """What each has measured, by deployment."""
        ...

    async def models(self) -> Sequence[ModelCard]:
        """The models that run."""
        ...

    async def indexes(self) -> Sequence[IndexStatus]:
        """What each replica of the gallery's index says of itself."""
        ...

    async def cameras(self) -> Sequence[CameraStatus]:
        """How each camera is getting on, but those that do not answer."""
        ...

    async def camera_view(self, camera_id: str, /) -> CameraView | None:
        """What a camera of the settings sees now; None where it does not answer."""
        ...


class ThisProcess:
    """An application without deployments: the ingress alone."""

    async def measurements(self) -> Mapping[str, Sequence[Measurements]]:
        return {"Ingress": [Measurements.of("here", INGRESS)]}

    async def models(self) -> Sequence[ModelCard]:
        return ()

    async def indexes(self) -> Sequence[IndexStatus]:
        return ()

    async def cameras(self) -> Sequence[CameraStatus]:
        return ()

    async def camera_view(self, _camera_id: str, /) -> CameraView | None:
        return None

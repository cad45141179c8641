"""Events of the pictures that cameras send."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from deployments.ingress.middleware import request_id
from deployments.ingress.v1.picture_bodies import Shot
from deployments.stage_times import measured_as
from pipelines.events.sightings import Sighting

T = TypeVar("T")

EVENT_ID = (
    "The event that was stored of it; null without `camera_id`, and where the store did not take "
    "it in time."
)


def sighting(shot: Shot) -> Sighting:
    """Where, when and for whom a picture is looked at."""
    return Sighting(shot.camera_id, shot.timestamp or datetime.now(UTC), request_id.get())


async def recorded(
    record: Callable[[Sighting, Sequence[T]], Awaitable[list[int | None]]],
    shot: Shot,
    seen: Sequence[T],
) -> Sequence[int | None]:
    """Records what a camera showed; a picture of no camera is none of the journal's business.

    Args:
        record: A method of ``Sightings``.
        shot: What the caller told of the picture.
        seen: What was recognised.

    Returns:
        The id of each event, or None.

    Raises:
        Unavailable: They could not be stored, and are required.
    """
    if shot.camera_id is None:
        return [None] * len(seen)
    with measured_as("record"):
        return await record(sighting(shot), seen)

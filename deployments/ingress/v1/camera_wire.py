"""What /v1/cameras answers, as JSON."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from configs.camera_settings import CameraSettings
from deployments.ingress.wire import Wire
from pipelines.cameras.frames import CameraState, CameraStatus, SourceStatus

NO_ANSWER = "its replica does not answer; it is started again by itself"


class CameraOut(Wire):
    """One camera, without its address, which may hold a password."""

    id: str = Field(examples=["gate-1"])
    look_for: list[Literal["plates", "faces"]] = Field(examples=[["plates", "faces"]])
    state: CameraState = Field(
        examples=["watching"],
        description="`ended` is a file that was played to its end. What has `failed` is tried "
        "again and again.",
    )
    reason: str | None = Field(examples=[None], description="Why it failed; null otherwise.")
    frames_seen: int = Field(examples=[91_250], description="Pictures that the stream brought.")
    frames_sampled: int = Field(examples=[14_600], description="Those that were to be looked at.")
    frames_dropped: int = Field(
        examples=[12],
        description="Those of them that a newer one replaced before it was looked at.",
    )
    frames_failed: int = Field(
        examples=[0], description="Those that were not looked at because a model did not answer."
    )
    last_frame_at: datetime | None = Field(
        examples=["2026-11-22T04:30:00Z"], description="When the stream last brought a picture."
    )
    reconnects: int = Field(
        examples=[1], description="Times that the stream was opened again after it had failed."
    )
    plate_events: int = Field(examples=[37], description="Vehicles that were recorded as events.")
    face_events: int = Field(examples=[12], description="People who were recorded as events.")
    repeated: int = Field(
        examples=[4],
        description="Vehicles and people who came again soon after and raised no second event.",
    )
    unclear: int = Field(
        examples=[2], description="Vehicles and people who passed without a clear result."
    )
    lost: int = Field(
        examples=[0],
        description="Vehicles and people who were decided on and could not be recorded.",
    )

    @classmethod
    def of(cls, camera: CameraSettings, status: CameraStatus | None) -> Self:
        """A camera of the settings, and what it says of itself; None where it says nothing."""
        if status is None:
            gone = SourceStatus(state=CameraState.FAILED, reason=NO_ANSWER)
            status = CameraStatus(camera.id, gone)
        source, tally = status.source, status.tally
        return cls(
            id=camera.id,
            look_for=list(camera.look_for),
            state=source.state,
            reason=source.reason,
            frames_seen=source.seen,
            frames_sampled=source.sampled,
            frames_dropped=source.dropped,
            frames_failed=tally.failed_looks,
            last_frame_at=source.last_frame_at,
            reconnects=source.reconnects,
            plate_events=tally.plate_events,
            face_events=tally.face_events,
            repeated=tally.repeated,
            unclear=tally.unclear,
            lost=tally.lost,
        )


class CameraList(Wire):
    """All cameras of the settings, in their order."""

    cameras: list[CameraOut]

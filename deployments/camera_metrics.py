"""What a camera measures beside its stages and events: names and labels are promises here too."""

from typing import Final

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from pipelines.cameras.frames import CameraState, CameraStatus

_FRAMES: Final = (
    "Pictures of a camera: seen are all of its stream; sampled, those that were to be looked at; "
    "dropped, those sampled that a newer one replaced first; failed, those that no model answered."
)


def camera_families(one: CameraStatus) -> tuple[Metric, ...]:
    """A camera's status as metrics, as of now."""
    camera = ["camera"]
    name, source = one.camera_id, one.source
    frames = CounterMetricFamily("gatehouse_camera_frames", _FRAMES, labels=[*camera, "kind"])
    passages = CounterMetricFamily(
        "gatehouse_camera_passages",
        "What passed a camera: plate and face were recorded, repeated were recorded shortly "
        "before, unclear could not be told, lost could not be recorded.",
        labels=[*camera, "outcome"],
    )
    reconnects = CounterMetricFamily(
        "gatehouse_camera_reconnects",
        "Times that a camera's stream was opened again after it had failed.",
        labels=camera,
    )
    state = GaugeMetricFamily(
        "gatehouse_camera_state",
        "1 for the state that a camera is in: connecting, watching, ended or failed; else 0.",
        labels=[*camera, "state"],
    )
    newest = GaugeMetricFamily(
        "gatehouse_camera_last_frame_timestamp_seconds",
        "When a camera last brought a picture, seconds since 1970.",
        labels=camera,
    )
    for kind, count in (
        ("seen", source.seen),
        ("sampled", source.sampled),
        ("dropped", source.dropped),
        ("failed", one.tally.failed_looks),
    ):
        frames.add_metric([name, kind], count)
    for outcome, count in (
        ("plate", one.tally.plate_events),
        ("face", one.tally.face_events),
        ("repeated", one.tally.repeated),
        ("unclear", one.tally.unclear),
        ("lost", one.tally.lost),
    ):
        passages.add_metric([name, outcome], count)
    reconnects.add_metric([name], source.reconnects)
    for possible in CameraState:
        state.add_metric([name, possible.value], possible is source.state)
    if source.last_frame_at is not None:
        newest.add_metric([name], source.last_frame_at.timestamp())
    return frames, passages, reconnects, state, newest

"""What a camera works with: compositions over handles to the other deployments."""

from ray.serve.handle import DeploymentHandle

from configs.camera_settings import CameraSettings
from configs.settings import Settings
from deployments.metrics import EVENTS
from deployments.remote import RemoteStage, Tunable
from deployments.remote_events import RemoteEvents
from deployments.remote_vehicles import RemoteVehicles
from deployments.timed import TimedGallery, TimedStage
from pipelines.cameras.running import CameraRun, build_source
from pipelines.cameras.watch import CameraWatch, Stages
from pipelines.drivers.recognition import DriverRecognition
from pipelines.events.recording import EventRecorder, Refused, nothing
from pipelines.events.records import Event, NewEvent
from pipelines.events.sightings import Sightings
from pipelines.plates import PlatePipeline
from pipelines.storage.crops import CropStore

Models = tuple[DeploymentHandle, DeploymentHandle, DeploymentHandle]


class CameraEvents(EventRecorder):
    """Counts the events that were stored; the others are sent again, and counted by the camera."""

    async def record(self, *new: NewEvent, refused: Refused = nothing) -> tuple[Event, ...] | None:
        """Store events; see ``EventRecorder.record``."""
        stored = await super().record(*new, refused=refused)
        EVENTS.labels("stored").inc(len(stored or ()))
        return stored


def assemble_camera(
    camera: CameraSettings,
    settings: Settings,
    tuning: Tunable,
    models: Models,
    driver_indexes: tuple[DeploymentHandle, ...],
) -> CameraRun:
    """Bind everything that one camera uses.

    Args:
        camera: Which one.
        settings: Of the application.
        tuning: As it is at any time.
        models: Plate detector, plate reader and face encoder.
        driver_indexes: One a shard.
    """
    stages = camera_stages(settings, tuning, models, driver_indexes)
    recorder = CameraEvents(RemoteEvents(driver_indexes, tuning), settings.events)
    sightings = Sightings(recorder, CropStore(settings.storage))
    return CameraRun(camera, build_source(camera), CameraWatch(camera, settings, stages, sightings))


def camera_stages(
    settings: Settings,
    tuning: Tunable,
    models: Models,
    driver_indexes: tuple[DeploymentHandle, ...],
) -> Stages:
    """What a camera asks; the arguments are those of ``assemble_camera``."""
    detect, read, encode = (
        TimedStage(stage, RemoteStage(handle, method, tuning, repeatable=True))
        for stage, method, handle in zip(
            ("detect", "read", "embed"), ("detect", "read", "encode"), models, strict=True
        )
    )
    gallery = TimedGallery(driver_indexes, tuning, settings.gallery.top_k)
    return Stages(
        # Most pictures of a camera are empty: they are not counted among those of callers.
        read=PlatePipeline(detect, read, settings).read_picture,
        encode=encode,
        recognise=DriverRecognition(encode, gallery, settings.gallery).recognise,
        match=TimedStage("match", RemoteVehicles(driver_indexes, tuning).match),
    )

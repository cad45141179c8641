"""What a camera works with: compositions over handles to the other deployments."""

from ray.serve.handle import DeploymentHandle

from configs.camera_settings import CameraSettings
from configs.settings import Settings
from deployments.ingress.counted import CountedEvents, CountedPlates
from deployments.remote import RemoteStage, Tunable
from deployments.remote_events import RemoteEvents
from deployments.remote_vehicles import RemoteVehicles
from deployments.timed import TimedGallery, TimedStage
from pipelines.cameras.running import CameraRun, build_source
from pipelines.cameras.watch import CameraWatch, Stages
from pipelines.drivers.recognition import DriverRecognition
from pipelines.events.sightings import Sightings
from pipelines.storage.crops import CropStore


def assemble_camera(
    camera: CameraSettings,
    settings: Settings,
    tuning: Tunable,
    models: tuple[DeploymentHandle, DeploymentHandle, DeploymentHandle],
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
    detect, read, encode = (
        TimedStage(stage, RemoteStage(handle, method, tuning, repeatable=True))
        for stage, method, handle in zip(
            ("detect", "read", "embed"), ("detect", "read", "encode"), models, strict=True
        )
    )
    gallery = TimedGallery(driver_indexes, tuning, settings.gallery.top_k)
    stages = Stages(
        read=CountedPlates(detect, read, settings).read_picture,
        encode=encode,
        recognise=DriverRecognition(encode, gallery, settings.gallery).recognise,
        match=TimedStage("match", RemoteVehicles(driver_indexes, tuning).match),
    )
    recorder = CountedEvents(RemoteEvents(driver_indexes, tuning), settings.events)
    sightings = Sightings(recorder, CropStore(settings.storage))
    return CameraRun(camera, build_source(camera), CameraWatch(camera, settings, stages, sightings))

"""The settings tree: the only place that names a setting.

It is filled from ``args:`` of the application in a Serve YAML file. Unknown keys are refused at
every level and every number is bounded. A secret is given as the name of an environment variable
or a file, never as a value in the YAML.
"""

from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from configs.access_settings import AccessSettings
from configs.camera_settings import CameraSettings
from configs.engine_settings import (
    EngineSettings,
    FaceEncoderSettings,
    PlateDetectorSettings,
    PlateReaderSettings,
)
from configs.event_settings import EventSettings
from configs.gallery_settings import (
    EnrolmentSettings,
    GallerySettings,
    RetentionSettings,
    StorageSettings,
)
from configs.gate_settings import GateSettings
from configs.section import MIB, ROOT, Fraction, Runtime, Section
from configs.tile_settings import TileSettings
from configs.webhook_settings import WebhookSettings

__all__ = [
    "MIB",
    "MOST_BODY_BYTES",
    "ROOT",
    "AccessSettings",
    "CameraSettings",
    "EngineSettings",
    "EnrolmentSettings",
    "EventSettings",
    "FaceEncoderSettings",
    "Fraction",
    "GallerySettings",
    "GateSettings",
    "PlateDetectorSettings",
    "PlateReaderSettings",
    "RetentionSettings",
    "Runtime",
    "Section",
    "StorageSettings",
    "TileSettings",
    "WebhookSettings",
]

MOST_BODY_BYTES: Final = 64 * MIB
"""No ``limits.max_body_bytes`` is larger."""


class LimitSettings(Section):
    """What one request may cost."""

    max_body_bytes: int = Field(
        16 * MIB,
        ge=1024,
        le=MOST_BODY_BYTES,
        description="Largest request body; more is answered 413.",
    )
    max_import_bytes: int = Field(
        8 * 1024 * MIB,
        ge=MIB,
        le=1024 * 1024 * MIB,
        description="Largest gallery file that is imported; it is received into a temporary file.",
    )
    import_timeout_s: float = Field(
        3600.0,
        gt=0,
        le=86_400,
        description="Longest time for an import, upload included; then 503, and the same file "
        "again goes on where it stopped.",
    )
    max_pixels: int = Field(
        50_000_000, ge=10_000, le=200_000_000, description="Largest width x height; more is 413."
    )
    max_images: int = Field(
        32,
        ge=3,
        le=100,
        description="Most pictures in one registration or batch; more is answered 400.",
    )
    max_requests_in_flight: int = Field(
        64,
        ge=1,
        le=10_000,
        description="Requests under way in one ingress replica; more is answered 503. Keep it "
        "below the ingress's max_ongoing_requests, so that every refusal is one of ours.",
    )
    max_wait_s: float | None = Field(
        2.0,
        gt=0,
        le=600,
        description="Longest time that a request may be at the stages, in their lines and with "
        "their models, judged by how many of its route are there and how quickly the last 32 or "
        "more ended; while it would be longer, requests of that route are answered 503 at once. "
        "Fewer than 8 are not judged. Null: max_requests_in_flight alone decides.",
    )
    max_bytes_in_flight: int = Field(
        256 * MIB,
        ge=64 * MIB,
        le=64 * 1024 * MIB,
        description="Bodies under way in one ingress replica, by their declared sizes; more is "
        "answered 503. Pictures by URL (image_url) may take as much again: no more of them are "
        "held at once than fit into it at pictures.max_bytes each, but always two; others wait.",
    )
    request_timeout_s: float = Field(
        100.0,
        gt=0,
        le=3600,
        description="Longest time to an answer; then 503. Keep it below Serve's "
        "request_timeout_s, whose answer is plain text.",
    )
    body_timeout_s: float = Field(
        30.0,
        gt=0,
        le=3600,
        description="Time for a request's body to arrive, but an import's, and a second more for "
        "every 32 KiB of it; then 408.",
    )
    model_niceness: int = Field(
        5,
        ge=0,
        le=19,
        description="How far the threads that run a model stand back (nice) behind all others, so "
        "that a machine that is full still takes, refuses and answers requests at once; 0 not at "
        "all.",
    )
    ready_timeout_s: float = Field(
        5.0, gt=0, le=60, description="/readyz calls a stage not ready that takes longer."
    )
    ready_keep_s: float = Field(
        3.0, ge=0, le=60, description="/readyz asks the stages again after this time."
    )


class PictureSourceSettings(Section):
    """Where pictures by id come from."""

    base_url: str = Field(
        "pipelines/training/sample_pictures",
        min_length=1,
        description="http(s) URL (GET {base_url}/images/{id}), a folder, or any fsspec URL.",
    )
    timeout_s: float = Field(5.0, gt=0, le=60, description="For one attempt.")
    retries: int = Field(2, ge=0, le=10, description="Further attempts after a failed one.")
    max_bytes: int = Field(16 * MIB, ge=1024, le=64 * MIB, description="Largest picture taken.")
    concurrency: int = Field(8, ge=1, le=256, description="Fetches under way at once, a replica.")
    max_batch: int = Field(100, ge=1, le=10_000, description="Most ids in one batch request.")
    batch_timeout_s: float = Field(
        60.0, gt=0, le=3600, description="For one batch; what is unfinished then counts as failed."
    )
    max_id_length: int = Field(128, ge=1, le=512, description="Longest picture id.")
    allowed_urls: tuple[str, ...] = Field(
        (),
        max_length=100,
        description="URLs below which requests may name pictures (image_url), such as "
        "https://cameras.example.com/snapshots/; none by default. Who may recognise may have any "
        "of them fetched.",
    )


class PlateTextSettings(Section):
    """How a reading becomes the plate's text."""

    cyrillic: bool = Field(
        False, description="The plate-reader routes answer Russian plates in Cyrillic letters."
    )
    region: str | None = Field(
        None,
        pattern=r"^[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?$",
        description="The only region whose formats are tried: ISO 3166-1 alpha-2 code of a country "
        "or ISO 3166-2 code of a state.",
    )


class BatchTuning(Section):
    """``user_config`` of the deployments that hold a model; changes without a restart."""

    max_batch_size: int = Field(4, ge=1, le=256, description="Most items of one forward pass.")
    batch_wait_timeout_s: float = Field(
        0.0, ge=0, le=1, description="How long an item may wait for company; 0 never waits."
    )


class IngressTuning(Section):
    """``user_config`` of the ingress; changes without a restart."""

    inference_timeout_s: float = Field(
        30.0, gt=0, le=600, description="Longest wait for one stage of a picture; then 503."
    )
    silent_after_s: float | None = Field(
        None,
        gt=0,
        le=600,
        description="A stage that may be asked twice and has not answered by then is asked again: "
        "a machine that loses its power says no farewell. Well above what a stage takes under "
        "full load, below inference_timeout_s; null: never.",
    )
    retry_after_s: int = Field(1, ge=1, le=600, description="Retry-After of a 503 by overload.")
    calls_at_once: int = Field(
        64,
        ge=1,
        le=10_000,
        description="Calls to one stage under way at a time, from one replica of the ingress. What "
        "arrives meanwhile shares the next calls. Twice as many as the stage has replicas keep "
        "them all busy.",
    )
    items_a_call: int = Field(4, ge=1, le=16, description="Most pictures that share a call.")

    @model_validator(mode="after")
    def _asks_again_before_it_gives_up(self) -> Self:
        if self.silent_after_s is not None and self.silent_after_s >= self.inference_timeout_s:
            raise ValueError("silent_after_s must be below inference_timeout_s")
        return self


class Settings(Section):
    """Everything that can be set."""

    access: AccessSettings = AccessSettings()
    limits: LimitSettings = LimitSettings()
    pictures: PictureSourceSettings = PictureSourceSettings()
    plate_detector: PlateDetectorSettings = PlateDetectorSettings()
    plate_reader: PlateReaderSettings = PlateReaderSettings()
    plate_text: PlateTextSettings = PlateTextSettings()
    face_encoder: FaceEncoderSettings = FaceEncoderSettings()
    gallery: GallerySettings = GallerySettings()
    enrolment: EnrolmentSettings = EnrolmentSettings()
    events: EventSettings = EventSettings()
    webhooks: WebhookSettings = WebhookSettings()
    cameras: tuple[CameraSettings, ...] = Field(
        (),
        max_length=256,
        description="Cameras that the service watches, each in a deployment of its own.",
    )
    gate: GateSettings = GateSettings()
    retention: RetentionSettings = RetentionSettings()
    storage: StorageSettings = StorageSettings()

    @field_validator("cameras")
    @classmethod
    def _are_told_apart(cls, cameras: tuple[CameraSettings, ...]) -> tuple[CameraSettings, ...]:
        names = [camera.id.lower() for camera in cameras]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two cameras are called {name}")
        return cameras

    @model_validator(mode="after")
    def _batches_end_before_their_request(self) -> Self:
        if self.pictures.batch_timeout_s >= self.limits.request_timeout_s:
            raise ValueError("pictures.batch_timeout_s must be below limits.request_timeout_s")
        return self

"""The settings tree: the only place that names a setting.

It is filled from ``args:`` of the application in a Serve YAML file. Unknown keys are refused at
every level and every number is bounded. A secret is given as the name of an environment variable
or a file, never as a value in the YAML.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from configs.gallery_settings import (
    EnrolmentSettings,
    GallerySettings,
    RetentionSettings,
    StorageSettings,
)
from configs.section import MIB, ROOT, Fraction, Runtime, Section
from configs.tile_settings import TileSettings

__all__ = [
    "MIB",
    "ROOT",
    "EnrolmentSettings",
    "Fraction",
    "GallerySettings",
    "RetentionSettings",
    "Runtime",
    "Section",
    "StorageSettings",
    "TileSettings",
]


SimulatedMs = Annotated[
    float,
    Field(
        ge=0,
        le=60_000,
        description="Of the fake engine: how long a batch takes it; it sleeps, as a model on a GPU "
        "leaves the processor alone.",
    ),
]


class LimitSettings(Section):
    """What one request may cost."""

    max_body_bytes: int = Field(
        16 * MIB, ge=1024, le=64 * MIB, description="Largest request body; more is answered 413."
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
        32, ge=3, le=100, description="Most pictures in one registration; more is answered 400."
    )
    max_requests_in_flight: int = Field(
        64,
        ge=1,
        le=10_000,
        description="Requests under way in one ingress replica; more is answered 503. Keep it "
        "below the ingress's max_ongoing_requests, so that every refusal is one of ours.",
    )
    max_bytes_in_flight: int = Field(
        256 * MIB,
        ge=64 * MIB,
        le=64 * 1024 * MIB,
        description="Bodies under way in one ingress replica, by their declared sizes; more is "
        "answered 503.",
    )
    request_timeout_s: float = Field(
        100.0,
        gt=0,
        le=3600,
        description="Longest time to an answer; then 503. Keep it below Serve's "
        "request_timeout_s, whose answer is plain text.",
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


class PlateDetectorSettings(Section):
    """The plate detector."""

    engine: Literal["ultralytics", "fake"] = "ultralytics"
    weights: str = Field(
        "plate_detector",
        min_length=1,
        description="A name from the weights registry, or a path to any .pt or .onnx weights.",
    )
    image_size: int = Field(
        416, ge=160, le=1920, multiple_of=32, description="Longer side, pixels."
    )
    second_image_size: int | None = Field(
        640,
        ge=160,
        le=1920,
        multiple_of=32,
        description="Longer side of a second look where the first finds nothing sure; null: none.",
    )
    tiles: TileSettings | None = Field(
        TileSettings(),
        description="A last look, in tiles, at large pictures with nothing sure; null: none.",
    )
    decoded_size: int = Field(
        1000,
        ge=160,
        le=20_000,
        description="Large JPEG pictures are decoded at a half, a quarter or an eighth first, of "
        "which the longer side keeps at least so many pixels.",
    )
    least_crop_width: int = Field(
        128,
        ge=32,
        le=480,
        description="Plates are cut from a finer decoding where they would have fewer pixels.",
    )
    device: str = Field("cpu", description="cpu, cuda, cuda:0, ...")
    runtime: Runtime = "auto"
    half: bool = Field(False, description="Half precision; on a GPU only.")
    min_score: Fraction = Field(0.10, description="Detections below are dropped.")
    sure_score: Fraction = Field(
        0.30, description="Detections below are plates only when they are surely read."
    )
    clear_score: Fraction = Field(
        0.40, description="Detections below are plates only when something is read."
    )
    max_plates: int = Field(16, ge=1, le=16, description="Most plates of one picture.")
    crop_margin: float = Field(
        0.06, ge=0, le=0.5, description="Added on each side, as a share of the plate's height."
    )
    simulated_ms: SimulatedMs = 0.0

    @model_validator(mode="after")
    def _second_look_is_larger(self) -> Self:
        if self.second_image_size is not None and self.second_image_size <= self.image_size:
            raise ValueError("second_image_size must be larger than image_size, or null")
        return self


class PlateReaderSettings(Section):
    """The plate reader."""

    engine: Literal["plates", "paddleocr", "both", "fake"] = Field(
        "both",
        description="plates: our own small reader. both: the small reader, and PaddleOCR beside it "
        "where that leaves doubt.",
    )
    weights: str = Field(
        "plate_reader",
        min_length=1,
        description="The small reader: a name from the weights registry, or a path to an .onnx "
        "file with its .json description beside it.",
    )
    model: str = Field(
        "PP-OCRv6_small_rec",
        min_length=1,
        description="PaddleOCR's model: PP-OCRv6_small_rec is carried by the rapidocr wheel; any "
        "other recognition model is downloaded by PaddleOCR itself on first use.",
    )
    model_dir: str | None = Field(
        None, description="PaddleOCR's model: a folder with inference.onnx and inference.yml."
    )
    device: str = Field("cpu", description="PaddleOCR's device: cpu, gpu:0, ...")
    runtime: Runtime = "auto"
    batch_size: int = Field(16, ge=1, le=256, description="Lines read in one forward pass.")
    doubt_below: Fraction = Field(
        0.90,
        description="Readings with a lower confidence are repeated: from other views of the crop, "
        "from the crop before it was straightened and, with both engines, by PaddleOCR.",
    )
    min_confidence: Fraction = Field(0.30, description="A reading below counts as unreadable.")
    sure_confidence: Fraction = Field(
        0.85, description="Least confidence of a reading that makes a doubtful detection a plate."
    )
    max_candidates: int = Field(5, ge=1, le=20, description="Candidate texts a plate.")
    simulated_ms: SimulatedMs = 0.0


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


class FaceEncoderSettings(Section):
    """The face encoder."""

    engine: Literal["insightface", "fake"] = "insightface"
    model: str = Field(
        "sface",
        min_length=1,
        description="sface (YuNet + SFace, commercial use allowed) or an InsightFace pack such as "
        "buffalo_l (non-commercial research only, downloaded by InsightFace).",
    )
    model_dir: str | None = Field(None, description="Folder of InsightFace packs.")
    device: str = Field("cpu", description="cpu or cuda.")
    runtime: Runtime = "auto"
    detection_size: int = Field(
        320, ge=128, le=1280, multiple_of=32, description="Longer side at which faces are sought."
    )
    min_score: Fraction = Field(0.6, description="Faces below are dropped.")
    min_face_px: int = Field(
        24, ge=8, le=512, description="Smaller faces are dropped; source pixels."
    )
    max_faces: int = Field(8, ge=1, le=16, description="Most faces of one picture, largest first.")
    simulated_ms: SimulatedMs = 0.0


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
    retry_after_s: int = Field(1, ge=1, le=600, description="Retry-After of a 503 by overload.")


class Settings(Section):
    """Everything that can be set."""

    limits: LimitSettings = LimitSettings()
    pictures: PictureSourceSettings = PictureSourceSettings()
    plate_detector: PlateDetectorSettings = PlateDetectorSettings()
    plate_reader: PlateReaderSettings = PlateReaderSettings()
    plate_text: PlateTextSettings = PlateTextSettings()
    face_encoder: FaceEncoderSettings = FaceEncoderSettings()
    gallery: GallerySettings = GallerySettings()
    enrolment: EnrolmentSettings = EnrolmentSettings()
    retention: RetentionSettings = RetentionSettings()
    storage: StorageSettings = StorageSettings()

    @model_validator(mode="after")
    def _batches_end_before_their_request(self) -> Self:
        if self.pictures.batch_timeout_s >= self.limits.request_timeout_s:
            raise ValueError("pictures.batch_timeout_s must be below limits.request_timeout_s")
        return self

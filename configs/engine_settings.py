"""The settings of the engines: what finds and reads plates, and what knows faces."""

from typing import Literal, Self

from pydantic import Field, model_validator

from configs.section import Fraction, Runtime, Section
from configs.tile_settings import TileSettings


class EngineSettings(Section):
    """What the settings of all engines share."""

    engine: str
    simulated_ms: float = Field(
        0.0,
        ge=0,
        le=60_000,
        description="Of the fake engine: how long a batch takes it; it sleeps, as a model on a GPU "
        "leaves the processor alone.",
    )

    @model_validator(mode="after")
    def _real_engines_take_their_time(self) -> Self:
        if self.simulated_ms and self.engine != "fake":
            raise ValueError("simulated_ms is for engine fake alone")
        return self


class PlateDetectorSettings(EngineSettings):
    """The plate detector."""

    engine: Literal["ultralytics", "fake"] = "ultralytics"
    weights: str = Field(
        "plate_detector",
        min_length=1,
        description="A name from the weights registry, or a path to .pt, .onnx or .engine weights.",
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
    denoised_image_size: int | None = Field(
        512,
        ge=160,
        le=1920,
        multiple_of=32,
        description="Longer side of a third look, through a median filter, where there is still "
        "nothing sure; null: none.",
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
        0.40,
        description="Detections below, and any that only a tile shows, are plates only when "
        "something is read.",
    )
    max_plates: int = Field(16, ge=1, le=16, description="Most plates of one picture.")
    crop_margin: float = Field(
        0.06, ge=0, le=0.5, description="Added on each side, as a share of the plate's height."
    )

    @model_validator(mode="after")
    def _second_look_is_larger(self) -> Self:
        if self.second_image_size is not None and self.second_image_size <= self.image_size:
            raise ValueError("second_image_size must be larger than image_size, or null")
        return self


class PlateReaderSettings(EngineSettings):
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


class FaceEncoderSettings(EngineSettings):
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

"""The settings of the driver gallery: where it is kept, whom it takes and when it forgets."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from configs.section import Fraction, Section


class GallerySettings(Section):
    """The driver gallery."""

    database_url: str = Field(
        "sqlite:///var/gatehouse.db",
        min_length=1,
        description="SQLite or PostgreSQL, as an SQLAlchemy URL. A relative SQLite path starts at "
        "the checkout.",
    )
    database_url_env: str | None = Field(
        None, description="Environment variable that holds the URL, for URLs with a password."
    )
    busy_timeout_s: float = Field(10.0, gt=0, le=120, description="Longest wait for a write lock.")
    thresholds: tuple[tuple[int, float], ...] = Field(
        (
            (10, 0.45),
            (50, 0.48),
            (120, 0.50),
            (300, 0.51),
            (610, 0.53),
            (10_000, 0.59),
            (1_000_000, 0.68),
        ),
        description="(gallery size, least cosine similarity) pairs; between two sizes the value is "
        "interpolated over the logarithm of the size.",
    )
    verify_threshold: float = Field(
        0.45,
        gt=0,
        lt=1,
        description="Least cosine similarity to one named driver (verification, 1:1).",
    )
    margin: float = Field(
        0.05, ge=0, le=0.5, description="Least lead of the best driver over the second."
    )
    top_k: int = Field(5, ge=2, le=100, description="Drivers returned by a search.")
    min_images: int = Field(3, ge=1, le=20, description="Faces that a new driver needs.")
    shards: int = Field(
        1,
        ge=1,
        le=64,
        description="Index deployments that the drivers are divided among, each driver in one. "
        "Every search asks all of them.",
    )
    exact_up_to: int = Field(
        200_000,
        ge=1_000,
        le=100_000_000,
        description="Drivers in one index up to which search is exact; above, it is approximate "
        "with measured recall.",
    )
    recall: float = Field(
        0.995,
        ge=0.9,
        lt=1,
        description="Least share of the exact nearest driver that an approximate index must find; "
        "measured when it is built.",
    )
    index_device: str = Field(
        "cpu",
        pattern=r"^(cpu|cuda(:\d+)?)$",
        description="Where the approximate index is kept: cpu, or cuda (cuda:1, ...) with the "
        "faiss-gpu package.",
    )
    snapshots: str | None = Field(
        "var/snapshots",
        min_length=1,
        description="Local folder of index snapshots, for quick starts; null keeps none. It "
        "belongs to one gallery: a replica that writes removes those of other models and numbers "
        "of shards. A relative path starts at the checkout.",
    )
    snapshot_every: int = Field(
        10_000, ge=1, le=100_000_000, description="Changes after which a new snapshot is written."
    )
    snapshot_erases_within_s: float = Field(
        30.0,
        gt=0,
        le=86_400,
        description="Longest time that an erased driver's vector stays in a snapshot.",
    )

    @field_validator("thresholds")
    @classmethod
    def _sorted_and_bounded(
        cls, pairs: tuple[tuple[int, float], ...]
    ) -> tuple[tuple[int, float], ...]:
        if not pairs:
            raise ValueError("at least one (size, threshold) pair is needed")
        sizes = [size for size, _ in pairs]
        if sizes != sorted(set(sizes)) or sizes[0] < 1:
            raise ValueError("sizes must be positive and rise")
        values = [value for _, value in pairs]
        if values != sorted(values) or not all(0.0 < value < 1.0 for value in values):
            raise ValueError("thresholds must lie between 0 and 1 and never fall with the size")
        return pairs


class StorageSettings(Section):
    """Where crops are kept."""

    url: str = Field(
        "var/crops",
        min_length=1,
        description="A folder or any fsspec URL. A relative path starts at the checkout.",
    )
    timeout_s: float = Field(
        10.0, gt=0, le=120, description="Longest wait for one crop to be read or written; then 503."
    )
    keep_pictures: bool = Field(
        True,
        description="false stores no picture at all, neither crops nor aligned faces: answers name "
        "no crop, drivers have no photo, and a gallery cannot be moved to another face model.",
    )


class EnrolmentSettings(Section):
    """Which photos the driver routes take at enrolment; the sources stand in enrolment_checks."""

    min_size_px: float = Field(50.0, ge=8, le=512, description="Least shorter side of the face.")
    min_sharpness: float = Field(
        12.0, ge=0, le=10_000, description="Least variance of the Laplacian of the aligned face."
    )
    min_detail: float = Field(
        2.5,
        ge=0,
        le=1_000,
        description="Least detail of the face along any direction; less is blur by motion. In "
        "thousandths, independent of light and contrast.",
    )
    min_brightness: float = Field(30.0, ge=0, le=255, description="Least mean of the grey face.")
    max_brightness: float = Field(195.0, ge=0, le=255, description="Largest mean of the grey face.")
    max_yaw_deg: float = Field(45.0, gt=0, le=90, description="Most turn to a side.")
    max_pitch_deg: float = Field(35.0, gt=0, le=90, description="Most turn up or down.")
    sure_score: float = Field(
        0.92,
        ge=0,
        le=1,
        description="A face with a lower detector score is looked at turned by 90 degrees and "
        "more, six more looks at its crop; 0 leaves this out. Of 723 good photos of 120 "
        "development people 17 % are, and all that are turned by 45 degrees or more. Measured with "
        "YuNet, the detector of the model sface: with a pack measure anew, or set 0.",
    )
    tilt_lead: float = Field(
        0.02,
        gt=0,
        le=1,
        description="A face whose score rises by this when it is turned by 90 degrees or more "
        "lies on its side or upside down. None of 763 photos of development people reach it, nor "
        "any that is turned by 30 degrees; all do that are turned by 60 degrees or by 180.",
    )
    rival_size: Fraction = Field(
        0.75,
        description="Another face of at least this share of the largest one's size makes it "
        "unclear who is meant.",
    )
    same_person: float = Field(
        0.36, ge=0, lt=1, description="Least cosine similarity of a photo to the driver's others."
    )
    same_driver: float = Field(
        0.5,
        ge=0,
        lt=1,
        description="Least cosine similarity of two drivers who are merged, each by the mean of "
        "its faces. Among 80 development people, by three photos each, no two reach it (379,200 "
        "pairs, SFace; 0.01 % reach 0.45), and no person misses it (4,800 pairs, at least 0.64).",
    )
    refuse_twins: bool = Field(
        True,
        description="Refuse a new driver whose face is recognised as an enrolled one's.",
    )

    @model_validator(mode="after")
    def _some_brightness_is_taken(self) -> Self:
        if self.min_brightness >= self.max_brightness:
            raise ValueError("min_brightness must be below max_brightness")
        return self


class RetentionSettings(Section):
    """When drivers and crops are erased without being asked for."""

    driver_days: float | None = Field(
        None, gt=0, le=36_500, description="Drivers whose newest face is older; null: never."
    )
    expired_days: float | None = Field(
        None,
        ge=0,
        le=36_500,
        description="Drivers whose validity ended this long ago; null: never.",
    )
    crop_days: float | None = Field(
        None,
        gt=0,
        le=36_500,
        description="Crops of recognised faces and read plates; null: never. Enrolled faces' crops "
        "go with their driver.",
    )
    event_days: float | None = Field(
        90.0,
        gt=0,
        le=36_500,
        description="Events that were stored longer ago, each with its crop; null: never.",
    )
    sweep_s: float = Field(
        60.0, ge=1, le=86_400, description="Time between two sweeps of what is due."
    )

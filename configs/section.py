"""What every part of the settings tree is made of."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

ROOT = Path(__file__).resolve().parent.parent
"""The checkout; relative paths in settings start here."""

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]

Runtime = Annotated[
    Literal["auto", "onnxruntime", "openvino"],
    Field(
        description="What computes the networks that are ONNX files: auto takes, network by "
        "network, whichever is quicker on this processor, and ONNX Runtime on a GPU. openvino is "
        "refused on a GPU, for InsightFace packs and for PaddleOCR models other than the default. "
        "Weights that Ultralytics runs are left to it."
    ),
]

MIB = 1024 * 1024


class Section(BaseModel):
    """A frozen part of the tree that refuses unknown keys, and whose errors repeat no value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

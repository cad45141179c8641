"""One tiny use of each stage, for /readyz."""

from collections.abc import Awaitable, Callable, Mapping

import numpy as np

from deployments.ingress.readiness import Probe
from pipelines.drivers.face_encoding import FaceEncoding
from pipelines.imaging import encode_jpeg
from pipelines.plates import DetectPlates, ReadPlates
from pipelines.types import FaceModel, Vector

SearchGallery = Callable[[Vector, str], Awaitable[object]]
"""Embedding and the id of its model -> the drivers nearest to it."""


def build_probes(
    detect: DetectPlates,
    read: ReadPlates,
    encode: FaceEncoding,
    face_model: Callable[[], Awaitable[FaceModel]],
    search_gallery: SearchGallery,
) -> Mapping[str, Probe]:
    """Uses each stage on next to nothing: a small grey picture, a probe that resembles nobody."""
    pixels = np.full((64, 64, 3), 90, np.uint8)
    picture = encode_jpeg(pixels)

    async def search() -> None:
        model = await face_model()
        vector = np.zeros(model.dimension, np.float32)
        vector[0] = 1.0
        await search_gallery(vector, model.model_id)

    return {
        "PlateDetector": lambda: detect(picture),
        "PlateReader": lambda: read([pixels]),
        "FaceEncoder": lambda: encode(picture),
        "DriverIndex": search,
    }

"""Finding and embedding faces with InsightFace."""

from collections.abc import Sequence
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from configs.settings import FaceEncoderSettings
from pipelines.cropping import cut, fit
from pipelines.engines.face_alignment import ALIGNED_PX, aligned
from pipelines.engines.face_detection import FaceFinder, ScrfdDetector, YuNet
from pipelines.engines.face_models import load_sface, load_yunet
from pipelines.engines.face_packs import load_pack
from pipelines.engines.face_quality import measure_quality
from pipelines.engines.fake_face_encoder import FakeFaceEncoder
from pipelines.engines.found_face import FoundFace
from pipelines.engines.insightface_models import ArcFaceONNX
from pipelines.errors import ConfigurationError
from pipelines.geometry import clip, grow
from pipelines.types import Box, Face, FaceEncoder, Picture

CROP_CONTEXT: Final = 0.3
CROP_LONGER_PX: Final = 256
BATCH_FACES: Final = 8


def build_face_encoder(settings: FaceEncoderSettings) -> FaceEncoder:
    """Build the engine that the settings name.

    Raises:
        ConfigurationError: Weights or device are not there, or the runtime is not for the model.
    """
    if settings.engine == "fake":
        return FakeFaceEncoder(settings)
    return InsightFaceEncoder(settings)


class InsightFaceEncoder:
    """Any InsightFace recogniser: YuNet + SFace by default, or a pack by its name.

    Build it where it runs: sessions lose their options when they are pickled.

    Args:
        settings: Which model, and the bounds of detection.

    Attributes:
        model_id: Changes whenever vectors stop being comparable, so also with the detector and
            with the way landmarks are found.
        dimension: Of the embedding.

    Raises:
        ConfigurationError: Weights or device are not there, or the runtime is not for the model.
    """

    def __init__(self, settings: FaceEncoderSettings) -> None:
        if settings.model == "sface":
            self._finder = FaceFinder(YuNet(load_yunet(settings.runtime)), settings)
            self._recogniser: ArcFaceONNX = load_sface(settings.device, settings.runtime)
            self.model_id = "sface-2021dec/yunet-2023mar/2"
        elif settings.runtime == "openvino":
            raise ConfigurationError(
                "runtime openvino computes the model 'sface' only; for "
                f"{settings.model!r} set auto or onnxruntime"
            )
        else:
            detector, recogniser = load_pack(settings.model, settings.model_dir, settings.device)
            self._finder = FaceFinder(ScrfdDetector(detector), settings)
            self._recogniser = recogniser
            self.model_id = f"insightface-{settings.model}/1"
        if tuple(self._recogniser.input_size) != (112, 112):
            raise ConfigurationError(f"{settings.model} does not take faces of 112 x 112 pixels")
        self.dimension = int(self._recogniser.output_shape[-1])
        self._batch = 1 if self._recogniser.input_shape[0] == 1 else BATCH_FACES

    def encode(self, pictures: Sequence[Picture]) -> list[tuple[Face, ...]]:
        """Find and embed the faces of each picture.

        Args:
            pictures: Each ``(H, W, 3)`` uint8 BGR.

        Returns:
            One tuple a picture, largest face first; of those as good as equally large, the
            one nearest to the middle.

        Raises:
            ValueError: An array is not such a picture.
        """
        contiguous = [checked(picture) for picture in pictures]
        found = [self._finder.find(picture) for picture in contiguous]
        crops = [
            aligned(picture, face.landmarks)
            for picture, faces in zip(contiguous, found, strict=True)
            for face in faces
        ]
        rest = iter(zip(crops, self._embeddings(crops), strict=True))
        return [
            tuple(
                self._face(picture, face, crop, vector)
                for face, (crop, vector) in zip(faces, islice(rest, len(faces)), strict=True)
            )
            for picture, faces in zip(contiguous, found, strict=True)
        ]

    def embed(self, aligned: Sequence[Picture]) -> NDArray[np.float32]:
        """Embed faces that were found and aligned before, by whatever detector.

        Args:
            aligned: Each ``(112, 112, 3)`` uint8 BGR, as ``Face.aligned``.

        Returns:
            ``(N, D)`` float32 of unit L2 norm, one row a face.

        Raises:
            ValueError: An array is not such a face.
        """
        faces = [checked(face) for face in aligned]
        for face in faces:
            if face.shape[:2] != (ALIGNED_PX, ALIGNED_PX):
                raise ValueError(f"an aligned face is 112 x 112 pixels, not {face.shape[:2]}")
        return self._embeddings(faces)

    def _embeddings(self, crops: list[Picture]) -> NDArray[np.float32]:
        parts = [
            self._recogniser.get_feat(crops[start : start + self._batch])
            for start in range(0, len(crops), self._batch)
        ]
        if not parts:
            return np.empty((0, self.dimension), np.float32)
        vectors = np.concatenate(parts).astype(np.float32, copy=False)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def _face(
        self, picture: Picture, found: FoundFace, crop: Picture, embedding: NDArray[np.float32]
    ) -> Face:
        box = clip(found.box, picture.shape[1], picture.shape[0])
        return Face(
            box=box,
            score=found.score,
            landmarks=found.landmarks,
            quality=measure_quality(box, found.landmarks, crop),
            embedding=embedding,
            model_id=self.model_id,
            aligned=crop,
            crop=display_crop(picture, box),
        )


def checked(picture: Picture) -> Picture:
    """Refuse anything but ``(H, W, 3)`` uint8; return it C-contiguous."""
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise ValueError(
            f"a picture is (H, W, 3) uint8 BGR, not {picture.shape} {picture.dtype.name}"
        )
    return np.ascontiguousarray(picture)


def display_crop(picture: Picture, box: Box) -> Picture:
    """Cut out a face with some context for people to look at.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
        box: Inside the picture, with an area.

    Returns:
        A copy, ``(h, w, 3)`` uint8 BGR, longer side at most 256 px.
    """
    wide = grow(box, CROP_CONTEXT * box.width, CROP_CONTEXT * box.height)
    return fit(cut(picture, wide), CROP_LONGER_PX, CROP_LONGER_PX)

"""Gives faces that are stored already the vectors of another model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pipelines.engines.face_alignment import ALIGNED_PX
from pipelines.errors import BadInput, TooLarge
from pipelines.gallery.store import GalleryStore
from pipelines.imaging import decode
from pipelines.types import FaceEncoder, Picture

FACES_AT_ONCE: Final = 64
"""Of one transaction; about two seconds of work with SFace on one core."""


@dataclass(frozen=True, slots=True)
class Reembedded:
    """What a run did.

    Attributes:
        embedded: Faces that got a vector.
        undecodable: Ids of faces whose stored picture cannot be used.
    """

    embedded: int
    undecodable: tuple[int, ...]


class EmbeddingJob:
    """Gives every face that has a stored picture a vector of one model.

    It may be killed at any time and run again, or twice at once: each batch is one transaction,
    which passes over faces that were erased or have their vector by then.

    Args:
        store: The gallery, opened for the encoder's model.
        encoder: The model.
    """

    def __init__(self, store: GalleryStore, encoder: FaceEncoder) -> None:
        store.require_model(encoder.model_id)
        self._directory = store.directory
        self._encoder = encoder

    def run(self, progress: Callable[[int], object] = lambda _: None) -> Reembedded:
        """Embed until a look at the whole gallery finds no face that lacks a vector.

        Args:
            progress: Told how many faces each batch has dealt with.

        Raises:
            GalleryUnavailable: The database failed; what was written stays.
        """
        embedded = 0
        undecodable: set[int] = set()
        after, found_any = 0, False
        while True:
            lacking = self._directory.unembedded(self._encoder.model_id, FACES_AT_ONCE, after)
            if not lacking:
                if not found_any:
                    return Reembedded(embedded, tuple(sorted(undecodable)))
                # Those who were enrolled meanwhile, wherever their ids are.
                after, found_any = 0, False
                continue
            after = lacking[-1][0]
            new = [(face_id, png) for face_id, png in lacking if face_id not in undecodable]
            found_any = found_any or bool(new)
            faces = {face_id: face for face_id, png in new if (face := _decoded(png)) is not None}
            undecodable.update(face_id for face_id, _ in new if face_id not in faces)
            vectors = self._encoder.embed(list(faces.values()))
            embedded += self._directory.add_embeddings(
                self._encoder.model_id, dict(zip(faces, vectors, strict=True))
            )
            progress(len(new))


def _decoded(png: bytes) -> Picture | None:
    try:
        face = decode(png, max_pixels=ALIGNED_PX * ALIGNED_PX)
    except (BadInput, TooLarge):
        return None
    return face if face.shape[:2] == (ALIGNED_PX, ALIGNED_PX) else None

"""Invented people whose drawn faces no threshold confuses."""

from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np

from configs.settings import FaceEncoderSettings
from pipelines.engines.fake_face_encoder import IDENTITIES, FakeFaceEncoder, draw_fake_face
from pipelines.imaging import encode_jpeg
from pipelines.types import Vector

MOST_ALIKE = 0.3
"""Largest cosine between two people; the least threshold of the default settings is 0.42."""

SAME_PERSON = 0.8
"""Between people and photos of one: a cosine above it is the person, one below it another."""

_LEAST_CELLS, _MOST_CELLS = 5, 11  # neither too dark nor too bright a face


def photo(person: int, variant: int) -> bytes:
    """A JPEG of a person; another variant is another photo with another embedding."""
    shade = 60 + variant % 128
    background = np.full((150, 180, 3), shade, np.uint8)
    left, top = 20 + variant // 128 % 60, 20 + variant // 7680 % 40
    return encode_jpeg(draw_fake_face(background, left, top, person)[0])


def distinct_people(seed: int) -> Iterator[int]:
    """People in an order of their own for each seed, no two alike by more than ``MOST_ALIKE``."""
    order = np.random.default_rng(seed).permutation(IDENTITIES)
    chosen = np.empty((0, encoder().dimension), np.float32)
    for person in map(int, order):
        if not _LEAST_CELLS <= person.bit_count() <= _MOST_CELLS:
            continue
        face = embedding(person)
        if len(chosen) == 0 or float((chosen @ face).max()) < MOST_ALIKE:
            chosen = np.vstack([chosen, face])
            yield person


@cache
def encoder() -> FakeFaceEncoder:
    """The encoder that the service runs with."""
    return FakeFaceEncoder(FaceEncoderSettings(engine="fake"))


def embedding(person: int) -> Vector:
    """Embedding of one photo of a person."""
    vector = seen_in(photo(person, 0))
    assert vector is not None
    return vector


def seen_in(jpeg: bytes) -> Vector | None:
    """Embedding of the face in a photo or a stored crop, which shows nothing but the face."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        return None
    framed = cv2.copyMakeBorder(picture, 9, 9, 9, 9, cv2.BORDER_CONSTANT, value=(90, 90, 90))
    (faces,) = encoder().encode([framed])
    return faces[0].embedding if faces else None

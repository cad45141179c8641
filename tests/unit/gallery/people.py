"""Drawn people, enrolled as the fake encoder sees them."""

from functools import cache

import numpy as np

from configs.settings import FaceEncoderSettings
from pipelines.engines.fake_face_encoder import FakeFaceEncoder, draw_fake_face
from pipelines.gallery.records import EnrolledFace
from pipelines.types import Face

OLD = FakeFaceEncoder(FaceEncoderSettings(engine="fake"))
NEW = FakeFaceEncoder(FaceEncoderSettings(engine="fake", model="second"))


@cache
def seen(identity: int, look: int = 0, *, new: bool = False) -> Face:
    """A person in one of many looks, as one of the two models sees them."""
    wall = np.full((100, 100, 3), look % 100, np.uint8)
    encoder = NEW if new else OLD
    return encoder.encode([draw_fake_face(wall, 10, 10, identity)[0]])[0][0]


def enrolled(identity: int, faces: int = 2) -> list[EnrolledFace]:
    """A person's faces as a registration under the old model carries them."""
    return [
        EnrolledFace.of(seen(identity, look), f"{identity}-{look}.jpg") for look in range(faces)
    ]

import pickle

import cv2
import numpy as np

from pipelines.gallery.records import EnrolledFace
from pipelines.types import Box, Face, FaceQuality


def face() -> Face:
    drawn = np.random.default_rng(0)
    return Face(
        box=Box(0, 0, 50, 60),
        score=0.9,
        landmarks=np.zeros((5, 2), np.float32),
        quality=FaceQuality(50, 200, 128, 0, 0, 0),
        embedding=np.eye(1, 8, dtype=np.float32)[0],
        model_id="m",
        aligned=drawn.integers(0, 256, (112, 112, 3), np.uint8),
        crop=np.zeros((60, 50, 3), np.uint8),
    )


def test_keeps_the_aligned_face_without_loss() -> None:
    enrolled = EnrolledFace.of(face(), "a.jpg")
    assert enrolled.aligned_png is not None
    png = np.frombuffer(enrolled.aligned_png, np.uint8)
    assert (cv2.imdecode(png, cv2.IMREAD_COLOR) == face().aligned).all()


def test_keeps_no_picture_where_none_is_wanted() -> None:
    enrolled = EnrolledFace.of(face(), "", keep_picture=False)
    assert (enrolled.crop_key, enrolled.aligned_png) == ("", None)
    assert (enrolled.embedding == face().embedding).all()


def test_survives_pickling() -> None:
    enrolled = EnrolledFace.of(face(), "a.jpg")
    copied = pickle.loads(pickle.dumps(enrolled))
    assert (copied.crop_key, copied.model_id, copied.quality) == ("a.jpg", "m", face().quality)
    assert (copied.embedding == enrolled.embedding).all()
    assert copied.aligned_png == enrolled.aligned_png

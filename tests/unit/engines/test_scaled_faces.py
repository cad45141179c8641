from collections.abc import Sequence
from dataclasses import astuple

import cv2
import numpy as np
import pytest

from configs.settings import FaceEncoderSettings
from pipelines.engines.fake_face_encoder import FACE_PX, FakeFaceEncoder, draw_fake_face
from pipelines.engines.scaled_faces import FIRST_SIDE_PX, LEAST_FACE_PX, encode_scalable
from pipelines.imaging import encode_jpeg, open_picture
from pipelines.scalable_picture import ScalablePicture
from pipelines.types import Box, Face, Picture

_WIDTH, _HEIGHT = 2600, 1700


class _Watched(FakeFaceEncoder):
    """Remembers the widths of the pictures that it is shown."""

    def __init__(self) -> None:
        super().__init__(FaceEncoderSettings(engine="fake"))
        self.widths: list[int] = []

    def encode(self, pictures: Sequence[Picture]) -> list[tuple[Face, ...]]:
        self.widths += [picture.shape[1] for picture in pictures]
        return super().encode(pictures)


def _with_faces(*squares: tuple[int, int, int]) -> ScalablePicture:
    """A large JPEG with faces, of which left, top and side are given; opened."""
    picture = np.full((_HEIGHT, _WIDTH, 3), 90, np.uint8)
    face, _ = draw_fake_face(np.zeros((FACE_PX, FACE_PX, 3), np.uint8), 0, 0, 1234)
    for left, top, side in squares:
        large = cv2.resize(face, (side, side), interpolation=cv2.INTER_NEAREST)
        picture[top : top + side, left : left + side] = large
    return open_picture(encode_jpeg(picture), max_pixels=10**7, longer_side=FIRST_SIDE_PX)


def test_large_faces_are_encoded_from_half_the_picture_and_placed_in_the_whole() -> None:
    encoder = _Watched()
    picture = _with_faces((800, 400, 640))

    ((face,),) = encode_scalable(encoder, [picture])

    assert encoder.widths == [_WIDTH // 2]
    (whole,) = FakeFaceEncoder(FaceEncoderSettings(engine="fake")).encode([picture.full()])[0]
    assert astuple(face.box) == pytest.approx(astuple(Box(800, 400, 1440, 1040)), abs=8)
    assert face.landmarks == pytest.approx(whole.landmarks, abs=8)
    assert face.landmarks.dtype == np.float32
    assert face.quality.size_px == pytest.approx(640, abs=8)
    assert float(face.embedding @ whole.embedding) > 0.9


@pytest.mark.parametrize(
    "squares",
    [(), ((300, 300, 400),), ((300, 300, 400), (1200, 300, 640))],
    ids=["none", "small", "small beside large"],
)
def test_small_faces_and_none_are_looked_for_in_the_whole_picture(
    squares: tuple[tuple[int, int, int], ...],
) -> None:
    encoder = _Watched()
    picture = _with_faces(*squares)

    (faces,) = encode_scalable(encoder, [picture])

    assert encoder.widths == [_WIDTH // 2, _WIDTH]
    assert [face.box for face in faces] == [
        face.box for face in FakeFaceEncoder(FaceEncoderSettings()).encode([picture.full()])[0]
    ]
    assert len(faces) == len(squares)


def test_pictures_that_are_decoded_in_full_are_encoded_once_in_one_batch() -> None:
    encoder = _Watched()
    small, _ = draw_fake_face(np.full((200, 300, 3), 90, np.uint8), 20, 30, 7)

    answers = encode_scalable(encoder, [ScalablePicture.of(small), ScalablePicture.of(small)])

    assert encoder.widths == [300, 300]
    assert [faces[0].box for faces in answers] == [Box(20, 30, 100, 110)] * 2


def test_the_bound_holds_in_pixels_of_what_was_decoded() -> None:
    encoder = _Watched()

    encode_scalable(encoder, [_with_faces((400, 400, 2 * LEAST_FACE_PX + 8))])
    encode_scalable(encoder, [_with_faces((400, 400, 2 * LEAST_FACE_PX - 8))])

    assert encoder.widths == [_WIDTH // 2, _WIDTH // 2, _WIDTH]

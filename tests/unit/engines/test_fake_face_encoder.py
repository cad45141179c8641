"""The encoder that recognises drawn squares."""

import cv2
import numpy as np
import pytest

from configs.settings import FaceEncoderSettings
from pipelines.engines.fake_face_encoder import FakeFaceEncoder, draw_fake_face
from pipelines.types import Picture

ENCODER = FakeFaceEncoder(FaceEncoderSettings(engine="fake"))


def scene(seed: int = 0) -> Picture:
    noise = np.random.default_rng(seed).integers(0, 256, (15, 20, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(noise, (400, 300), interpolation=cv2.INTER_LINEAR), np.uint8) // 2


def jpeg(picture: Picture, quality: int = 80) -> Picture:
    encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)


@pytest.mark.parametrize("identity", [0, 1, 0x5A5A, 0x8001, 65535])
@pytest.mark.parametrize("scale", [0.5, 0.77, 1.0, 1.5])
def test_a_person_survives_jpeg_and_scaling(identity: int, scale: float) -> None:
    picture, box = draw_fake_face(scene(), 130, 90, identity)
    scaled = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    (known,), (found,) = ENCODER.encode([picture, jpeg(np.asarray(scaled, np.uint8))])
    assert known.box == box
    assert 0.9 < float(known.embedding @ found.embedding) < 0.99
    corners = np.array([box.x1, box.y1, box.x2, box.y2]) * scale
    found_corners = [found.box.x1, found.box.y1, found.box.x2, found.box.y2]
    np.testing.assert_allclose(found_corners, corners, atol=3)


def test_two_people_are_not_alike() -> None:
    pictures = [draw_fake_face(scene(), 50, 50, identity)[0] for identity in range(40)]
    vectors = np.stack([faces[0].embedding for faces in ENCODER.encode(pictures)])
    similarities = vectors @ vectors.T - np.eye(40)
    assert similarities.max() < 0.4


def test_another_model_knows_the_same_people_by_other_vectors() -> None:
    other = FakeFaceEncoder(FaceEncoderSettings(engine="fake", model="second"))
    assert (other.model_id, other.dimension) == ("fake-face-second/1", 96)
    picture, _ = draw_fake_face(scene(), 130, 90, 0x5A5A)
    stranger, _ = draw_fake_face(scene(), 130, 90, 0x1234)
    (face,), (_,) = ENCODER.encode([picture, stranger])
    own, strange = (faces[0].embedding for faces in other.encode([picture, stranger]))
    (vector,) = other.embed([face.aligned])
    assert 0.9 < float(own @ vector) < 0.999
    assert float(strange @ vector) < 0.4


def test_drawing_leaves_the_picture_as_it_is() -> None:
    picture = scene()
    before = picture.copy()
    drawn, _ = draw_fake_face(picture, 0, 0, 5)
    np.testing.assert_array_equal(picture, before)
    assert (drawn != picture).any()


def test_a_picture_may_show_several_people() -> None:
    picture, _ = draw_fake_face(scene(), 10, 10, 1)
    picture, _ = draw_fake_face(picture, 200, 150, 2)
    assert len(ENCODER.encode([picture])[0]) == 2


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (0, -1), (321, 0), (0, 221)])
def test_refuses_a_place_outside_the_picture(x: int, y: int) -> None:
    with pytest.raises(ValueError, match=r"does not fit 400 x 300"):
        draw_fake_face(scene(), x, y, 1)


@pytest.mark.parametrize("identity", [-1, 65536])
def test_refuses_an_identity_out_of_range(identity: int) -> None:
    with pytest.raises(ValueError, match=f"identity {identity} is not in 0..65535"):
        draw_fake_face(scene(), 0, 0, identity)

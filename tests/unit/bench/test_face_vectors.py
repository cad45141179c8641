"""People as vectors, with faces that are drawn."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from configs.settings import FaceEncoderSettings
from pipelines.engines.fake_face_encoder import FakeFaceEncoder, draw_fake_face
from pipelines.types import Picture
from tests.bench.face_vectors import FaceVectors, encode_people, mixed_faces, unit
from tests.bench.people import People


def photo(folder: Path, name: str, identity: int | None, x: int = 10) -> Path:
    picture: Picture = np.full((120, 160, 3), 90, np.uint8)
    if identity is not None:
        picture, _ = draw_fake_face(picture, x, 20, identity)
    path = folder / f"{name}.png"
    assert cv2.imwrite(str(path), picture)
    return path


@pytest.fixture
def known(tmp_path: Path) -> People:
    return People(
        {
            "Ann": [photo(tmp_path, f"ann{take}", 0b1010, take) for take in range(5)],
            "Bob": [photo(tmp_path, f"bob{take}", 0b1100, take) for take in range(4)],
            "Cid": [
                *(photo(tmp_path, f"cid{take}", 0b1001, take) for take in range(3)),
                photo(tmp_path, "cid3", None),
            ],
        },
        [photo(tmp_path, f"stranger{number}", 100 * number + 7) for number in range(5)],
    )


def encoded(known: People, seed: int = 1) -> FaceVectors:
    return encode_people(known, FakeFaceEncoder(FaceEncoderSettings()), mixed=3, seed=seed)


def test_keeps_drivers_with_a_photo_to_probe_with(known: People) -> None:
    faces = encoded(known)

    assert [len(its) for its in faces.drivers] == [5, 4]
    assert faces.without_face == 1


def test_photos_of_one_driver_are_alike(known: People) -> None:
    ann, bob = encoded(known).drivers

    assert (ann @ ann.T).min() > 0.85
    assert (ann @ bob.T).max() < 0.5


def test_divides_the_strangers_into_halves(known: People) -> None:
    faces = encoded(known)

    assert [len(half) for half in faces.strangers] == [3, 2]
    both = np.concatenate(faces.strangers)
    assert (both @ both.T - np.eye(5)).max() < 0.5


def test_mixes_as_many_faces_as_asked_from_each_half(known: People) -> None:
    faces = encoded(known)

    assert [half.shape for half in faces.mixed] == [(3, 128), (3, 128)]
    assert np.linalg.norm(np.concatenate(faces.mixed), axis=1) == pytest.approx(1.0, abs=1e-5)


def test_the_seed_decides_everything(known: People) -> None:
    one, again, other = encoded(known), encoded(known), encoded(known, seed=2)

    assert np.array_equal(one.strangers[0], again.strangers[0])
    assert np.array_equal(one.mixed[1], again.mixed[1])
    assert not np.array_equal(one.strangers[0], other.strangers[0])


def test_a_mixed_face_is_the_mean_of_two_people() -> None:
    dark, light = (np.full((112, 112, 3), value, np.uint8) for value in (40, 100))

    (mixed,) = mixed_faces([dark, light], 1, np.random.default_rng(1))

    assert (mixed == 70).all()


def test_rows_are_brought_to_unit_length() -> None:
    assert unit(np.array([[3, 4], [0, 2]], np.float32)) == pytest.approx(
        np.array([[0.6, 0.8], [0.0, 1.0]])
    )

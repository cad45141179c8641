"""What is looked for on disk is found there."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from pipelines.engines.fake_face_encoder import draw_fake_face
from pipelines.imaging import encode_jpeg
from tests.serve.chaos.files import crops, seen_in_file
from tests.serve.chaos.people import (
    MOST_ALIKE,
    SAME_PERSON,
    distinct_people,
    embedding,
    encoder,
    photo,
    seen_in,
)

PEOPLE = list(islice(distinct_people(3), 20))
FACES = np.stack([embedding(person) for person in PEOPLE])


def test_people_are_alike_only_to_themselves() -> None:
    assert len(set(PEOPLE)) == 20
    between = FACES @ FACES.T
    assert between[~np.eye(20, dtype=bool)].max() < MOST_ALIKE
    for person, face in zip(PEOPLE, FACES, strict=True):
        for variant in (1, 130, 9000):
            other = seen_in(photo(person, variant))
            assert other is not None
            assert SAME_PERSON < float(other @ face) < 0.9999


def test_no_two_photos_of_a_person_are_the_same() -> None:
    assert len({photo(PEOPLE[0], variant) for variant in range(300)}) == 300


@pytest.mark.parametrize("offset", [0, 1, 6])
def test_finds_a_vector_at_any_place_of_a_file(tmp_path: Path, offset: int) -> None:
    file = tmp_path / "some"
    rest = np.random.default_rng(1).bytes(3001)
    file.write_bytes(rest[:offset] + FACES[4].tobytes() + FACES[9].tobytes() + rest)
    assert np.flatnonzero(seen_in_file(file, FACES)).tolist() == [4, 9]


def test_finds_the_template_of_several_photos(tmp_path: Path) -> None:
    vectors = [seen_in(photo(PEOPLE[2], variant)) for variant in range(3)]
    mean = np.mean([one for one in vectors if one is not None], axis=0)
    file = tmp_path / "some"
    file.write_bytes((mean / np.linalg.norm(mean)).astype("<f4").tobytes())
    assert np.flatnonzero(seen_in_file(file, FACES)).tolist() == [2]


def test_finds_nobody_in_other_bytes(tmp_path: Path) -> None:
    file = tmp_path / "some"
    for content in (b"", b"abc", np.random.default_rng(1).bytes(5000), bytes(5000)):
        file.write_bytes(content)
        assert not seen_in_file(file, FACES).any()


def test_names_the_person_and_the_owners_of_a_crop(tmp_path: Path) -> None:
    picture, _ = draw_fake_face(np.full((150, 180, 3), 90, np.uint8), 20, 20, PEOPLE[5])
    (face,) = encoder().encode([picture])[0]
    for folder, name in (("faces/20260101/10", "a.jpg"), ("faces", "b.jpg")):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / name).write_bytes(encode_jpeg(face.crop))
    (tmp_path / "faces" / "c.jpg").write_bytes(encode_jpeg(np.full((112, 112, 3), 90, np.uint8)))
    for owner in ("driver/0/7", "token/5f"):
        (tmp_path / "owners" / owner).mkdir(parents=True)
        (tmp_path / "owners" / owner / "a.jpg").touch()
    found = {crop.name: (crop.person, sorted(crop.owners)) for crop in crops(tmp_path, PEOPLE)}
    assert found == {
        "a.jpg": (PEOPLE[5], ["driver/0/7", "token/5f"]),
        "b.jpg": (PEOPLE[5], []),
        "c.jpg": (None, []),
    }

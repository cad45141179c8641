"""Photos judged by themselves, against each other and against what is stored."""

from dataclasses import replace

import numpy as np

from configs.settings import EnrolmentSettings
from pipelines.drivers.face_encoding import NamedPicture
from pipelines.drivers.photo_judging import (
    judge_each,
    judge_person,
    reject_copies,
    reject_known,
)
from pipelines.drivers.photos import Photo
from pipelines.drivers.rejections import RejectReason
from pipelines.types import Face, Vector
from tests.unit.recording_gallery import face

SETTINGS = EnrolmentSettings(min_detail=0, same_person=0.0)


def judged(*found: tuple[Face, ...]) -> list[Photo]:
    names = [NamedPicture(f"{number}.jpg", b"") for number in range(len(found))]
    return reject_copies(judge_each(names, found, SETTINGS))


def reasons(photos: list[Photo]) -> list[RejectReason | None]:
    return [photo.rejection.reason if photo.rejection else None for photo in photos]


def near(vector: Vector, cosine: float) -> Face:
    aside = np.roll(vector, 1)
    turned = (cosine * vector + np.sqrt(1 - cosine**2) * aside).astype(np.float32)
    return replace(face(1), embedding=turned)


def test_a_good_photo_counts_once() -> None:
    first, second = (face(1),), (face(2),)
    photos = judged(first, second, first, (near(face(2).embedding, 0.99975),))
    assert reasons(photos) == [None, None, "same_photo", "same_photo"]
    assert [photo.rejection and photo.rejection.message for photo in photos[2:]] == [
        f"the photo is the same as {name}, which counts once: send another one"
        for name in ("0.jpg", "1.jpg")
    ]


def test_photos_that_hardly_differ_are_two() -> None:
    assert reasons(judged((face(1),), (near(face(1).embedding, 0.9996),))) == [None, None]


def test_a_fault_of_its_own_comes_first_and_makes_no_original() -> None:
    small = replace(face(1), quality=replace(face(1).quality, size_px=20))
    assert reasons(judged((small,), (small,), (), (face(1),))) == [
        "too_small",
        "too_small",
        "no_face",
        None,
    ]


def test_what_the_driver_has_is_rejected_under_its_face() -> None:
    photos = reject_known(judged((face(1),), (), (face(2),), (face(1),)), [19, None, 19])
    assert reasons(photos) == ["same_photo", "no_face", None, "same_photo"]
    assert [photo.face_id for photo in photos] == [19, None, None, None]
    assert photos[0].rejection is not None
    assert photos[0].rejection.message == (
        "the driver has this photo already, as face 19: send another one"
    )


def test_only_good_photos_are_held_against_the_driver() -> None:
    photos = judged((), (face(1),), (face(2),), (face(1),))
    settings = SETTINGS.model_copy(update={"same_person": 0.5})
    assert reasons(judge_person(photos, settings, face(2).embedding)) == [
        "no_face",
        "not_same_person",
        None,
        "same_photo",
    ]

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from configs.settings import EnrolmentSettings
from pipelines.drivers.enrolment_checks import judge_photo, judge_together, judge_twin
from pipelines.drivers.rejections import Rejection, RejectReason
from pipelines.types import Box, DriverMatch, Face, FaceQuality, GallerySearch, Picture, Vector

GOOD = FaceQuality(size_px=90, sharpness=150, brightness=115, yaw=-5, pitch=3, roll=1)
SETTINGS = EnrolmentSettings(
    min_size_px=60,
    min_sharpness=20,
    min_detail=2.5,
    min_brightness=30,
    max_brightness=195,
    max_yaw_deg=45,
    max_pitch_deg=35,
    rival_size=0.75,
    same_person=0.36,
)
THRESHOLDS = ((10, 0.45), (120, 0.50))


def texture() -> Picture:
    coarse = np.random.default_rng(1).integers(0, 256, (28, 28, 3), np.uint8)
    fine: Picture = cv2.resize(coarse, (112, 112), interpolation=cv2.INTER_CUBIC)
    return fine


def face(quality: FaceQuality, aligned: Picture | None = None) -> Face:
    return Face(
        box=Box(0, 0, quality.size_px, quality.size_px),
        score=0.9,
        landmarks=np.zeros((5, 2), np.float32),
        quality=quality,
        embedding=vector(0.0),
        model_id="m",
        aligned=texture() if aligned is None else aligned,
        crop=np.zeros((60, 60, 3), np.uint8),
    )


def vector(angle_deg: float) -> Vector:
    angle = np.radians(angle_deg)
    return np.array([np.cos(angle), np.sin(angle)], np.float32)


def faces(first: FaceQuality, *others_px: float) -> list[Face]:
    return [face(first), *(face(replace(first, size_px=size)) for size in others_px)]


def reasons(verdicts: Sequence[Rejection | None]) -> list[RejectReason | None]:
    return [verdict.reason if verdict else None for verdict in verdicts]


def test_takes_a_good_photo() -> None:
    assert judge_photo(faces(GOOD), SETTINGS) is None


@pytest.mark.parametrize(
    ("shown", "rejection"),
    [
        (
            [],
            Rejection(
                RejectReason.NO_FACE,
                "the photo shows no face: take one that shows the driver's face",
            ),
        ),
        (
            faces(GOOD, 20, 81),
            Rejection(
                RejectReason.SEVERAL_FACES,
                "another face is 90% as large as the first, under 75% is needed: have only the "
                "driver in the photo",
                0.9,
                0.75,
            ),
        ),
        (
            faces(replace(GOOD, size_px=100), 75.4),
            Rejection(
                RejectReason.SEVERAL_FACES,
                "another face is 75.4% as large as the first, under 75.0% is needed: have only "
                "the driver in the photo",
                75.4 / 100,
                0.75,
            ),
        ),
        (
            faces(replace(GOOD, size_px=41)),
            Rejection(
                RejectReason.TOO_SMALL,
                "the face is 41 pixels wide, at least 60 are needed: move closer",
                41,
                60,
            ),
        ),
        (
            faces(replace(GOOD, brightness=22)),
            Rejection(
                RejectReason.TOO_DARK,
                "the face has a brightness of 22 of 255, at least 30 is needed: face a light",
                22,
                30,
            ),
        ),
        (
            faces(replace(GOOD, brightness=230)),
            Rejection(
                RejectReason.TOO_BRIGHT,
                "the face has a brightness of 230 of 255, at most 195 is needed: avoid flash and "
                "direct sun",
                230,
                195,
            ),
        ),
        (
            faces(replace(GOOD, sharpness=8)),
            Rejection(
                RejectReason.BLURRED,
                "the face has a sharpness of 8, at least 20 is needed: hold still and let the "
                "camera focus",
                8,
                20,
            ),
        ),
        (
            faces(replace(GOOD, yaw=-60)),
            Rejection(
                RejectReason.TURNED_AWAY,
                "the face is turned to the side by 60 degrees, at most 45 is needed: look into "
                "the camera",
                60,
                45,
            ),
        ),
        (
            faces(replace(GOOD, pitch=-40)),
            Rejection(
                RejectReason.TURNED_AWAY,
                "the face is turned up or down by 40 degrees, at most 35 is needed: look into "
                "the camera",
                40,
                35,
            ),
        ),
    ],
    ids=lambda value: value.reason.value if isinstance(value, Rejection) else "",
)
def test_names_the_fault_and_what_to_do(shown: list[Face], rejection: Rejection) -> None:
    assert judge_photo(shown, SETTINGS) == rejection


@pytest.mark.parametrize(
    "just",
    [
        {"size_px": 60},
        {"sharpness": 20},
        {"brightness": 30},
        {"brightness": 195},
        {"yaw": 45},
        {"pitch": -35},
        {"roll": 180},
    ],
)
def test_takes_a_photo_at_the_limit(just: dict[str, float]) -> None:
    assert judge_photo(faces(replace(GOOD, **just)), SETTINGS) is None


def test_takes_a_photo_with_a_smaller_face_behind() -> None:
    assert judge_photo(faces(GOOD, 67), SETTINGS) is None
    assert judge_photo(faces(GOOD, 68), SETTINGS) is not None


def test_a_dark_photo_is_not_called_blurred() -> None:
    rejection = judge_photo(faces(replace(GOOD, brightness=10, sharpness=5)), SETTINGS)

    assert rejection is not None
    assert rejection.reason is RejectReason.TOO_DARK


def test_a_face_that_moved_is_blurred_however_sharp_across() -> None:
    moved = cv2.GaussianBlur(texture(), (0, 0), sigmaX=9.0, sigmaY=0.1)

    rejection = judge_photo([face(GOOD, moved)], SETTINGS)

    assert rejection is not None
    assert rejection.reason is RejectReason.BLURRED
    assert rejection.measured is not None
    assert rejection.message == (
        f"the face is blurred by motion, detail {rejection.measured:.1f}, at least 2.5 is needed: "
        "hold still, in more light"
    )
    assert rejection.limit == 2.5


def test_a_face_without_a_size_is_too_small() -> None:
    rejection = judge_photo(faces(replace(GOOD, size_px=0)), SETTINGS)

    assert rejection is not None
    assert rejection.reason is RejectReason.TOO_SMALL


def test_rejects_the_one_photo_of_another_person() -> None:
    verdicts = judge_together([vector(0), vector(80), vector(10)], SETTINGS)

    assert reasons(verdicts) == [None, RejectReason.NOT_SAME_PERSON, None]
    assert verdicts[1] is not None
    assert verdicts[1].message == (
        "the face is not that of the other photos, with a similarity of 0.26, at least 0.36 is "
        "needed: send photos of one driver"
    )
    assert verdicts[1].measured == pytest.approx(np.cos(np.radians(75)), abs=1e-6)
    assert verdicts[1].limit == 0.36


def test_rejects_all_where_nobody_can_say_who_is_meant() -> None:
    verdicts = judge_together([vector(0), vector(90), vector(10), vector(100)], SETTINGS)

    assert reasons(verdicts) == [RejectReason.NOT_SAME_PERSON] * 4
    assert verdicts[0] is not None
    assert verdicts[0].message == (
        "the photos show different people, and none of them on more than half: send photos of one "
        "driver"
    )


def test_holds_added_photos_against_the_driver_alone() -> None:
    verdicts = judge_together([vector(90), vector(90), vector(30)], SETTINGS, template=vector(0))

    assert reasons(verdicts) == [RejectReason.NOT_SAME_PERSON] * 2 + [None]
    assert verdicts[0] is not None
    assert verdicts[0].message == (
        "the face is not that of the enrolled driver, with a similarity of 0.00, at least 0.36 is "
        "needed: send photos of one driver"
    )


@pytest.mark.parametrize("template", [None, vector(0)])
def test_no_photos_have_no_verdicts(template: Vector | None) -> None:
    assert judge_together([], SETTINGS, template) == ()


def search(similarity: float, size: int) -> GallerySearch:
    return GallerySearch((DriverMatch(7, similarity), DriverMatch(3, 0.1)), size, 1)


def test_rejects_who_is_enrolled_already() -> None:
    assert judge_twin(search(0.71, 120), THRESHOLDS, SETTINGS) == Rejection(
        RejectReason.ALREADY_ENROLLED,
        "the face is that of driver 7, with a similarity of 0.71, under 0.50 is needed: add it to "
        "driver 7",
        0.71,
        0.50,
    )


def test_the_threshold_of_the_gallerys_size_decides_about_twins() -> None:
    assert judge_twin(search(0.47, 10), THRESHOLDS, SETTINGS) is not None
    assert judge_twin(search(0.47, 120), THRESHOLDS, SETTINGS) is None


def test_an_empty_gallery_has_no_twins() -> None:
    assert judge_twin(GallerySearch((), 0, 0), THRESHOLDS, SETTINGS) is None


def test_twins_are_taken_where_the_settings_say_so() -> None:
    lenient = SETTINGS.model_copy(update={"refuse_twins": False})

    assert judge_twin(search(0.99, 120), THRESHOLDS, lenient) is None


def test_the_default_limits_take_an_ordinary_face() -> None:
    assert judge_photo(faces(GOOD, 40), EnrolmentSettings()) is None

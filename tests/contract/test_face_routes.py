"""Every row and error of the face routes' contract."""

import re
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from pipelines.errors import GalleryUnavailable
from tests.contract.application import (
    RECOGNIZE,
    REGISTER,
    Client,
    face_jpeg,
    image,
    images,
    jpeg,
    photos_of,
    street,
)

FACE_PATH = re.compile(r"static/images/faces/\d{8}_\d{6}_[A-Z0-9]{6}_face\.jpg")


def test_registers_and_recognizes_a_driver(client: Client) -> None:
    assert client.enrol(7) == "1"
    assert client.enrol(8) == "2"
    answer = client.post(RECOGNIZE, files=image(face_jpeg(8, 200)))
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"detection_conf", "image_path", "recognition_distance", "user_id"}
    assert body["user_id"] == 2
    assert FACE_PATH.fullmatch(body["image_path"])
    assert re.fullmatch(r"\d{1,3}%", body["detection_conf"])
    assert re.fullmatch(r"[01]\.\d\d", body["recognition_distance"])
    assert float(body["recognition_distance"]) > 0.6
    crop = client.get("/" + body["image_path"])
    assert crop.headers["content-type"] == "image/jpeg"
    assert cv2.imdecode(np.frombuffer(crop.content, np.uint8), cv2.IMREAD_COLOR) is not None


def test_an_unknown_face_is_user_not_found(client: Client) -> None:
    empty_gallery = client.post(RECOGNIZE, files=image(face_jpeg(1)))
    client.enrol(7)
    stranger = client.post(RECOGNIZE, files=image(face_jpeg(1)))
    for answer in (empty_gallery, stranger):
        assert (answer.status_code, answer.json()) == (400, {"error": "user not found"})


def test_recognize_without_a_face(client: Client) -> None:
    answer = client.post(RECOGNIZE, files=image(jpeg(street())))
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "can not detect face from image"},
    )


def test_the_largest_face_is_the_drivers(client: Client) -> None:
    user_id = client.enrol(7)
    small, large = (
        cv2.imdecode(np.frombuffer(face_jpeg(identity), np.uint8), 1) for identity in (5, 7)
    )
    small = cv2.copyMakeBorder(
        cv2.resize(small, None, fx=0.6, fy=0.6), 0, 96, 0, 0, cv2.BORDER_CONSTANT
    )
    both = jpeg(np.hstack([small, large]))
    answer = client.post(RECOGNIZE, files=image(both))
    assert answer.json().get("user_id") == int(user_id), answer.text


def test_registering_without_images(client: Client) -> None:
    for options in ({}, {"data": {"user_id": "1"}}, {"files": image(face_jpeg(1))}):
        answer = client.post(REGISTER, **options)
        assert (answer.status_code, answer.json()) == (
            400,
            {"error": "[images] field can not empty"},
        )


@pytest.mark.parametrize("count", [1, 2])
def test_a_new_driver_needs_three_images(client: Client, count: int) -> None:
    answer = client.post(REGISTER, files=images(*photos_of(7, count)))
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "register new face with at least 3 images"},
    )


def test_faces_missing_from_a_registration_are_named(client: Client) -> None:
    answer = client.post(REGISTER, files=images(jpeg(street()), *photos_of(7, 2)))
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "error": "registering new user requires at least 3 images containing user's face. "
            "Only 2 images contain the user's face, please re-register image image1.jpg with "
            "another image."
        },
    )
    answer = client.post(REGISTER, files=images(jpeg(street()), *photos_of(7, 1), jpeg(street())))
    assert answer.json()["error"].endswith(
        "Only 1 images contain the user's face, please re-register image image1.jpg, image3.jpg "
        "with another image."
    )


def test_three_faces_among_more_images_are_enough(client: Client) -> None:
    answer = client.post(REGISTER, files=images(jpeg(street()), *photos_of(7, 3)))
    assert (answer.status_code, answer.json()) == (200, {"user_id": "1"})


def test_adds_pictures_to_a_driver(client: Client) -> None:
    user_id = client.enrol(7)
    one_face_of_two = images(jpeg(street()), face_jpeg(7, 210))
    answer = client.post(REGISTER, files=one_face_of_two, data={"user_id": user_id})
    assert (answer.status_code, answer.json()) == (200, {"user_id": user_id})
    answer = client.post(REGISTER, files=images(jpeg(street())), data={"user_id": user_id})
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "can not detect face from image"},
    )


def test_an_empty_user_id_registers_a_new_driver(client: Client) -> None:
    answer = client.post(REGISTER, files=images(*photos_of(7, 3)), data={"user_id": ""})
    assert answer.json() == {"user_id": "1"}


@pytest.mark.parametrize("user_id", ["2", "0", "-1", "9" * 18, "9" * 400])
def test_an_unknown_user_id_is_404(client: Client, user_id: str) -> None:
    client.enrol(7)
    answer = client.post(REGISTER, files=images(*photos_of(7, 3)), data={"user_id": user_id})
    assert (answer.status_code, answer.json()) == (404, {"error": "user not found"})


@pytest.mark.parametrize("user_id", ["one", "1.0", "1e3", "0x1", "--1", "\u0661", "1 2"])
def test_a_user_id_that_is_no_integer(client: Client, user_id: str) -> None:
    answer = client.post(REGISTER, files=images(*photos_of(7, 3)), data={"user_id": user_id})
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "[user_id] must be an integer"},
    )


def test_a_bad_file_leaves_nothing_of_a_registration(client: Client) -> None:
    for bad, message in (
        (b"BM not a picture of ours", "invalid image file: image4.jpg, only accept"),
        (b"\xff\xd8\xff\xe0 broken", "read image error"),
    ):
        answer = client.post(REGISTER, files=images(*photos_of(7, 3), bad))
        assert answer.status_code == 400
        assert answer.json()["error"].startswith(message)
    assert client.post(RECOGNIZE, files=image(face_jpeg(7))).json() == {"error": "user not found"}


def test_more_images_than_the_limit_are_refused(make_client: Callable[..., Client]) -> None:
    client = make_client(limits={"max_images": 3})
    answer = client.post(REGISTER, files=images(*photos_of(7, 4)))
    assert (answer.status_code, answer.json()) == (400, {"error": "send at most 3 images at once"})


def test_a_store_that_cannot_be_reached_is_503_and_nothing_is_enrolled(client: Client) -> None:
    client.faults.register = GalleryUnavailable("the gallery's store cannot be written")
    answer = client.post(REGISTER, files=images(*photos_of(7, 3)))
    assert (answer.status_code, answer.json()) == (
        503,
        {"error": "the gallery's store cannot be written"},
    )
    client.faults.register = None
    assert client.post(RECOGNIZE, files=image(face_jpeg(7))).json() == {"error": "user not found"}

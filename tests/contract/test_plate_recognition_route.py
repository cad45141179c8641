"""The plate route of the face and plate API, and what its routes have in common."""

import re
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from tests.contract.application import (
    OVERLOADED,
    RECOGNIZE,
    RECOGNIZE_PLATE,
    REGISTER,
    Client,
    face_jpeg,
    image,
    jpeg,
    plate_jpeg,
    png,
    street,
)

PLATE_PATH = re.compile(r"static/images/license_plates/\d{8}_\d{6}_[A-Z0-9]{6}_lp\.jpg")


def test_recognizes_a_plate_and_stores_its_crop(client: Client) -> None:
    answer = client.post(RECOGNIZE_PLATE, files=image(plate_jpeg("30M2943")))
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"detection_conf", "image_path", "recognition_conf", "text"}
    assert body["text"] == "30M-2943"
    assert PLATE_PATH.fullmatch(body["image_path"])
    assert re.fullmatch(r"\d{1,3}%", body["detection_conf"])
    assert re.fullmatch(r"\d{1,3}%", body["recognition_conf"])
    crop = client.get("/" + body["image_path"])
    assert crop.status_code == 200
    assert crop.headers["content-type"] == "image/jpeg"
    decoded = cv2.imdecode(np.frombuffer(crop.content, np.uint8), cv2.IMREAD_COLOR)
    assert decoded.shape[1] > decoded.shape[0]


def test_formats_a_five_digit_vietnamese_plate(client: Client) -> None:
    answer = client.post(RECOGNIZE_PLATE, files=image(plate_jpeg("30A12345")))
    assert answer.json()["text"] == "30A-123.45"


@pytest.mark.parametrize("route", [RECOGNIZE_PLATE, RECOGNIZE])
def test_an_absent_image_is_named(client: Client, route: str) -> None:
    expected = (400, {"error": "[image] field can not empty"})
    for options in (
        {},
        {"data": {"image": "text, not a file"}},
        {"data": {"other": "field"}},
        {"files": image(face_jpeg(1), form_field="images")},
        {"files": image(b"", name="")},
        {"content": b"raw", "headers": {"content-type": "image/jpeg"}},
    ):
        answer = client.post(route, **options)
        assert (answer.status_code, answer.json()) == expected, options


@pytest.mark.parametrize("route", [RECOGNIZE_PLATE, RECOGNIZE])
def test_a_file_that_is_neither_png_nor_jpeg_is_named_by_content(
    client: Client, route: str
) -> None:
    answer = client.post(route, files=image(b"GIF89a" + b"\0" * 50, name="nice.jpg"))
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid image file: nice.jpg, only accept ('.png', '.jpg', '.jpeg') file"
    }


@pytest.mark.parametrize("route", [RECOGNIZE_PLATE, RECOGNIZE])
def test_the_name_of_a_file_does_not_matter(client: Client, route: str) -> None:
    picture = png(cv2.imdecode(np.frombuffer(plate_jpeg("30M2943"), np.uint8), 1))
    answer = client.post(route, files=image(picture, name="photo.gif"))
    assert "invalid image file" not in answer.text


@pytest.mark.parametrize("route", [RECOGNIZE_PLATE, RECOGNIZE])
def test_a_picture_that_cannot_be_decoded_is_a_read_error(client: Client, route: str) -> None:
    answer = client.post(route, files=image(b"\xff\xd8\xff\xe0 not much of a JPEG"))
    assert (answer.status_code, answer.json()) == (400, {"error": "read image error"})


def test_a_picture_without_a_plate(client: Client) -> None:
    answer = client.post(RECOGNIZE_PLATE, files=image(jpeg(street())))
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "can not detect license plate from image"},
    )


def test_a_plate_that_cannot_be_read(client: Client) -> None:
    picture = street()
    picture[60:120, 60:300] = (0, 255, 255)
    answer = client.post(RECOGNIZE_PLATE, files=image(jpeg(picture)))
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "can not recognize license plate from image"},
    )


def test_a_body_over_the_limit_is_413(make_client: Callable[..., Client]) -> None:
    client = make_client(limits={"max_body_bytes": 4096})
    for route, field in ((RECOGNIZE_PLATE, "image"), (REGISTER, "images"), (RECOGNIZE, "image")):
        answer = client.post(route, files=image(b"\xff\xd8\xff" + b"x" * 5000, form_field=field))
        assert answer.status_code == 413
        assert answer.json() == {
            "error": "the request body is larger than 4096 bytes, send a smaller picture"
        }


def test_overload_is_503_with_retry_after(client: Client) -> None:
    client.faults.detect = OVERLOADED
    answer = client.post(RECOGNIZE_PLATE, files=image(plate_jpeg("30M2943")))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")


def test_an_unexpected_failure_is_500_without_its_text(client: Client) -> None:
    client.faults.detect = RuntimeError("secret")
    answer = client.post(RECOGNIZE_PLATE, files=image(plate_jpeg("30M2943")))
    assert (answer.status_code, answer.json()) == (500, {"error": "Internal server error"})


@pytest.mark.parametrize("route", [RECOGNIZE_PLATE, REGISTER, RECOGNIZE])
def test_routes_answer_with_a_trailing_slash(client: Client, route: str) -> None:
    assert client.post(route + "/").json()["error"].endswith("field can not empty")


def test_a_region_decides_between_formats(make_client: Callable[..., Client]) -> None:
    def text(**plate_text: str) -> str:
        client = make_client(plate_text=plate_text)
        answer = client.post(RECOGNIZE_PLATE, files=image(plate_jpeg("AB123CD")))
        return str(answer.json()["text"])

    assert text() == "AB123CD"  # France and Italy write it differently
    assert text(region="FR") == "AB-123-CD"
    assert text(region="IT") == "AB 123CD"

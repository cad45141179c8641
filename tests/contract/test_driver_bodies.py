"""What the /v1 routes refuse to read, and how they say so."""

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.contract.application import Client, face_jpeg, image, images, jpeg, photos_of
from tests.contract.driver_calls import DRIVERS, IDENTIFY, created, error_of

PICTURES = [IDENTIFY, f"{DRIVERS}/1/verify"]
PHOTOS = [DRIVERS, f"{DRIVERS}/1/faces"]
BROKEN = b"\xff\xd8\xff\xe0 broken"
CONTROL = "control characters are not allowed"
DATE = "must be a date and time such as 2027-01-31T08:00:00Z"


@pytest.mark.parametrize(
    ("details", "message"),
    [
        ({"name": "x" * 201}, "name: string should have at most 200 characters"),
        ({"name": "  "}, "name: string should have at least 1 character"),
        ({"name": "a\tb"}, f"name: {CONTROL}"),
        ({"name": "nnA\u202e"}, f"name: {CONTROL}"),
        ({"notes": "a\n\u2066b"}, f"notes: {CONTROL}"),
        ({"name": 7}, "name: input should be a valid string"),
        ({"external_id": "x" * 201}, "external_id: string should have at most 200 characters"),
        ({"external_id": "a\x00"}, f"external_id: {CONTROL}"),
        ({"notes": "x" * 4001}, "notes: string should have at most 4000 characters"),
        ({"notes": "a\x1b[31m"}, f"notes: {CONTROL}"),
        (
            {"valid_from": "2026-01-01T00:00:00"},
            "valid_from: needs a time zone, such as the Z of 2027-01-31T08:00:00Z",
        ),
        (
            {"valid_from": "2026-01-01"},
            "valid_from: needs a time of day and a time zone, such as the Z of "
            "2027-01-31T08:00:00Z",
        ),
        ({"valid_until": "soon"}, f"valid_until: {DATE}"),
        ({"valid_until": 1798761600}, f"valid_until: {DATE}"),
        (
            {"valid_until": "0001-01-01T00:00:00+14:00"},
            "valid_until: must lie between the years 1900 and 9990",
        ),
        (
            {"valid_from": "2026-01-02T00:00:00Z", "valid_until": "2026-01-02T07:00:00+07:00"},
            "valid_until: must be later than valid_from",
        ),
    ],
)
def test_refuses_details_that_cannot_be_kept(
    quiet_client: Client, details: dict[str, Any], message: str
) -> None:
    client = quiet_client
    changed = client.request("PATCH", f"{DRIVERS}/1", json=details)
    assert error_of(changed) == (400, "invalid_request", message)
    new = client.post(DRIVERS, json={"images": client.base64_photos(8, 3), **details})
    assert error_of(new) == (400, "invalid_request", message)
    if all(isinstance(value, str) for value in details.values()):
        form = client.post(DRIVERS, files=images(*photos_of(8, 3)), data=details)
        assert error_of(form) == (400, "invalid_request", message)
    assert client.get(f"{DRIVERS}/1").headers["etag"] == '"1"'
    assert len(client.get(DRIVERS).json()["drivers"]) == 1


@pytest.mark.parametrize("name", ["nickname", "k" * 500])
def test_names_the_fields_that_there_are_beside_one_that_is_not(
    quiet_client: Client, name: str
) -> None:
    fields = "name, external_id, notes, valid_from, valid_until"
    message = f"{name[:80]}: there is no such field, this route takes "
    changed = quiet_client.request("PATCH", f"{DRIVERS}/1", json={name: "Bo"})
    assert error_of(changed) == (400, "invalid_request", message + fields)
    photos = quiet_client.base64_photos(8, 3)
    new = quiet_client.post(DRIVERS, json={"images": photos, name: "Bo"})
    assert error_of(new) == (400, "invalid_request", f"{message}{fields}, images")
    more = quiet_client.post(f"{DRIVERS}/1/faces", json={"images": photos, name: "Bo"})
    assert error_of(more) == (400, "invalid_request", f"{message}images")
    form = quiet_client.post(DRIVERS, files=images(face_jpeg(8)), data={name: "Bo"})
    assert error_of(form)[2] == (
        f"{message}images, external_id, name, notes, valid_from, valid_until"
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"name": "Ann", "name": "Bo"}', "name: send this field once"),
        (
            b'{"notes": "", "name": "Ann", "notes": null, "name": "Bo"}',
            "notes: send this field once; name: send this field once",
        ),
    ],
)
def test_a_field_comes_once(quiet_client: Client, body: bytes, message: str) -> None:
    headers = {"content-type": "application/json"}
    answer = quiet_client.request("PATCH", f"{DRIVERS}/1", content=body, headers=headers)
    assert error_of(answer) == (400, "invalid_request", message)
    sent = b'{"driver_id": ' + b"9" * 99 + b', "driver_id": 2}'
    merged = quiet_client.post(f"{DRIVERS}/1/merge", content=sent, headers=headers)
    assert error_of(merged) == (400, "invalid_request", "driver_id: send this field once")


def test_a_change_cannot_end_a_validity_before_it_begins(client: Client) -> None:
    created(client, 7, valid_from="2026-06-01T00:00:00Z")
    answer = client.request("PATCH", f"{DRIVERS}/1", json={"valid_until": "2026-05-01T00:00:00Z"})
    message = "valid_until: must be later than valid_from"
    assert error_of(answer) == (400, "invalid_request", message)
    fields = [{"field": "valid_until", "message": "must be later than valid_from"}]
    assert answer.json()["error"]["details"] == {"fields": fields}


def test_what_contradicts_another_field_is_named_by_its_own(quiet_client: Client) -> None:
    dates = {"valid_from": "2027-01-02T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z"}
    contradictions: list[tuple[str, str, dict[str, Any], str]] = [
        ("PATCH", f"{DRIVERS}/1", dates, "valid_until"),
        ("POST", DRIVERS, {**dates, "images": ["/9j/"]}, "valid_until"),
        ("POST", "/v1/vehicles", {"plate": "A1", **dates}, "valid_until"),
        ("PATCH", "/v1/vehicles/1", dates, "valid_until"),
        ("PATCH", "/v1/vehicles/1", {"plate": None}, "plate"),
        ("POST", "/v1/plates:read", {}, "image"),
        ("POST", "/v1/plates:readBatch", {"pictures": [{}]}, "pictures[0].image"),
        ("POST", "/v1/gate:check", {}, "image"),
        ("POST", "/v1/gate:check", {"vehicle": {}, "driver": {"image": "/9j/"}}, "vehicle.image"),
    ]
    for method, path, body, field in contradictions:
        answer = quiet_client.request(method, path, json=body)
        assert answer.status_code == 400, answer.text
        fields = answer.json()["error"]["details"]["fields"]
        assert [one["field"] for one in fields] == [field], path


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the body is not JSON"),
        (b"{", "the body is not JSON"),
        (b"\xff", "the body is not JSON"),
        (b"[" * 4000, "the body is not JSON"),
        (b"[]", "send a JSON object"),
        (b"null", "send a JSON object"),
        (b"{}", "images: must be sent"),
        (b'{"images": []}', "images: send at least 1"),
        (b'{"images": "aGk="}', "images: input should be a valid array"),
        (b'{"images": ["no base64!"]}', "images[0]: must be a picture in base64"),
        (b'{"images": ["aGk=", 7]}', "images[1]: must be a picture in base64"),
        (b'{"images": ["\\ud800"]}', "the body is not JSON"),
    ],
)
@pytest.mark.parametrize("path", PHOTOS)
def test_refuses_photos_in_bad_json(
    quiet_client: Client, path: str, body: bytes, message: str
) -> None:
    headers = {"content-type": "application/json"}
    answer = quiet_client.post(path, content=body, headers=headers)
    assert error_of(answer) == (400, "invalid_request", message)


@pytest.mark.parametrize("path", PHOTOS)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"files": image(face_jpeg(7))},
            "image: there is no such field, this route takes images",
        ),
        ({"files": {"images": ("", b"")}}, "images: send the photos as files in this field"),
        (
            {"files": images(face_jpeg(7)), "data": {"nick": "Bo"}},
            "nick: there is no such field, this route takes images",
        ),
        ({"files": images(*[face_jpeg(7)] * 33)}, "send at most 32 images at once"),
    ],
)
def test_refuses_photos_in_a_bad_form(
    quiet_client: Client, path: str, options: dict[str, Any], message: str
) -> None:
    status, code, said = error_of(quiet_client.post(path, **options))
    # Where a driver is new, the fields of its details follow.
    assert (status, code, said[: len(message)]) == (400, "invalid_request", message)


def test_refuses_fields_of_a_form_that_come_twice_or_as_files(client: Client) -> None:
    files = images(*photos_of(7, 3))
    answer = client.post(DRIVERS, files=files, data={"name": ["Ann", "Bo"]})
    assert error_of(answer) == (400, "invalid_request", "name: send this field once")
    answer = client.post(DRIVERS, files=[*files, ("name", ("name.txt", b"Ann"))])
    assert error_of(answer) == (400, "invalid_request", "name: send text, not a file")


def test_empty_fields_of_a_form_are_not_said(client: Client) -> None:
    driver_id = created(client, 7, name="", external_id="", valid_from="")
    driver = client.get(f"{DRIVERS}/{driver_id}").json()
    assert (driver["name"], driver["external_id"], driver["valid_from"]) == (None, None, None)


@pytest.mark.parametrize("path", PHOTOS)
def test_says_of_each_photo_why_it_cannot_be_read(quiet_client: Client, path: str) -> None:
    unreadable = {
        b"": "the file is empty: send a PNG or JPEG",
        b"GIF89a": "the content of the file is neither PNG nor JPEG: send one of these",
        BROKEN: "the picture is damaged or cut off: send it again, or another one",
    }
    sent = [base64.b64encode(photo).decode() for photo in unreadable]
    for asked in ({"files": images(*unreadable)}, {"json": {"images": sent}}):
        answer = quiet_client.post(path, **asked)
        assert error_of(answer)[:2] == (422, "not_enough_faces")
        photos = answer.json()["error"]["details"]["photos"]
        assert [photo["message"] for photo in photos] == list(unreadable.values())
        assert {photo["reason"] for photo in photos} == {"unreadable"}


def test_a_photo_that_cannot_be_read_leaves_the_others_judged(
    make_client: Callable[..., Client],
) -> None:
    client = make_client(limits={"max_pixels": 320 * 240})
    large = jpeg(np.zeros((241, 320, 3), np.uint8))
    answer = client.post(DRIVERS, files=images(*photos_of(7, 3), BROKEN, large))
    assert answer.status_code == 201
    assert [photo.get("reason") for photo in answer.json()["photos"]] == [
        None,
        None,
        None,
        "unreadable",
        "unreadable",
    ]
    assert answer.json()["photos"][4]["message"] == (
        "the picture has 320x241 pixels, more than the 76800 allowed: send a smaller picture"
    )
    more = client.post(f"{DRIVERS}/1/faces", files=images(BROKEN, face_jpeg(7, 222)))
    assert [photo["outcome"] for photo in more.json()["photos"]] == ["rejected", "taken"]


@pytest.mark.parametrize("path", PICTURES)
def test_one_picture_comes_as_form_body_or_json(quiet_client: Client, path: str) -> None:
    client = quiet_client
    photo = face_jpeg(7, 222)
    ways: list[dict[str, Any]] = [
        {"files": image(photo)},
        {"content": photo},
        {"content": photo, "headers": {"content-type": "image/jpeg"}},
        {"content": photo, "headers": {"content-type": "application/x-www-form-urlencoded"}},
        {"json": {"image": base64.b64encode(photo).decode()}},
    ]
    answers = [client.post(path, **way) for way in ways]
    assert [answer.status_code for answer in answers] == [200] * 5
    bodies = [answer.json() | {"timings_ms": {}} for answer in answers]
    assert all(body == bodies[0] for body in bodies)


@pytest.mark.parametrize("path", PICTURES)
@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({}, "invalid_request", "image: the picture is empty, send a PNG or JPEG"),
        (
            {"content": b"GIF89a"},
            "unsupported_picture",
            "image: the content is neither PNG nor JPEG, send one of these",
        ),
        (
            {"files": image(b"GIF89a", "a.jpg")},
            "unsupported_picture",
            "a.jpg: the content is neither PNG nor JPEG, send one of these",
        ),
        (
            {"files": image(b"", "a.jpg")},
            "invalid_request",
            "a.jpg: the picture is empty, send a PNG or JPEG",
        ),
        ({"content": BROKEN}, "unreadable_picture", "read image error"),
        ({"json": {}}, "invalid_request", "image: send image, or image_url in its place"),
        ({"json": {"image": "?"}}, "invalid_request", "image: must be a picture in base64"),
        (
            {"files": [*image(face_jpeg(1)), *image(face_jpeg(2))]},
            "invalid_request",
            "image: send one file in this field",
        ),
        (
            {"files": images(face_jpeg(1))},
            "invalid_request",
            "images: there is no such field, this route takes image",
        ),
    ],
)
def test_refuses_what_is_not_one_picture(
    quiet_client: Client, path: str, options: dict[str, Any], code: str, message: str
) -> None:
    assert error_of(quiet_client.post(path, **options)) == (400, code, message)

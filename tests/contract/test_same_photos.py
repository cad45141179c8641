"""A photo counts once, however often it is sent and though the file is another."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.contract.application import REGISTER, Client, face_jpeg, images, photos_of, png
from tests.contract.driver_calls import (
    DRIVERS,
    created,
    error_of,
    rows,
    stored_crops,
    two_faces,
)


def repacked(photo: bytes) -> bytes:
    """The same pixels in another file."""
    return png(np.asarray(cv2.imdecode(np.frombuffer(photo, np.uint8), 1), np.uint8))


def outcomes(photos: list[dict[str, Any]]) -> list[tuple[str, str | None, int | None]]:
    return [(one["outcome"], one.get("reason"), one.get("face_id")) for one in photos]


def test_one_photo_sent_three_times_enrols_nobody(client: Client, tmp_path: Path) -> None:
    photo = face_jpeg(7)
    answer = client.post(DRIVERS, files=images(photo, photo, repacked(photo)))
    assert error_of(answer) == (
        422,
        "not_enough_faces",
        "1 of 3 photos can be used, a new driver needs at least 3: details.photos says what is "
        "wrong with the others",
    )
    photos = answer.json()["error"]["details"]["photos"]
    assert [photo.get("reason") for photo in photos] == [None, "same_photo", "same_photo"]
    assert [photo.get("message") for photo in photos[1:]] == [
        "the photo is the same as image1.jpg, which counts once: send another one"
    ] * 2
    client.settle()
    assert (rows(tmp_path)["drivers"], stored_crops(tmp_path)) == (0, set())


def test_a_copy_among_enough_photos_is_left_out(client: Client) -> None:
    photos = photos_of(7, 3)
    answer = client.post(DRIVERS, files=images(*photos, photos[1]))
    assert answer.status_code == 201
    assert outcomes(answer.json()["photos"]) == [
        ("taken", None, 1),
        ("taken", None, 2),
        ("taken", None, 3),
        ("rejected", "same_photo", None),
    ]
    assert "same as image2.jpg" in answer.json()["photos"][3]["message"]
    assert answer.json()["driver"]["face_count"] == 3


def test_a_copy_of_a_bad_photo_is_as_bad(client: Client) -> None:
    bad = two_faces(7, 8)
    answer = client.post(DRIVERS, files=images(*photos_of(7, 3), bad, bad))
    reasons = [photo["reason"] for photo in answer.json()["photos"]]
    assert reasons == [None, None, None, "several_faces", "several_faces"]
    stranger = face_jpeg(7)
    other = client.post(DRIVERS, files=images(*photos_of(9, 3), stranger, stranger))
    reasons = [photo["reason"] for photo in other.json()["photos"]]
    assert reasons == [None, None, None, "not_same_person", "same_photo"]


def test_photos_that_the_driver_has_are_not_added_again(client: Client, tmp_path: Path) -> None:
    driver_id = created(client, 7)
    path = f"{DRIVERS}/{driver_id}/faces"
    more = images(face_jpeg(7, 200), face_jpeg(7, 210))
    first = client.post(path, files=more)
    assert (first.status_code, first.headers["etag"]) == (201, '"2"')
    ids = [photo["face_id"] for photo in first.json()["photos"]]
    again = client.post(path, files=more)
    assert (again.status_code, again.headers["etag"]) == (200, '"2"')
    assert again.json()["driver"] == first.json()["driver"]
    assert outcomes(again.json()["photos"]) == [("rejected", "same_photo", one) for one in ids]
    assert again.json()["photos"][0]["message"] == (
        f"the driver has this photo already, as face {ids[0]}: send another one"
    )
    client.settle()
    assert (rows(tmp_path)["faces"], len(stored_crops(tmp_path))) == (5, 5)
    mixed = client.post(path, files=images(face_jpeg(7, 200), face_jpeg(7, 220)))
    assert mixed.status_code == 201
    assert outcomes(mixed.json()["photos"]) == [
        ("rejected", "same_photo", ids[0]),
        ("taken", None, max(ids) + 1),
    ]
    with_a_bad_one = client.post(path, files=images(repacked(face_jpeg(7, 200)), face_jpeg(9)))
    assert with_a_bad_one.status_code == 200
    assert outcomes(with_a_bad_one.json()["photos"]) == [
        ("rejected", "same_photo", ids[0]),
        ("rejected", "not_same_person", None),
    ]


def test_a_photo_of_another_driver_is_that_drivers_and_no_copy(client: Client) -> None:
    created(client, 7)
    created(client, 9)
    answer = client.post(f"{DRIVERS}/1/faces", files=images(face_jpeg(9, 60)))
    assert answer.json()["error"]["details"]["photos"][0]["reason"] == "not_same_person"


def test_a_photo_that_was_erased_may_be_added_again(client: Client) -> None:
    created(client, 7)
    path = f"{DRIVERS}/1/faces"
    face_id = client.post(path, files=images(face_jpeg(7, 200))).json()["photos"][0]["face_id"]
    client.request("DELETE", f"{path}/{face_id}")
    again = client.post(path, files=images(face_jpeg(7, 200)))
    assert (again.status_code, again.json()["photos"][0]["face_id"]) == (201, face_id + 1)


@pytest.mark.parametrize("query", ["", "?allow_twin=true"])
def test_a_key_answers_as_the_first_time_and_another_key_says_what_is_there(
    client: Client, query: str
) -> None:
    created(client, 7)
    path = f"{DRIVERS}/1/faces{query}"
    photos = images(face_jpeg(7, 200), face_jpeg(7, 200))
    first, again, other = (
        client.post(path, files=photos, headers={"idempotency-key": key}) for key in "aab"
    )
    assert [answer.status_code for answer in (first, again, other)] == [201, 200, 200]
    assert again.json() == first.json()
    assert outcomes(first.json()["photos"]) == [
        ("taken", None, 4),
        ("rejected", "same_photo", None),
    ]
    assert outcomes(other.json()["photos"])[0] == ("rejected", "same_photo", 4)
    assert other.json()["driver"] == first.json()["driver"]


def test_the_old_route_counts_a_photo_as_often_as_it_comes(client: Client) -> None:
    answer = client.post(REGISTER, files=images(*[face_jpeg(7)] * 3))
    assert answer.status_code == 200
    assert client.get(f"{DRIVERS}/1").json()["face_count"] == 3
    known = client.post(f"{DRIVERS}/1/faces", files=images(face_jpeg(7)))
    assert outcomes(known.json()["photos"]) == [("rejected", "same_photo", 1)]

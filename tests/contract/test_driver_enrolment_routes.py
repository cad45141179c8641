"""POST /v1/drivers: photos judged one by one, twins refused, repeated requests."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import GalleryUnavailable
from tests.contract.application import Client, face_jpeg, images, jpeg, photos_of, street
from tests.contract.driver_calls import (
    DRIVERS,
    create,
    created,
    error_of,
    identified,
    rows,
    stored_crops,
    two_faces,
)

NOTHING = {"drivers": 0, "faces": 0, "embeddings": 0, "crop_removals": 0}


def test_answers_what_became_of_each_photo(client: Client) -> None:
    photos = [*photos_of(7, 3), jpeg(street()), two_faces(7, 8), face_jpeg(9)]
    answer = client.post(DRIVERS, files=images(*photos))
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{DRIVERS}/1"
    outcomes = answer.json()["photos"]
    assert [(one["name"], one["outcome"], one["reason"]) for one in outcomes] == [
        ("image1.jpg", "taken", None),
        ("image2.jpg", "taken", None),
        ("image3.jpg", "taken", None),
        ("image4.jpg", "rejected", "no_face"),
        ("image5.jpg", "rejected", "several_faces"),
        ("image6.jpg", "rejected", "not_same_person"),
    ]
    assert [one["face_id"] for one in outcomes] == [1, 2, 3, None, None, None]
    assert outcomes[0]["quality"]["size_px"] == 80
    assert outcomes[3]["quality"] is None
    assert outcomes[5]["measured"] < outcomes[5]["limit"]
    assert outcomes[5]["measured"] == round(outcomes[5]["measured"], 4)
    assert all(one["message"] for one in outcomes[3:])
    assert answer.json()["driver"]["face_count"] == 3


def test_takes_photos_as_json(client: Client) -> None:
    photos = client.base64_photos(7, 3)
    photos[1] = "data:image/jpeg;base64," + photos[1]
    answer = client.post(DRIVERS, json={"images": photos, "name": "Ann"})
    assert answer.status_code == 201, answer.text
    assert [one["name"] for one in answer.json()["photos"]] == [
        "images[0]",
        "images[1]",
        "images[2]",
    ]
    assert identified(client, 7)["driver"]["name"] == "Ann"


def test_too_few_good_photos_are_422_with_what_is_wrong_and_store_nothing(
    client: Client, tmp_path: Path
) -> None:
    answer = client.post(DRIVERS, files=images(*photos_of(7, 2), jpeg(street())))
    assert error_of(answer) == (
        422,
        "not_enough_faces",
        "2 of 3 photos can be used, a new driver needs at least 3: details.photos says what is "
        "wrong with the others",
    )
    few = client.post(DRIVERS, files=images(*photos_of(7, 2)))
    assert error_of(few)[2] == "2 of 2 photos can be used, a new driver needs at least 3: send more"
    bad = client.post(DRIVERS, files=images(jpeg(street())))
    assert error_of(bad)[2] == (
        "the photo cannot be used, a new driver needs at least 3: details.photos says what is "
        "wrong with it"
    )
    details = answer.json()["error"]["details"]
    assert (details["usable"], details["needed"]) == (2, 3)
    assert [one["outcome"] for one in details["photos"]] == ["usable", "usable", "rejected"]
    assert details["photos"][2]["reason"] == "no_face"
    assert (rows(tmp_path), stored_crops(tmp_path)) == (NOTHING, set())


def test_limits_of_photos_are_settings(make_client: Callable[..., Client]) -> None:
    client = make_client(enrolment={"min_size_px": 100}, gallery={"min_images": 1})
    details = client.post(DRIVERS, files=images(face_jpeg(7))).json()["error"]["details"]
    assert details["photos"][0]["reason"] == "too_small"
    assert (details["photos"][0]["measured"], details["photos"][0]["limit"]) == (80, 100)


def test_a_face_that_is_enrolled_is_409_and_names_the_driver(
    client: Client, tmp_path: Path
) -> None:
    driver_id = created(client, 7)
    answer = create(client, 7)
    assert error_of(answer)[:2] == (409, "already_enrolled")
    assert answer.json()["error"]["message"].endswith(", or ask with ?allow_twin=true")
    details = answer.json()["error"]["details"]
    assert (details["driver_id"], set(details)) == (
        driver_id,
        {"driver_id", "similarity", "threshold"},
    )
    assert details["similarity"] > 0.9 > details["threshold"]
    assert details["similarity"] == round(details["similarity"], 4)
    assert (rows(tmp_path)["drivers"], len(stored_crops(tmp_path))) == (1, 3)


def test_a_twin_is_taken_where_the_caller_or_the_settings_allow_it(
    client: Client, make_client: Callable[..., Client]
) -> None:
    created(client, 7)
    files = images(*photos_of(7, 3))
    assert client.post(f"{DRIVERS}?allow_twin=true", files=files).status_code == 201
    easy = make_client(enrolment={"refuse_twins": False})
    assert create(easy, 7).status_code == 201


KEY = {"idempotency-key": "5f0c2a1b-9d3e"}


def send(client: Client, identity: int = 7, path: str = DRIVERS, **details: Any) -> Any:
    return client.post(path, files=images(*photos_of(identity, 3)), data=details, headers=KEY)


def test_the_same_request_again_answers_the_same_driver_and_enrols_nothing(
    client: Client, tmp_path: Path
) -> None:
    first = send(client, name="Ann", valid_from="2026-01-01T07:00:00+07:00")
    again = send(client, name="Ann", valid_from="2026-01-01T07:00:00+07:00")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    as_json = client.post(
        DRIVERS,
        json={
            "images": client.base64_photos(7, 3),
            "name": "Ann",
            "valid_from": "2026-01-01T00:00:00Z",
        },
        headers=KEY,
    )
    assert (as_json.status_code, as_json.json()["driver"]) == (200, first.json()["driver"])
    assert (rows(tmp_path)["drivers"], len(stored_crops(tmp_path))) == (1, 3)


def test_the_key_of_another_request_is_409(client: Client, tmp_path: Path) -> None:
    send(client, name="Ann")
    reused = (409, "idempotency_key_reused", "this idempotency key came with another request")
    assert error_of(send(client, name="Bo")) == reused
    assert error_of(send(client, identity=8, name="Ann")) == reused
    assert error_of(send(client, path=f"{DRIVERS}?allow_twin=true", name="Ann")) == reused
    assert error_of(client.post(f"{DRIVERS}/1/faces", files=images(face_jpeg(7)), headers=KEY)) == (
        reused
    )
    assert rows(tmp_path)["drivers"] == 1


@pytest.mark.parametrize("stage", ["register", "answer_of_register"])
def test_a_request_that_failed_can_be_sent_again_with_its_key(
    client: Client, tmp_path: Path, stage: str
) -> None:
    setattr(client.faults, stage, GalleryUnavailable("the gallery's store cannot be written"))
    assert error_of(send(client))[:2] == (503, "gallery_unavailable")
    client.settle()
    setattr(client.faults, stage, None)
    answers = [send(client) for _ in range(2)]
    assert [answer.status_code for answer in answers] in ([201, 200], [200, 200])
    client.settle()
    assert (rows(tmp_path)["drivers"], len(stored_crops(tmp_path))) == (1, 3)
    assert client.get(f"{DRIVERS}/1/photo").status_code == 200


def test_a_crash_between_commit_and_answer_enrols_once(
    make_client: Callable[..., Client], tmp_path: Path
) -> None:
    client = make_client()
    client.faults.answer_of_register = GalleryUnavailable("lost")
    assert send(client).status_code == 503
    restarted = make_client()
    answer = send(restarted)
    assert (answer.status_code, answer.json()["driver"]["id"]) == (200, 1)
    assert rows(tmp_path)["drivers"] == 1


def test_a_repeated_request_for_an_erased_driver_says_so(client: Client) -> None:
    send(client)
    client.request("DELETE", f"{DRIVERS}/1")
    assert error_of(send(client)) == (
        404,
        "driver_not_found",
        "driver 1, whom this request enrolled, has been erased",
    )


def test_a_refused_request_may_be_mended_under_its_key(client: Client) -> None:
    files = images(*photos_of(7, 2), jpeg(street()))
    assert client.post(DRIVERS, files=files, headers=KEY).status_code == 422
    assert send(client).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "é".encode()])
def test_a_key_is_visible_ascii(quiet_client: Client, key: str | bytes) -> None:
    files = images(*photos_of(7, 3))
    answer = quiet_client.post(DRIVERS, files=files, headers={b"idempotency-key": key})
    assert error_of(answer) == (
        400,
        "invalid_request",
        "Idempotency-Key must be 1 to 200 visible ASCII characters",
    )


def test_without_pictures_kept_a_driver_is_recognised_but_has_no_photo(
    make_client: Callable[..., Client], tmp_path: Path
) -> None:
    client = make_client(storage={"keep_pictures": False})
    answer = create(client, 7)
    assert [one["face_id"] for one in answer.json()["photos"]] == [1, 2, 3]
    assert identified(client, 7)["driver"]["id"] == 1
    assert stored_crops(tmp_path) == set()
    assert error_of(client.get(f"{DRIVERS}/1/photo"))[:2] == (404, "not_found")
    faces = client.get(f"{DRIVERS}/1/faces").json()["faces"]
    assert [face["image_path"] for face in faces] == [None] * 3

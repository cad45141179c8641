"""/v1/faces:identify and /v1/drivers/{id}/verify."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from pipelines.errors import GalleryUnavailable, Overloaded
from pipelines.imaging import decode
from tests.contract.application import Client, face_jpeg, images, jpeg, photos_of, street
from tests.contract.driver_calls import (
    DRIVERS,
    IDENTIFY,
    created,
    error_of,
    identified,
    stored_crops,
    two_faces,
)

PAST, FUTURE = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"


def test_a_face_is_a_drivers_with_the_numbers_that_decide(client: Client) -> None:
    created(client, 8)
    driver_id = created(client, 7, name="Ann")
    face = identified(client, 7)
    assert (face["decision"], face["reason"]) == ("driver", None)
    assert (face["driver"]["id"], face["driver"]["name"]) == (driver_id, "Ann")
    assert face["similarity"] >= face["threshold"]
    assert face["similarity"] - face["second_similarity"] >= face["margin"]
    assert (face["gallery_size"], face["sequence"]) == (2, 2)
    assert [one["driver_id"] for one in face["candidates"]] == [driver_id, 1]
    assert face["candidates"][0]["similarity"] == face["similarity"]
    assert face["box"] == {"x1": 100, "y1": 60, "x2": 180, "y2": 140}
    assert set(face["quality"]) == {"size_px", "sharpness", "brightness", "yaw", "pitch", "roll"}


def test_says_why_a_face_is_unknown(client: Client) -> None:
    nobody = identified(client, 7)
    assert (nobody["decision"], nobody["driver"]) == ("unknown", None)
    assert (nobody["reason"], nobody["similarity"], nobody["candidates"]) == (
        "no_driver_enrolled",
        None,
        [],
    )
    driver_id = created(client, 7)
    assert identified(client, 9)["reason"] == "below_threshold"
    client.request("PATCH", f"{DRIVERS}/{driver_id}", json={"valid_until": PAST})
    expired = identified(client, 7)
    assert (expired["reason"], expired["driver"]) == ("outside_validity", None)
    assert expired["candidates"][0]["driver_id"] == driver_id
    client.request("PATCH", f"{DRIVERS}/{driver_id}", json={"valid_until": None})
    assert identified(client, 7)["decision"] == "driver"
    client.post(f"{DRIVERS}?allow_twin=true", files=images(*photos_of(7, 3)))
    assert identified(client, 7)["reason"] == "too_close_to_second"


def test_every_face_of_the_picture_is_answered_the_largest_alone_where_asked(
    client: Client,
) -> None:
    created(client, 7)
    picture = two_faces(7, 9)
    faces = client.post(IDENTIFY, content=picture).json()["faces"]
    assert sorted(face["decision"] for face in faces) == ["driver", "unknown"]
    assert len(client.post(f"{IDENTIFY}?largest=true", content=picture).json()["faces"]) == 1
    assert len(client.post(f"{IDENTIFY}?limit=1", content=picture).json()["faces"]) == 1
    assert client.post(IDENTIFY, content=jpeg(street())).json()["faces"] == []


def test_answers_crops_camera_and_times_where_asked(client: Client) -> None:
    created(client, 7)
    asked = {"return_crops": "true", "camera_id": "gate-1", "timestamp": "2027-01-31T08:00:00Z"}
    answer = client.post(IDENTIFY, params=asked, content=face_jpeg(7, 222)).json()
    crop = decode(base64.b64decode(answer["faces"][0]["crop"]), max_pixels=1_000_000)
    assert crop.shape[2] == 3
    assert (answer["camera_id"], answer["timestamp"]) == ("gate-1", "2027-01-31T08:00:00Z")
    assert set(answer["timings_ms"]) == {"embed", "search", "record", "total"}
    plain = client.post(IDENTIFY, content=face_jpeg(7, 222)).json()
    assert (plain["faces"][0]["crop"], plain["camera_id"], plain["timestamp"]) == (None,) * 3


def test_names_as_many_candidates_as_asked_for(client: Client) -> None:
    for identity in range(4):
        created(client, identity)
    for asked, named in (("", 4), ("&top_k=1", 1), ("&top_k=3", 3)):
        answer = client.post(f"{IDENTIFY}?largest=true{asked}", content=face_jpeg(2, 222))
        [face] = answer.json()["faces"]
        assert len(face["candidates"]) == named
        assert (face["driver"]["id"], face["second_similarity"] is None) == (3, False)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("top_k=0", "top_k: input should be greater than or equal to 1"),
        ("top_k=6", "top_k: input should be less than or equal to 5"),
        ("largest=perhaps", "largest: input should be a valid boolean, unable to interpret input"),
    ],
)
def test_refuses_other_questions(quiet_client: Client, asked: str, message: str) -> None:
    answer = quiet_client.post(f"{IDENTIFY}?{asked}", content=face_jpeg(7))
    assert error_of(answer) == (400, "invalid_request", message)


def test_stores_nothing_of_whom_it_looks_at(
    make_client: Callable[..., Client], tmp_path: Any
) -> None:
    client = make_client()
    created(client, 7)
    before = stored_crops(tmp_path)
    identified(client, 7)
    client.post(f"{DRIVERS}/1/verify", content=face_jpeg(7, 222))
    assert stored_crops(tmp_path) == before


def test_holds_a_face_against_one_driver(client: Client) -> None:
    ann, bo = created(client, 7), created(client, 8, valid_from=FUTURE)
    same = client.post(f"{DRIVERS}/{ann}/verify", content=face_jpeg(7, 222)).json()
    other = client.post(f"{DRIVERS}/{ann}/verify", content=face_jpeg(8, 222)).json()
    early = client.post(f"{DRIVERS}/{bo}/verify", content=face_jpeg(8, 222)).json()
    assert (same["match"], same["valid"], same["driver_id"]) == (True, True, ann)
    assert same["similarity"] > same["threshold"] == 0.45
    assert (other["match"], other["similarity"] < other["threshold"]) == (False, True)
    assert (early["match"], early["valid"]) == (True, False)
    assert same["box"] == {"x1": 100, "y1": 60, "x2": 180, "y2": 140}
    group = client.post(f"{DRIVERS}/{ann}/verify", content=two_faces(8, 7)).json()
    assert (same["faces"], group["faces"]) == (1, 2)


def test_the_threshold_of_a_verification_is_a_setting(make_client: Callable[..., Client]) -> None:
    client = make_client(gallery={"verify_threshold": 0.999})
    created(client, 7)
    verified = client.post(f"{DRIVERS}/1/verify", content=face_jpeg(7, 222)).json()
    assert (verified["match"], verified["threshold"]) == (False, 0.999)


def test_a_picture_without_a_face_cannot_be_verified(quiet_client: Client) -> None:
    answer = quiet_client.post(f"{DRIVERS}/1/verify", content=jpeg(street()))
    message = "the picture shows no face, send one that shows the driver's face"
    assert error_of(answer) == (422, "no_face_found", message)


@pytest.mark.parametrize(
    ("fault", "code", "retry_after"),
    [
        (GalleryUnavailable("the gallery's store cannot be read"), "gallery_unavailable", "1"),
        (
            Overloaded("the service is busy, try again shortly", {"retry_after_s": 7}),
            "overloaded",
            "7",
        ),
    ],
)
def test_a_gallery_that_does_not_answer_is_503(
    client: Client, fault: Exception, code: str, retry_after: str
) -> None:
    created(client, 7)
    client.faults.search = fault
    for path in (IDENTIFY, f"{DRIVERS}/1/verify"):
        answer = client.post(path, content=face_jpeg(7))
        assert error_of(answer)[:2] == (503, code)
        assert answer.headers["retry-after"] == retry_after

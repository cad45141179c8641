"""/v1/gate:check."""

import base64
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from pipelines.engines.fake_face_encoder import draw_fake_face
from pipelines.engines.fake_plate_reader import draw_fake_plate
from pipelines.errors import GalleryUnavailable, Overloaded
from pipelines.imaging import decode
from tests.contract.application import Client, face_jpeg, jpeg, plate_jpeg, street
from tests.contract.driver_calls import DRIVERS, created, error_of, two_faces

CHECK = "/v1/gate:check"
PAST = "2020-01-01T00:00:00Z"
PLATE = "30M2943"


def scene(plate: str, identity: int) -> bytes:
    """One picture of a plate and a face."""
    picture = np.full((480, 640, 3), 90, np.uint8)
    picture, _ = draw_fake_plate(picture, 40, 20, plate)
    picture, _ = draw_fake_face(picture, 400, 300, identity)
    return jpeg(picture)


def known(client: Client, **more: Any) -> int:
    """Makes a vehicle known."""
    answer = client.post("/v1/vehicles", json={"plate": PLATE, **more})
    assert answer.status_code == 201, answer.text
    vehicle_id: int = answer.json()["id"]
    return vehicle_id


def checked(client: Client, vehicle: bytes, driver: bytes, **query: Any) -> dict[str, Any]:
    """The answer for two pictures."""
    answer = client.post(
        CHECK,
        params=query,
        files=[("vehicle", ("car.jpg", vehicle)), ("driver", ("face.jpg", driver))],
    )
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def verdict(said: dict[str, Any]) -> tuple[str, list[str]]:
    return said["decision"], [one["code"] for one in said["reasons"]]


def test_a_known_vehicle_with_its_driver_may_go_in(client: Client) -> None:
    driver_id = created(client, 7, name="Ann")
    vehicle_id = known(client, country="VN", driver_ids=[driver_id])
    said = checked(client, plate_jpeg(PLATE), face_jpeg(7, 222), camera_id="gate-1")
    assert verdict(said) == ("allow", ["vehicle_allowed", "driver_allowed"])
    assert said["reasons"][0] == {
        "code": "vehicle_allowed",
        "decision": "allow",
        "message": "the vehicle is known and allowed",
    }
    assert (said["vehicle"]["id"], said["vehicle"]["plate"]) == (vehicle_id, PLATE)
    assert said["match"] == {
        "reason": "matched",
        "raw_text": PLATE,
        "text": PLATE,
        "vehicle_id": vehicle_id,
        "probability": said["match"]["probability"],
        "second_probability": 0.0,
        "exact": True,
    }
    assert said["match"]["probability"] > 0.99
    assert (said["plate"]["text"], said["plates"], said["plate"]["crop"]) == (PLATE, 1, None)
    assert (said["face"]["driver"]["name"], said["faces"]) == ("Ann", 1)
    assert said["camera_id"] == "gate-1"
    assert set(said["timings_ms"]) == {
        *("detect", "read", "match", "embed", "search", "record", "total")
    }


@pytest.mark.parametrize(
    "way",
    [
        {"content": scene(PLATE, 7)},
        {"files": [("image", ("scene.jpg", scene(PLATE, 7)))]},
        {"json": {"image": base64.b64encode(scene(PLATE, 7)).decode()}},
        {
            "json": {
                "vehicle": {"image": base64.b64encode(plate_jpeg(PLATE)).decode()},
                "driver": {"image": base64.b64encode(face_jpeg(7, 222)).decode()},
            }
        },
    ],
    ids=["body", "form", "json", "two in json"],
)
def test_one_picture_may_show_both(client: Client, way: dict[str, Any]) -> None:
    created(client, 7)
    known(client)
    answer = client.post(CHECK, **way)
    assert verdict(answer.json()) == ("allow", ["vehicle_allowed", "driver_allowed"])


@pytest.mark.parametrize(
    ("vehicle", "decision", "code"),
    [
        ({"list": "deny"}, "deny", "vehicle_denied"),
        ({"valid_until": PAST}, "deny", "vehicle_not_valid"),
        ({"list": "deny", "valid_until": PAST}, "deny", "vehicle_denied"),
        ({"list": "watch"}, "allow", "vehicle_watched"),
    ],
)
def test_the_vehicles_list_and_dates_count(
    client: Client, vehicle: dict[str, Any], decision: str, code: str
) -> None:
    created(client, 7)
    known(client, **vehicle)
    said = checked(client, plate_jpeg(PLATE), face_jpeg(7, 222))
    assert verdict(said) == (decision, [code, "driver_allowed"])


def test_the_link_between_vehicle_and_driver_counts(client: Client) -> None:
    first, second = created(client, 7), created(client, 8)
    known(client, driver_ids=[second])
    car = plate_jpeg(PLATE)
    refused = checked(client, car, face_jpeg(7, 222))
    assert verdict(refused) == ("deny", ["vehicle_allowed", "driver_not_allowed"])
    assert checked(client, car, face_jpeg(8, 222))["decision"] == "allow"
    client.request("PATCH", "/v1/vehicles/1", json={"driver_ids": [first, second]})
    assert checked(client, car, face_jpeg(7, 222))["decision"] == "allow"
    client.request("DELETE", f"{DRIVERS}/{first}")
    gone = checked(client, car, face_jpeg(7, 222))
    assert verdict(gone) == ("ask", ["vehicle_allowed", "driver_unknown"])
    client.request("PATCH", "/v1/vehicles/1", json={"driver_ids": []})
    nobody = checked(client, car, face_jpeg(8, 222))
    assert verdict(nobody) == ("deny", ["vehicle_allowed", "driver_not_allowed"])


def test_the_drivers_dates_count(client: Client) -> None:
    driver_id = created(client, 7)
    known(client)
    client.request("PATCH", f"{DRIVERS}/{driver_id}", json={"valid_until": PAST})
    said = checked(client, plate_jpeg(PLATE), face_jpeg(7, 222))
    assert verdict(said) == ("deny", ["vehicle_allowed", "driver_not_valid"])


def test_asks_about_what_it_does_not_know_or_see(client: Client) -> None:
    created(client, 7)
    known(client)
    car, face, nothing = plate_jpeg(PLATE), face_jpeg(7, 222), jpeg(street())
    for vehicle, driver, codes in (
        (plate_jpeg("51F67890"), face, ["vehicle_unknown"]),
        (nothing, face, ["no_plate"]),
        (car, face_jpeg(9), ["vehicle_allowed", "driver_unknown"]),
        (car, nothing, ["vehicle_allowed", "no_face"]),
        (nothing, nothing, ["no_plate", "no_face"]),
    ):
        assert verdict(checked(client, vehicle, driver)) == ("ask", codes)


def test_asks_which_of_several_is_meant(client: Client) -> None:
    created(client, 7)
    known(client)
    said = checked(client, plate_jpeg(PLATE, "51F6789"), two_faces(7, 9))
    assert said["decision"] == "ask"
    assert {"several_plates", "several_faces"} < {one["code"] for one in said["reasons"]}
    assert (said["plates"], said["faces"]) == (2, 2)


def test_says_that_a_plate_cannot_be_read(client: Client) -> None:
    created(client, 7)
    picture = cv2.imdecode(np.frombuffer(plate_jpeg(PLATE), np.uint8), cv2.IMREAD_COLOR)
    picture[60:100, 100:150] = (0, 255, 255)
    said = checked(client, jpeg(picture), face_jpeg(7, 222))
    assert verdict(said) == ("ask", ["plate_unreadable"])
    assert (said["match"], said["plate"]["text"]) == (None, None)


def test_the_settings_say_what_becomes_of_the_unknown(
    make_client: Callable[..., Client],
) -> None:
    client = make_client(gate={"unknown_vehicle": "deny", "unknown_driver": "deny"})
    created(client, 7)
    said = checked(client, plate_jpeg(PLATE), face_jpeg(7, 222))
    assert verdict(said) == ("deny", ["vehicle_unknown"])
    known(client)
    said = checked(client, plate_jpeg(PLATE), face_jpeg(9))
    assert verdict(said) == ("deny", ["vehicle_allowed", "driver_unknown"])


def test_answers_crops_where_asked(client: Client) -> None:
    created(client, 7)
    said = checked(client, plate_jpeg(PLATE), face_jpeg(7, 222), return_crops=True)
    for crop in (said["plate"]["crop"], said["face"]["crop"]):
        assert decode(base64.b64decode(crop), max_pixels=1_000_000).shape[2] == 3


@pytest.mark.parametrize(
    ("way", "message"),
    [
        (
            {"files": [("vehicle", ("car.jpg", plate_jpeg(PLATE)))]},
            "send one file image, or one file vehicle and one file driver",
        ),
        (
            {
                "files": [
                    ("image", ("a.jpg", plate_jpeg(PLATE))),
                    ("driver", ("b.jpg", face_jpeg(7))),
                ]
            },
            "send one file image, or one file vehicle and one file driver",
        ),
        (
            {"json": {"vehicle": {"image": "/9j/"}}},
            "image: send image (or image_url), or vehicle and driver in its place",
        ),
        (
            {"json": {"vehicle": {}, "driver": {}}},
            "vehicle.image: send image, or image_url in its place",
        ),
    ],
)
def test_refuses_what_is_neither_one_picture_nor_two(
    quiet_client: Client, way: dict[str, Any], message: str
) -> None:
    status, code, said = error_of(quiet_client.post(CHECK, **way))
    assert (status, code) == (400, "invalid_request")
    assert said.startswith(message)


def test_a_picture_that_cannot_be_used_or_a_stage_that_fails_is_an_error(client: Client) -> None:
    files = [("vehicle", ("car.jpg", b"GIF89a")), ("driver", ("face.jpg", face_jpeg(7)))]
    assert error_of(client.post(CHECK, files=files)) == (
        400,
        "unsupported_picture",
        "car.jpg: the content is neither PNG nor JPEG, send one of these",
    )
    client.faults.detect = Overloaded("the service is busy, try again shortly")
    assert client.post(CHECK, content=scene(PLATE, 7)).status_code == 503
    client.faults.detect = None
    client.faults.match = GalleryUnavailable("the driver gallery cannot be reached now")
    assert client.post(CHECK, content=scene(PLATE, 7)).status_code == 503

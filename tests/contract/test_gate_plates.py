"""Which vehicle a gate takes a plate for, and what other plates on its picture do."""

import cv2
import numpy as np

from pipelines.engines.fake_plate_reader import draw_fake_plate
from tests.contract.application import Client, face_jpeg, jpeg, plate_jpeg
from tests.contract.driver_calls import created
from tests.contract.test_gate_route import PLATE, checked, known, verdict


def test_a_plate_read_surely_is_not_taken_for_its_neighbour(client: Client) -> None:
    created(client, 7)
    known(client)
    said = checked(client, plate_jpeg("30M2944"), face_jpeg(7, 222))
    assert verdict(said) == ("ask", ["vehicle_unknown"])
    assert (said["match"]["raw_text"], said["match"]["text"]) == ("30M2944", None)
    assert (said["match"]["exact"], said["vehicle"]) == (False, None)
    client.request("PATCH", "/v1/vehicles/1", json={"list": "deny"})
    said = checked(client, plate_jpeg("30M2944"), face_jpeg(7, 222))
    assert verdict(said) == ("ask", ["vehicle_may_be_denied", "vehicle_unknown"])


def test_a_camera_learns_no_more_of_a_vehicle_than_it_needs(client: Client) -> None:
    created(client, 7)
    known(client, notes="Night shift", external_id="van-12")
    said = checked(client, plate_jpeg(PLATE), face_jpeg(7, 222))
    assert said["vehicle"] == {
        "id": 1,
        "plate": PLATE,
        "formatted": "30M-2943",
        "country": None,
        "list": "allow",
    }


def street_of(*plates: tuple[str, float], unreadable: bool = False) -> bytes:
    """Plates side by side, each so many times as large as the first may be."""
    picture = np.full((640, 900, 3), 90, np.uint8)
    for place, (text, scale) in enumerate(plates):
        one, box = draw_fake_plate(np.full((240, 400, 3), 90, np.uint8), 20, 20, text)
        if unreadable and place == 0:
            one[40:80, 80:130] = (0, 255, 255)
        large = cv2.resize(one, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        height, width = large.shape[:2]
        picture[place * 330 : place * 330 + height, :width] = large
        assert box.width > 0
    return jpeg(picture)


def test_a_denied_vehicle_beside_an_allowed_one_is_denied(client: Client) -> None:
    created(client, 7)
    known(client)
    client.post("/v1/vehicles", json={"plate": "51F6789", "list": "deny"})
    said = checked(client, street_of((PLATE, 1.0), ("51F6789", 0.9)), face_jpeg(7, 222))
    assert said["plates"] == 2
    assert verdict(said) == ("deny", ["several_plates", "vehicle_denied", "driver_allowed"])


def test_a_far_vehicle_does_not_open_for_a_near_one_that_cannot_be_read(client: Client) -> None:
    created(client, 7)
    known(client)
    picture = street_of(("51F6789", 1.3), (PLATE, 0.7), unreadable=True)
    said = checked(client, picture, face_jpeg(7, 222))
    assert said["plates"] == 2
    assert said["plate"]["text"] == PLATE
    assert verdict(said) == ("ask", ["several_plates", "vehicle_allowed", "driver_allowed"])


def test_a_far_vehicle_does_not_count(client: Client) -> None:
    created(client, 7)
    known(client)
    client.post("/v1/vehicles", json={"plate": "51F6789", "list": "deny"})
    said = checked(client, street_of((PLATE, 1.2), ("51F6789", 0.6)), face_jpeg(7, 222))
    assert said["plates"] == 2
    assert verdict(said) == ("allow", ["vehicle_allowed", "driver_allowed"])


def test_asks_which_of_two_vehicles_alike_it_is(client: Client) -> None:
    created(client, 7)
    known(client, country="LA")
    known(client, country="KH")
    said = checked(client, plate_jpeg(PLATE), face_jpeg(7, 222))
    assert verdict(said) == ("ask", ["vehicles_alike"])
    assert (said["vehicle"], said["match"]["reason"], said["match"]["text"]) == (
        None,
        "alike",
        None,
    )

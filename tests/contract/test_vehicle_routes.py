"""/v1/vehicles: create, list, read, change and erase."""

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.errors import GalleryUnavailable
from tests.contract.application import Client, images, photos_of
from tests.contract.driver_calls import DRIVERS, created, end_validity, error_of

VEHICLES = "/v1/vehicles"
NO_VEHICLE = (404, "vehicle_not_found", "there is no vehicle 9")


def made(client: Client, plate: str, **more: Any) -> dict[str, Any]:
    answer = client.post(VEHICLES, json={"plate": plate, **more})
    assert answer.status_code == 201, answer.text
    vehicle: dict[str, Any] = answer.json()
    return vehicle


def test_a_vehicle_is_made_known_and_read(client: Client) -> None:
    driver_id = created(client, 7)
    answer = client.post(
        VEHICLES,
        json={
            "plate": " 30a-123.45 ",
            "country": "vn",
            "list": "watch",
            "driver_ids": [driver_id, driver_id],
            "notes": "van",
            "external_id": " van-12 ",
            "valid_from": "2027-01-31T08:00:00+07:00",
        },
    )
    assert answer.status_code == 201
    vehicle = answer.json()
    moment = vehicle.pop("created_at")
    assert moment == vehicle.pop("updated_at")
    assert vehicle == {
        "id": 1,
        "plate": "30A12345",
        "formatted": "30A-123.45",
        "country": "VN",
        "list": "watch",
        "driver_ids": [driver_id],
        "notes": "van",
        "external_id": "van-12",
        "valid_from": "2027-01-31T01:00:00Z",
        "valid_until": None,
        "valid": False,
        "version": 1,
    }
    tag = '"1-invalid"'
    assert (answer.headers["etag"], answer.headers["location"]) == (tag, f"{VEHICLES}/1")
    read = client.get(f"{VEHICLES}/1")
    assert (read.json(), read.headers["etag"]) == (answer.json(), tag)
    unchanged = client.get(f"{VEHICLES}/1", headers={"if-none-match": tag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_a_vehicle_of_which_little_is_said_is_anybodys(client: Client) -> None:
    vehicle = made(client, "AB 123")
    assert (vehicle["list"], vehicle["driver_ids"], vehicle["country"]) == ("allow", None, None)
    assert (vehicle["formatted"], vehicle["valid"]) == ("AB123", True)


def test_one_plate_is_one_vehicle(client: Client) -> None:
    made(client, "30A12345", country="VN")
    again = client.post(VEHICLES, json={"plate": "30A-123.45"})
    assert error_of(again) == (409, "plate_taken", "vehicle 1 bears the plate 30A12345 already")
    assert again.json()["error"]["details"] == {"vehicle_id": 1}
    made(client, "30A12345", country="LA", external_id="x")
    taken = client.post(VEHICLES, json={"plate": "B1", "external_id": "x"})
    assert error_of(taken) == (
        409,
        "external_id_taken",
        'another vehicle has the external id "x"',
    )


def test_the_same_request_creates_once(client: Client) -> None:
    headers = {"idempotency-key": "a-key"}
    first = client.post(VEHICLES, json={"plate": "A1"}, headers=headers)
    again = client.post(VEHICLES, json={"plate": "a-1"}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    other = client.post(VEHICLES, json={"plate": "A2"}, headers=headers)
    assert error_of(other) == (
        409,
        "idempotency_key_reused",
        "this idempotency key came with another request",
    )


def test_the_same_request_again_does_not_bring_an_erased_vehicle_back(client: Client) -> None:
    headers = {"idempotency-key": "a-key"}
    assert client.post(VEHICLES, json={"plate": "A1"}, headers=headers).status_code == 201
    assert client.request("DELETE", f"{VEHICLES}/1").status_code == 204
    again = client.post(VEHICLES, json={"plate": "A1"}, headers=headers)
    assert error_of(again) == (404, "vehicle_not_found", "there is no vehicle 1")


def test_a_driver_and_a_vehicle_may_come_with_one_key(client: Client) -> None:
    headers = {"idempotency-key": "a-key"}
    driver = client.post(DRIVERS, files=images(*photos_of(7, 3)), headers=headers)
    vehicle = client.post(VEHICLES, json={"plate": "A1"}, headers=headers)
    assert (driver.status_code, vehicle.status_code) == (201, 201)


def test_a_creation_that_the_store_was_asked_for_twice_is_a_new_one(client: Client) -> None:
    book: Any = client.services.vehicles
    create = book.create

    async def sent_again(*asked: Any) -> Any:
        await create(*asked)
        return await create(*asked)

    book.create = sent_again
    assert client.post(VEHICLES, json={"plate": "A1"}).status_code == 201
    assert [one["id"] for one in client.get(VEHICLES).json()["vehicles"]] == [1]


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({}, "plate: must be sent"),
        ({"plate": "?!"}, "plate: must have 1 to 16 letters and digits"),
        ({"plate": "A" * 17}, "plate: must have 1 to 16 letters and digits"),
        (
            {"plate": "京A·12345"},
            'plate: "京" cannot be told apart from other letters yet: a plate has A to Z, 0 to 9 '
            "and what looks like these",
        ),
        ({"plate": "A1", "country": "VNM"}, "country: string should match pattern '^[A-Za-z]{2}$'"),
        ({"plate": "A1", "list": "grey"}, "list: input should be 'allow', 'deny' or 'watch'"),
        (
            {"plate": "A1", "driver_ids": ["1"]},
            "driver_ids[0]: input should be a valid integer",
        ),
        (
            {
                "plate": "A1",
                "valid_from": "2027-01-02T00:00:00Z",
                "valid_until": "2027-01-01T00:00:00Z",
            },
            "valid_until: must be later than valid_from",
        ),
        (
            {"plate": "A1", "colour": "red"},
            "colour: there is no such field, this route takes plate, country, list, driver_ids, "
            "notes, external_id, valid_from, valid_until",
        ),
    ],
)
def test_refuses_a_body_that_does_not_fit(
    quiet_client: Client, sent: dict[str, Any], message: str
) -> None:
    assert error_of(quiet_client.post(VEHICLES, json=sent)) == (400, "invalid_request", message)


def test_refuses_a_driver_who_is_not_enrolled(quiet_client: Client) -> None:
    answer = quiet_client.post(VEHICLES, json={"plate": "A1", "driver_ids": [99]})
    assert error_of(answer) == (404, "driver_not_found", "driver_ids: there is no driver 99")


def test_a_change_replaces_what_is_sent_of_the_version_that_was_read(client: Client) -> None:
    made(client, "A1", notes="van", external_id="x")
    url = f"{VEHICLES}/1"
    changed = client.request(
        "PATCH",
        url,
        json={"list": "deny", "notes": None, "driver_ids": []},
        headers={"if-match": '"1"', "content-type": "application/merge-patch+json"},
    )
    assert changed.status_code == 200, changed.text
    said = changed.json()
    assert (said["list"], said["notes"], said["driver_ids"]) == ("deny", None, [])
    assert (said["external_id"], said["version"], changed.headers["etag"]) == ("x", 2, '"2"')
    late = client.request("PATCH", url, json={"notes": "b"}, headers={"if-match": '"1"'})
    assert error_of(late) == (
        412,
        "version_mismatch",
        "vehicle 1 has changed since version 1",
    )
    several = client.request("PATCH", url, json={}, headers={"if-match": '"1", "2"'})
    assert (several.status_code, several.json()["version"]) == (200, 2)
    none = client.request("PATCH", url, json={}, headers={"if-match": '"7"'})
    assert none.status_code == 412
    nothing = client.request("PATCH", url, json={"plate": None})
    assert error_of(nothing) == (
        400,
        "invalid_request",
        "plate: a vehicle cannot be without one",
    )
    bad = client.request("DELETE", url, headers={"if-match": "2"})
    assert error_of(bad) == (
        400,
        "invalid_request",
        'If-Match must be the ETag of the vehicle, such as "3", in its quotes',
    )


def test_a_vehicle_is_sent_again_when_it_counts_no_more(client: Client) -> None:
    made(client, "A1", valid_until="2999-01-01T00:00:00Z")
    url = f"{VEHICLES}/1"
    tag = client.get(url).headers["etag"]
    assert client.get(url, headers={"if-none-match": tag}).status_code == 304
    end_validity(client.services.vehicles)
    ended = client.get(url, headers={"if-none-match": tag})
    assert (ended.status_code, ended.json()["valid"], ended.json()["version"]) == (200, False, 1)
    assert (tag, ended.headers["etag"]) == ('"1"', '"1-invalid"')
    same = client.get(url, headers={"if-none-match": ended.headers["etag"]})
    assert (same.status_code, same.headers["etag"]) == (304, '"1-invalid"')
    for version, match in enumerate(('"1"', '"2-invalid"', '"8-invalid", "3-invalid"'), 2):
        changed = client.request("PATCH", url, json={"notes": match}, headers={"if-match": match})
        assert (changed.status_code, changed.json()["version"]) == (200, version), changed.text
    for match in ('"3-invalid"', '"4-other"', 'W/"4"'):
        stale = client.request("PATCH", url, json={"notes": "a"}, headers={"if-match": match})
        assert stale.status_code == 412


def test_an_erased_vehicle_is_gone(client: Client) -> None:
    made(client, "A1")
    assert client.request("DELETE", f"{VEHICLES}/1", headers={"if-match": '"2"'}).status_code == 412
    assert client.request("DELETE", f"{VEHICLES}/1").status_code == 204
    assert client.get(VEHICLES).json() == {"vehicles": [], "next_cursor": None}
    for method in ("GET", "PATCH", "DELETE"):
        answer = client.request(method, f"{VEHICLES}/9", json={"notes": "x"})
        assert error_of(answer) == NO_VEHICLE
    assert error_of(client.get(f"{VEHICLES}/van"))[:2] == (404, "not_found")


def test_pages_lists_and_searches(client: Client) -> None:
    driver_id = created(client, 7)
    for number in range(1, 6):
        made(
            client,
            f"30A1234{number}",
            list="deny" if number == 2 else "allow",
            driver_ids=[driver_id] if number > 3 else None,
            external_id=f"van-{number}",
        )
    first = client.get(VEHICLES, params={"limit": 3}).json()
    rest = client.get(VEHICLES, params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [one["id"] for one in first["vehicles"] + rest["vehicles"]] == [1, 2, 3, 4, 5]
    assert rest["next_cursor"] is None
    for asked, found in (
        ({"query": "30a-123.44"}, [4]),
        ({"query": "VAN-"}, [1, 2, 3, 4, 5]),
        ({"plate": "30A-123.42"}, [2]),
        ({"list": "deny"}, [2]),
        ({"driver_id": driver_id}, [4, 5]),
        ({"external_id": "van-3"}, [3]),
        ({"external_id": "van-3", "list": "deny"}, []),
    ):
        answer = client.get(VEHICLES, params=asked).json()
        assert [one["id"] for one in answer["vehicles"]] == found, asked
    other = client.get(VEHICLES, params={"list": "deny", "cursor": first["next_cursor"]})
    assert error_of(other)[2] == (
        "cursor must be the next_cursor of the page before, with the same query"
    )


def test_an_erased_driver_is_named_no_more(client: Client) -> None:
    driver_id, other_id = created(client, 7), created(client, 8)
    made(client, "A1", driver_ids=[driver_id, other_id])
    assert client.request("DELETE", f"{DRIVERS}/{driver_id}").status_code == 204
    vehicle = client.get(f"{VEHICLES}/1").json()
    assert (vehicle["driver_ids"], vehicle["version"]) == ([other_id], 2)


def test_says_when_the_store_cannot_be_reached(make_client: Callable[..., Client]) -> None:
    client = make_client()
    client.faults.get = GalleryUnavailable("the driver gallery cannot be reached now")
    answer = client.get(f"{VEHICLES}/1")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "gallery_unavailable")

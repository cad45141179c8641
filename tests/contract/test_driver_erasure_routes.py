"""Erasing drivers, and merging two of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.errors import GalleryUnavailable
from tests.contract.application import RECOGNIZE, Client, face_jpeg, image
from tests.contract.driver_calls import (
    DRIVERS,
    NO_DRIVER,
    created,
    error_of,
    identified,
    rows,
    stored_crops,
)


def test_erasing_leaves_nothing_of_a_driver(client: Client, tmp_path: Path) -> None:
    driver_id = created(client, 7, name="Ann")
    assert client.post(RECOGNIZE, files=image(face_jpeg(7))).json()["user_id"] == driver_id
    assert len(stored_crops(tmp_path)) == 4
    answer = client.request("DELETE", f"{DRIVERS}/{driver_id}", headers={"if-match": '"1"'})
    assert (answer.status_code, answer.content) == (204, b"")
    assert rows(tmp_path) == {"drivers": 0, "faces": 0, "embeddings": 0, "crop_removals": 0}
    assert stored_crops(tmp_path) == set()
    assert identified(client, 7)["reason"] == "no_driver_enrolled"
    assert error_of(client.request("DELETE", f"{DRIVERS}/{driver_id}")) == NO_DRIVER


def test_crops_that_cannot_be_removed_now_are_left_to_the_sweep(
    make_client: Callable[..., Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client()
    driver_id = created(client, 7)

    async def away(_keys: object) -> None:
        raise GalleryUnavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr(client.services.crops, "remove", away)
        assert client.request("DELETE", f"{DRIVERS}/{driver_id}").status_code == 204
    assert (rows(tmp_path)["crop_removals"], len(stored_crops(tmp_path))) == (3, 3)
    client.sweep()
    assert (rows(tmp_path)["crop_removals"], stored_crops(tmp_path)) == (0, set())


def test_a_store_that_cannot_be_reached_erases_nothing(client: Client, tmp_path: Path) -> None:
    driver_id = created(client, 7)
    client.faults.erase = GalleryUnavailable("the gallery's store cannot be written")
    answer = client.request("DELETE", f"{DRIVERS}/{driver_id}")
    assert error_of(answer) == (
        503,
        "gallery_unavailable",
        "the gallery's store cannot be written",
    )
    assert answer.headers["retry-after"] == "1"
    assert (rows(tmp_path)["faces"], len(stored_crops(tmp_path))) == (3, 3)


def test_merges_two_drivers_who_are_one_person(client: Client, tmp_path: Path) -> None:
    ann = created(client, 7, name="Ann")
    answer = client.post(
        f"{DRIVERS}?allow_twin=true",
        json={"images": client.base64_photos(7, 3), "external_id": "a-1", "name": "Anna"},
    )
    twin = answer.json()["driver"]["id"]
    assert identified(client, 7)["reason"] == "too_close_to_second"
    merged = client.post(
        f"{DRIVERS}/{ann}/merge", json={"driver_id": twin}, headers={"if-match": '"1"'}
    )
    assert (merged.status_code, merged.headers["etag"]) == (200, '"2"')
    body = merged.json()
    assert (body["name"], body["external_id"], body["face_count"]) == ("Ann", "a-1", 6)
    assert error_of(client.get(f"{DRIVERS}/{twin}")) == NO_DRIVER
    assert identified(client, 7)["driver"]["id"] == ann
    client.request("DELETE", f"{DRIVERS}/{ann}")
    assert stored_crops(tmp_path) == set()


def test_two_people_are_merged_only_by_those_who_insist(client: Client) -> None:
    ann, bo = created(client, 7, name="Ann"), created(client, 8)
    refused = client.post(f"{DRIVERS}/{ann}/merge", json={"driver_id": bo})
    status, code, message = error_of(refused)
    assert (status, code) == (409, "not_same_person")
    details = refused.json()["error"]["details"]
    assert message == (
        f"drivers {ann} and {bo} do not look like one person, with a similarity of "
        f"{details['similarity']:.2f}, at least 0.50 is needed: merge them with ?allow_unlike=true "
        "only where you know better"
    )
    assert details["threshold"] == 0.5
    assert identified(client, 8)["driver"]["id"] == bo
    path = f"{DRIVERS}/{ann}/merge?allow_unlike=true"
    assert client.post(path, json={"driver_id": bo}).json()["face_count"] == 6


def test_an_expired_duplicate_does_not_shut_a_driver_out(client: Client) -> None:
    ann = created(client, 7)
    twin = client.post(
        f"{DRIVERS}?allow_twin=true",
        json={"images": client.base64_photos(7, 3), "valid_until": "2026-06-01T00:00:00Z"},
    ).json()["driver"]
    assert not twin["valid"]
    merged = client.post(f"{DRIVERS}/{ann}/merge", json={"driver_id": twin["id"]}).json()
    assert (merged["valid_until"], merged["valid"]) == (None, True)
    assert identified(client, 7)["driver"]["id"] == ann


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"driver_id": 1}, "a driver cannot be merged with itself"),
        ({"driver_id": 0}, "driver_id: input should be greater than or equal to 1"),
        ({"driver_id": "2"}, "driver_id: input should be a valid integer"),
        ({}, "driver_id: must be sent"),
        ({"driver_id": 2, "with": 3}, "with: there is no such field, this route takes driver_id"),
    ],
)
def test_a_merge_names_another_driver(quiet_client: Client, body: object, message: str) -> None:
    answer = quiet_client.post(f"{DRIVERS}/1/merge", json=body)
    assert error_of(answer) == (400, "invalid_request", message)

"""Vehicles leave with the gallery and enter with it, with the drivers who may drive them."""

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.errors import GalleryUnavailable
from tests.contract.application import Client
from tests.contract.driver_calls import DRIVERS, created, error_of
from tests.contract.gallery_files import IMPORT, exported, lines, rewritten, signed

VEHICLES = "/v1/vehicles"
KEEPING = f"{IMPORT}?keep_known_vehicles=true"
NOTHING = {"count": 0, "added": 0, "erased_since": 0, "left_out": 0, "known": [], "ids": []}


def known(client: Client, plate: str, **more: Any) -> int:
    answer = client.post(VEHICLES, json={"plate": plate, **more})
    assert answer.status_code == 201, answer.text
    vehicle_id: int = answer.json()["id"]
    return vehicle_id


def fleet(client: Client) -> dict[str, Any]:
    """The vehicles by their plates."""
    return {one["plate"]: one for one in client.get(VEHICLES).json()["vehicles"]}


def brought(client: Client, file: bytes, path: str = IMPORT, **headers: str) -> dict[str, Any]:
    answer = client.post(path, content=file, headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture
def file(client: Client) -> bytes:
    """Drivers 1 and 3, and vehicles 1, 2, 4 and 5; in between some were erased."""
    for identity in (1, 2, 3):
        created(client, identity)
    known(
        client,
        "30A-123.45",
        country="VN",
        list="watch",
        driver_ids=[1, 2, 3],
        notes="van",
        external_id="van-1",
        valid_from="2026-01-01T00:00:00Z",
        valid_until="2099-01-01T00:00:00Z",
    )
    known(client, "B1", list="deny", driver_ids=[2])
    known(client, "C1")
    known(client, "D1", driver_ids=[])
    known(client, "E1", driver_ids=[3])
    client.request("DELETE", f"{DRIVERS}/2")
    client.request("DELETE", f"{VEHICLES}/3")
    return exported(client)


def test_vehicles_enter_with_the_drivers_whom_they_name(
    client: Client, other: Client, file: bytes
) -> None:
    created(other, 9)  # every id is another one there
    known(other, "X9")
    answer = brought(other, file)
    assert answer["ids"] == [{"id_in_file": 1, "id": 2}, {"id_in_file": 3, "id": 3}]
    here = [{"id_in_file": old, "id": new} for old, new in ((1, 2), (2, 3), (4, 4), (5, 5))]
    assert answer["vehicles"] == {**NOTHING, "count": 4, "added": 4, "ids": here}
    mine, theirs = fleet(client), fleet(other)
    assert [theirs[plate]["driver_ids"] for plate in ("30A12345", "B1", "D1", "E1", "X9")] == [
        [2, 3],
        [],
        [],
        [3],
        None,
    ]
    for plate, vehicle in mine.items():
        for field in ("country", "list", "notes", "external_id", "created_at", "formatted"):
            assert theirs[plate][field] == vehicle[field], field
        for field in ("valid_from", "valid_until", "valid"):
            assert theirs[plate][field] == vehicle[field], field
        assert theirs[plate]["version"] == 1


def test_the_same_file_again_adds_no_vehicle_nor_one_that_was_erased(
    other: Client, file: bytes
) -> None:
    first = brought(other, file)
    other.request("PATCH", f"{VEHICLES}/1", json={"plate": "Z9"})
    other.request("DELETE", f"{VEHICLES}/2")
    other.request("DELETE", f"{DRIVERS}/2")
    again = brought(other, file)
    assert again["vehicles"] == {
        **first["vehicles"],
        "added": 0,
        "erased_since": 1,
        "ids": [one for one in first["vehicles"]["ids"] if one["id"] != 2],
    }
    assert {plate: one["driver_ids"] for plate, one in fleet(other).items()} == {
        "Z9": [1],
        "D1": [],
        "E1": [],
    }


def test_a_driver_who_was_erased_since_comes_back_by_no_vehicle(
    other: Client, file: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_in = other.services.vehicles.bring_in

    async def failing(*_: Any) -> Any:
        raise GalleryUnavailable("the driver gallery cannot be reached, try again shortly")

    monkeypatch.setattr(other.services.vehicles, "bring_in", failing, raising=False)
    answer = other.post(IMPORT, content=file)
    assert error_of(answer) == (
        503,
        "gallery_unavailable",
        "the driver gallery cannot be reached, try again shortly (all 2 drivers and 0 of 4 "
        "vehicles of the file are in; the same file again adds none of them twice)",
    )
    assert answer.json()["error"]["details"] == {"vehicles_added": 0, "vehicles": 4}
    monkeypatch.setattr(other.services.vehicles, "bring_in", bring_in)
    other.request("DELETE", f"{DRIVERS}/2")
    assert brought(other, file)["vehicles"]["added"] == 4
    assert fleet(other)["30A12345"]["driver_ids"] == [1]
    assert fleet(other)["E1"]["driver_ids"] == []


def test_a_file_of_known_vehicles_is_refused_whole_and_each_is_named(
    other: Client, file: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.drivers.vehicle_import._AT_ONCE", 1)
    known(other, "M1", external_id="van-1")
    taken = known(other, "e 1", country="FI", list="deny")
    answer = other.post(IMPORT, content=file)
    assert error_of(answer) == (
        409,
        "plate_taken",
        "2 of 4 vehicles of the file are known here already, the first of them, vehicle 1 of the "
        "file (30A12345), has the external id of vehicle 1: erase or change these vehicles first, "
        "or ask with ?keep_known_vehicles=true, which leaves them as they are here",
    )
    left_out = [
        {"id_in_file": 1, "plate": "30A12345", "vehicle_id": 1, "reason": "external_id_taken"},
        {"id_in_file": 5, "plate": "E1", "vehicle_id": taken, "reason": "plate_taken"},
    ]
    details = {"known": 2, "vehicles": 4, "first": left_out}
    assert answer.json()["error"]["details"] == details
    assert other.get("/v1/gallery").json()["drivers"] == 0
    assert sorted(fleet(other)) == ["E1", "M1"]
    vehicles = brought(other, file, KEEPING)["vehicles"]
    assert (vehicles["added"], vehicles["left_out"], vehicles["known"]) == (2, 2, left_out)
    assert sorted(fleet(other)) == ["B1", "D1", "E1", "M1"]
    assert fleet(other)["E1"]["list"] == "deny"
    again = brought(other, file, KEEPING)["vehicles"]
    assert again == {**vehicles, "added": 0}


def test_a_taken_external_id_alone_has_its_own_code(other: Client, file: bytes) -> None:
    known(other, "M1", external_id="van-1")
    assert error_of(other.post(IMPORT, content=file))[:2] == (409, "external_id_taken")


def test_a_new_key_brings_the_same_file_in_once_more(other: Client, file: bytes) -> None:
    brought(other, file)
    path = f"{KEEPING}&allow_twin=true"
    again = brought(other, file, path, **{"idempotency-key": "restore-1"})
    assert (again["added"], again["vehicles"]["added"]) == (2, 0)
    assert again["vehicles"]["left_out"] == 4


def test_files_without_vehicles_of_the_version_before_are_read(
    client: Client, other: Client
) -> None:
    created(client, 7)

    def older(parts: list[dict[str, Any]]) -> None:
        parts[0]["version"] = 1
        del parts[-1]["end"]["vehicles"]

    answer = brought(other, signed(rewritten(exported(client), older)))
    assert (answer["added"], answer["vehicles"]) == (1, NOTHING)


def test_an_export_has_the_vehicles_behind_the_drivers(
    client: Client, file: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = [next(iter(line)) for line in lines(file)[1:]]
    assert kinds == ["driver"] * 2 + ["vehicle"] * 4 + ["end"]
    assert lines(file)[0]["version"] == 2
    assert lines(file)[-1]["end"]["vehicles"] == 4
    first = lines(file)[3]["vehicle"]
    assert (first["plate"], first["driver_ids"]) == ("30A12345", [1, 3])
    monkeypatch.setattr("pipelines.drivers.vehicle_export._AT_ONCE", 1)
    assert lines(exported(client))[1:-1] == lines(file)[1:-1]


def test_a_driver_enrolled_while_the_file_is_written_is_named_in_it_by_no_vehicle(
    client: Client, file: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [line["vehicle"]["driver_ids"] for line in lines(file)[3:-1]] == [[1, 3], [], [], [3]]
    export = client.services.people.gallery.directory.export

    async def before_the_third(*args: Any) -> Any:
        return tuple(one for one in await export(*args) if one.driver_id < 3)

    monkeypatch.setattr(client.services.people.gallery.directory, "export", before_the_third)
    earlier = lines(exported(client))
    assert [line["vehicle"]["driver_ids"] for line in earlier[2:-1]] == [[1], [], [], []]


Change = Callable[[list[dict[str, Any]]], None]


IMPOSSIBLE: list[tuple[Change, str]] = [
    (
        lambda parts: parts[3]["vehicle"].update(driver_ids=[1, 2]),
        "vehicle 1 of the file: it names driver 2, who is not in the file",
    ),
    (
        lambda parts: parts[3]["vehicle"].update(plate="30A-12345"),
        "vehicle 1 of the file: plate must have 1 to 16 letters and digits",
    ),
    (
        lambda parts: parts[4]["vehicle"].update(plate="30A12345"),
        "vehicle 2 of the file: another one of the file bears the plate 30A12345",
    ),
    (
        lambda parts: parts[4]["vehicle"].update(external_id="van-1"),
        'vehicle 2 of the file: another one of the file has the external id "van-1"',
    ),
    (
        lambda parts: parts[4]["vehicle"].update(id=1),
        "vehicle 1 of the file: it comes after one of a higher id",
    ),
    (
        lambda parts: parts[4]["vehicle"].update(valid_until="0001-01-01T00:00:00+10:00"),
        "vehicle 2 of the file: valid_until lies outside of the years 1 to 9999",
    ),
    (
        lambda parts: parts[4]["vehicle"].update(wheels=4),
        "line 5 of the file: vehicle.wheels: Extra inputs are not permitted",
    ),
    (
        lambda parts: parts[2]["driver"].update(id=2**63),
        "line 3 of the file: driver.id: Input should be less than or equal to 9223372036854775807",
    ),
    (
        lambda parts: parts[2]["driver"].update(id=1),
        "driver 1 of the file comes after one of a higher id",
    ),
    (
        lambda parts: parts.insert(4, {"driver": {**parts[2]["driver"], "id": 9}}),
        "line 5 of the file holds no vehicle",
    ),
    (
        lambda parts: parts[0].update(version=1),
        "line 4 of the file holds no driver",
    ),
    (
        lambda parts: parts[-1]["end"].update(vehicles=3),
        "the file is damaged: its end does not fit its content",
    ),
    (
        lambda parts: parts.__delitem__(-1),
        "the file is cut off after 2 drivers and 4 vehicles, export the gallery again",
    ),
]


def test_vehicles_that_cannot_be_are_refused_with_the_whole_file(
    other: Client, file: bytes
) -> None:
    for change, message in IMPOSSIBLE:
        changed = rewritten(file, change)
        if "cut off" not in message:
            changed = signed(changed)
        answer = other.post(IMPORT, content=changed)
        assert error_of(answer) == (400, "invalid_request", message)
    assert other.get("/v1/gallery").json()["drivers"] == 0
    assert fleet(other) == {}


def test_more_vehicles_than_a_file_may_have_are_refused(
    other: Client, file: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.drivers.file_vehicles.MOST_VEHICLES", 3)
    message = "vehicle 5 of the file: the file has more than 3 vehicles"
    assert error_of(other.post(IMPORT, content=file)) == (400, "invalid_request", message)

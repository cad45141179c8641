"""Single lines of a gallery file, each as whoever wrote the file may have written it."""

import gzip
import io
import json
from hashlib import sha256
from typing import Any

import pytest

from pipelines.drivers.gallery_file_reader import GalleryFileReader
from pipelines.errors import InvalidRequest

MOMENT = "2026-11-22T20:00:00Z"
HEADER = {
    "format": "gatehouse-gallery",
    "version": 2,
    "created_at": MOMENT,
    "model_ids": ["sface/1"],
    "dimension": 4,
    "pictures": False,
}
SAID = {"notes": None, "external_id": None, "valid_from": None, "valid_until": None}
DRIVER = SAID | {"id": 1, "name": "Ann", "created_at": MOMENT, "faces": []}
VEHICLE = SAID | {
    "id": 1,
    "plate": "A1",
    "country": None,
    "list": "deny",
    "driver_ids": [1],
    "created_at": MOMENT,
}


def file_of(*lines: dict[str, Any]) -> io.BytesIO:
    raw = b"".join(json.dumps(line).encode() + b"\n" for line in (HEADER, *lines))
    end = {
        "drivers": sum("driver" in line for line in lines),
        "faces": 0,
        "vehicles": sum("vehicle" in line for line in lines),
        "sha256": sha256(raw).hexdigest(),
    }
    return io.BytesIO(gzip.compress(raw + json.dumps({"end": end}).encode() + b"\n"))


def refusal_of(*lines: dict[str, Any]) -> str:
    with pytest.raises(InvalidRequest) as refused:
        list(GalleryFileReader(file_of(*lines)).drivers())
    return str(refused.value)


@pytest.mark.parametrize(
    "line",
    [
        {"driver": None, "vehicle": VEHICLE},
        {"vehicle": VEHICLE, "driver": None},
        {"driver": DRIVER | {"id": 2}, "vehicle": VEHICLE},
        {"vehicle": VEHICLE, "end": None},
        {"vehicle": None},
        {},
    ],
)
def test_a_line_holds_one_thing_alone(line: dict[str, Any]) -> None:
    message = "line 3 of the file must hold one driver, one vehicle or the end"
    assert refusal_of({"driver": DRIVER}, line) == message


@pytest.mark.parametrize(("bad", "said"), [(2**63, "less"), (0, "greater"), (-(2**70), "greater")])
def test_an_id_is_one_that_a_database_can_hold(bad: int, said: str) -> None:
    bound = {"less": 2**63 - 1, "greater": 1}[said]
    message = f"Input should be {said} than or equal to {bound}"
    driver, vehicle = {"driver": DRIVER | {"id": bad}}, {"vehicle": VEHICLE | {"id": bad}}
    naming = {"vehicle": VEHICLE | {"driver_ids": [1, bad]}}
    assert refusal_of(driver) == f"line 2 of the file: driver.id: {message}"
    assert refusal_of(vehicle) == f"line 2 of the file: vehicle.id: {message}"
    assert refusal_of(naming) == f"line 2 of the file: vehicle.driver_ids.1: {message}"


def test_the_largest_id_is_read_in_both_readings() -> None:
    last = 2**63 - 1
    file = file_of(
        {"driver": DRIVER | {"id": last}},
        {"vehicle": VEHICLE | {"id": last, "driver_ids": [last]}},
    )
    assert [one.driver_id for one in GalleryFileReader(file).drivers()] == [last]
    file.seek(0)
    [vehicle] = GalleryFileReader(file).vehicles()
    assert (vehicle.vehicle_id, vehicle.details.driver_ids) == (last, (last,))


@pytest.mark.parametrize("version", [1, 2])
def test_two_drivers_with_one_external_id_are_refused_before_anything_is_written(
    version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HEADER, "version", version)
    drivers = [DRIVER | {"id": number, "external_id": "e1"} for number in (1, 2)]
    assert refusal_of(*({"driver": driver} for driver in drivers)) == (
        'driver 2 of the file: another one of the file has the external id "e1"'
    )

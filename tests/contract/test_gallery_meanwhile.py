"""Galleries that change between an import and its repeat, and what no file can hold."""

import asyncio
from typing import Any

import pytest

from pipelines.errors import Conflict, GalleryUnavailable
from tests.contract.application import Client
from tests.contract.driver_calls import DRIVERS, created, error_of
from tests.contract.gallery_files import EXPORT, IMPORT, exported

VEHICLES = "/v1/vehicles"


def test_a_driver_merged_before_the_repeat_is_named_as_the_one_who_stayed(
    client: Client, other: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    created(client, 7)
    created(client, 8)
    for plate, named in (("A1", [2]), ("B1", [1, 2])):
        client.post(VEHICLES, json={"plate": plate, "driver_ids": named})
    file = exported(client)
    created(other, 8)
    bring_in = other.services.vehicles.bring_in

    async def failing(*_: Any) -> Any:
        raise GalleryUnavailable("the driver gallery cannot be reached, try again shortly")

    monkeypatch.setattr(other.services.vehicles, "bring_in", failing, raising=False)
    assert other.post(f"{IMPORT}?allow_twin=true", content=file).status_code == 503
    monkeypatch.setattr(other.services.vehicles, "bring_in", bring_in)
    assert other.post(f"{DRIVERS}/1/merge", json={"driver_id": 3}).status_code == 200
    answer = other.post(IMPORT, content=file)
    assert answer.json()["vehicles"]["added"] == 2
    vehicles = other.get(VEHICLES).json()["vehicles"]
    assert [one["driver_ids"] for one in vehicles] == [[1], [1, 2]]


def test_a_gallery_of_more_vehicles_than_a_file_takes_is_not_exported(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for plate in ("A1", "B1", "C1"):
        client.post(VEHICLES, json={"plate": plate})
    monkeypatch.setattr("pipelines.drivers.vehicle_export.MOST_VEHICLES", 2)
    answer = client.get(EXPORT)
    assert error_of(answer) == (
        409,
        "conflict",
        "the gallery has 3 vehicles and a file at most 2: move it with a backup of its database",
    )
    assert answer.json()["error"]["details"] == {"vehicles": 3, "most": 2}


def test_of_very_many_known_vehicles_the_first_are_named(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for plate in ("A1", "B1", "C1"):
        client.post(VEHICLES, json={"plate": plate})
    file = exported(client)
    monkeypatch.setattr("pipelines.drivers.vehicle_import._NAMED", 2)
    details = client.post(IMPORT, content=file, headers={"idempotency-key": "again"}).json()
    first = details["error"]["details"]["first"]
    assert (details["error"]["details"]["known"], len(first)) == (3, 2)


def test_external_ids_that_are_exchanged_meanwhile_end_the_file_early(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    created(client, 7, external_id="e7")
    created(client, 8)
    directory = client.services.people.gallery.directory
    export = directory.export

    async def changing(after: int, limit: int, pictures: bool) -> Any:
        found = await export(after, limit, pictures)
        if after == 0:
            await directory.update(1, {"external_id": None})
            await directory.update(2, {"external_id": "e7"})
        return found

    monkeypatch.setattr("pipelines.drivers.gallery_transfer._EXPORTED_AT_ONCE", 1)
    monkeypatch.setattr(directory, "export", changing, raising=False)

    async def whole() -> None:
        async for _ in client.services.people.transfer.export(pictures=False):
            pass

    with pytest.raises(Conflict) as refused:
        asyncio.run(whole())
    assert str(refused.value) == (
        'driver 2 has the external id "e7", as another one did when that was written to the file: '
        "export the gallery again"
    )


@pytest.mark.parametrize("path", [DRIVERS, VEHICLES])
def test_accents_alone_find_nobody(client: Client, path: str) -> None:
    created(client, 7, name="Ann")
    client.post(VEHICLES, json={"plate": "A1"})
    answer = client.get(path, params={"query": "\u0301"})
    assert answer.json() == {path.removeprefix("/v1/"): [], "next_cursor": None}

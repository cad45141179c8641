"""Vehicles that change while a gallery file is written."""

import asyncio
import gzip
import io
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import get_ident
from typing import Any, cast

import pytest

from pipelines.drivers.gallery_file import VERSION, GalleryFileWriter, Header
from pipelines.drivers.gallery_file_reader import GalleryFileReader
from pipelines.drivers.vehicle_export import VehicleExport
from pipelines.errors import Conflict
from pipelines.vehicles.book import Vehicles
from pipelines.vehicles.records import VehicleDetails, VehiclePage, VehicleRecord

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def record(vehicle_id: int, plate: str, version: int = 1, **said: Any) -> VehicleRecord:
    return VehicleRecord(vehicle_id, VehicleDetails(plate, **said), version, NOW, NOW)


@dataclass
class Desk:
    """Vehicles in pages of two, and as they are once the first page was read."""

    before: list[VehicleRecord]
    after: list[VehicleRecord]
    pages: list[int] = field(default_factory=list)

    async def page(self, after: int, limit: int) -> VehiclePage:
        assert limit == 2
        self.pages.append(after)
        there = self.before if len(self.pages) == 1 else self.after
        rest = [one for one in there if one.vehicle_id > after]
        last = rest[1].vehicle_id if len(rest) > limit else None
        return VehiclePage(tuple(rest[:limit]), last)

    async def count(self) -> int:
        return len(self.after)


BEFORE = [record(1, "A1", external_id="van-1"), record(2, "B1"), record(3, "C1")]


@pytest.fixture(autouse=True)
def pages_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.drivers.vehicle_export._AT_ONCE", 2)


def export_of(desk: Desk) -> VehicleExport:
    return VehicleExport(cast("Vehicles", desk))


def written(desk: Desk) -> bytes:
    async def whole() -> bytes:
        writer = GalleryFileWriter()
        raw = writer.begin(
            Header(version=VERSION, created_at=NOW, model_ids=("m",), dimension=4, pictures=False)
        )
        async for lines in export_of(desk).export(writer):
            raw += lines
        return raw + writer.end()

    return asyncio.run(whole())


def plates(file: bytes) -> list[tuple[int, str]]:
    reader = GalleryFileReader(io.BytesIO(file))
    assert list(reader.drivers()) == []
    assert reader.summary is not None
    said = [json.loads(line) for line in gzip.decompress(file).splitlines()[1:-1]]
    assert reader.summary.vehicles == len(said)
    return [(line["vehicle"]["id"], line["vehicle"]["plate"]) for line in said]


def test_what_stays_as_it_is_is_written_whole() -> None:
    assert plates(written(Desk(BEFORE, BEFORE))) == [(1, "A1"), (2, "B1"), (3, "C1")]


def test_vehicles_are_written_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = set[int]()
    add_vehicle = GalleryFileWriter.add_vehicle

    def adding(writer: GalleryFileWriter, vehicle: VehicleRecord) -> bytes:
        threads.add(get_ident())
        return add_vehicle(writer, vehicle)

    monkeypatch.setattr(GalleryFileWriter, "add_vehicle", adding)
    written(Desk(BEFORE, BEFORE))
    assert threads and get_ident() not in threads


@pytest.mark.parametrize(
    "anew", [record(4, "A1"), record(4, "D1", external_id="van-1"), record(4, "A1", country="VN")]
)
def test_a_vehicle_that_is_erased_and_entered_anew_meanwhile_is_written_once(
    anew: VehicleRecord,
) -> None:
    desk = Desk(BEFORE, [*BEFORE[1:], anew, record(5, "E1")])
    assert plates(written(desk)) == [(1, "A1"), (2, "B1"), (3, "C1"), (5, "E1")]


def test_plates_that_are_exchanged_meanwhile_end_the_file_early() -> None:
    first, second, third = BEFORE
    exchanged = [
        replace(first, details=third.details, version=2),
        second,
        replace(third, details=first.details, version=2),
    ]
    with pytest.raises(Conflict) as refused:
        written(Desk(BEFORE, exchanged))
    assert str(refused.value) == (
        "vehicle 3 bears the plate A1, as another one did when that was written to the file: "
        "export the gallery again"
    )


def test_more_vehicles_than_a_file_takes_are_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.drivers.vehicle_export.MOST_VEHICLES", 2)
    export = export_of(Desk(BEFORE, BEFORE))
    with pytest.raises(Conflict) as refused:
        asyncio.run(export.refuse_too_many())
    assert str(refused.value) == (
        "the gallery has 3 vehicles and a file at most 2: move it with a backup of its database"
    )
    assert refused.value.extra == {"vehicles": 3, "most": 2}
    with pytest.raises(Conflict):
        written(Desk(BEFORE, BEFORE))

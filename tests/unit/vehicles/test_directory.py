"""Vehicles on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from configs.settings import GallerySettings
from pipelines.errors import (
    DriverNotFound,
    ExternalIdTaken,
    IdempotencyKeyReused,
    InvalidRequest,
    PlateTaken,
    VehicleNotFound,
    VersionMismatch,
)
from pipelines.gallery.store import GalleryStore
from pipelines.vehicles.directory import VehicleDirectory
from pipelines.vehicles.records import (
    VehicleChanges,
    VehicleDetails,
    VehicleFilter,
    VehicleList,
    normal_plate,
)
from pipelines.vehicles.schema import vehicle_changes
from tests.unit.conftest import DIMENSION, MODEL

_tokens = count(1)

FULL = VehicleDetails(
    plate="30A12345",
    country="VN",
    list=VehicleList.WATCH,
    driver_ids=(1, 3),
    notes="late\nshift",
    external_id="fleet-7",
    valid_from=datetime(2026, 1, 1, tzinfo=UTC),
    valid_until=datetime(2027, 1, 1, tzinfo=UTC),
)


def token() -> str:
    return f"t{next(_tokens)}"


def created(vehicles: VehicleDirectory, plate: str, **more: object) -> int:
    details = replace(VehicleDetails(plate), **more)  # type: ignore[arg-type]  # whatever a test sets
    return vehicles.create(details, token())[0].vehicle_id


def kinds(store: GalleryStore) -> list[tuple[str, int]]:
    with store.reading() as connection:
        query = select(vehicle_changes.c.kind, vehicle_changes.c.vehicle_id)
        return [(kind, one) for kind, one in connection.execute(query.order_by("sequence"))]


def test_keeps_what_is_said_of_a_vehicle(vehicles: VehicleDirectory) -> None:
    before = datetime.now(UTC)
    record, repeated = vehicles.create(FULL, token())
    assert (record.vehicle_id, record.version, repeated) == (1, 1, False)
    assert record.details == FULL
    assert before - timedelta(seconds=1) < record.created_at == record.updated_at
    assert vehicles.get(1) == record
    bare = vehicles.create(VehicleDetails("B1"), token())[0]
    assert vehicles.get(2).details == bare.details == VehicleDetails("B1")


def test_a_vehicle_of_no_driver_differs_from_one_of_every_driver(
    vehicles: VehicleDirectory,
) -> None:
    assert vehicles.get(created(vehicles, "A1", driver_ids=())).details.driver_ids == ()
    assert vehicles.get(created(vehicles, "A2")).details.driver_ids is None


@pytest.mark.parametrize(
    ("country", "others"), [("VN", ("VN", None)), (None, ("VN", None))], ids=["VN", "any"]
)
def test_one_plate_is_one_vehicle(
    vehicles: VehicleDirectory, country: str | None, others: tuple[str | None, ...]
) -> None:
    first = created(vehicles, "30A12345", country=country)
    for other in others:
        with pytest.raises(PlateTaken) as raised:
            created(vehicles, "30A12345", country=other)
        assert str(raised.value) == f"vehicle {first} bears the plate 30A12345 already"
        assert raised.value.extra == {"vehicle_id": first}
    second = created(vehicles, "30A12346")
    with pytest.raises(PlateTaken):
        vehicles.update(second, {"plate": "30A12345", "country": country})
    assert vehicles.get(second).version == 1
    assert vehicles.update(first, {"plate": "30A12345"}).version == 2


def test_two_countries_may_share_a_plate(vehicles: VehicleDirectory) -> None:
    first, second = (created(vehicles, "AB123", country=one) for one in ("FI", "SE"))
    found = vehicles.page(wanted=VehicleFilter(plate="AB123")).vehicles
    assert [one.vehicle_id for one in found] == [first, second]
    with pytest.raises(PlateTaken):
        vehicles.update(second, {"country": None})


def test_no_two_vehicles_share_an_external_id(vehicles: VehicleDirectory) -> None:
    first = created(vehicles, "A1", external_id="fleet-1")
    second = created(vehicles, "A2")
    said = r'^another vehicle has the external id "fleet-1"$'
    with pytest.raises(ExternalIdTaken, match=said):
        created(vehicles, "A3", external_id="fleet-1")
    with pytest.raises(ExternalIdTaken, match=said):
        vehicles.update(second, {"external_id": "fleet-1"})
    vehicles.erase(first)
    assert vehicles.update(second, {"external_id": "fleet-1"}).version == 2


def test_a_change_replaces_what_it_names_and_counts(vehicles: VehicleDirectory) -> None:
    record = vehicles.create(FULL, token())[0]
    changes: VehicleChanges = {"list": VehicleList.DENY, "driver_ids": (2,), "notes": None}
    changed = vehicles.update(1, changes, version=1)
    assert changed.details == replace(FULL, list=VehicleList.DENY, driver_ids=(2,), notes=None)
    assert (changed.version, changed.created_at) == (2, record.created_at)
    assert vehicles.get(1) == changed
    assert vehicles.update(1, {"driver_ids": None}).details.driver_ids is None
    with pytest.raises(VersionMismatch, match=r"^vehicle 1 has changed since version 2$"):
        vehicles.update(1, {"notes": "x"}, version=2)
    with pytest.raises(VersionMismatch):
        vehicles.erase(1, version=2)
    assert vehicles.get(1).version == 3


def test_says_that_there_is_no_such_vehicle(vehicles: VehicleDirectory) -> None:
    created(vehicles, "A1")
    calls = (vehicles.get, vehicles.erase, lambda one: vehicles.update(one, {"notes": "x"}))
    for missing in (0, 2, 2**70):
        for call in calls:
            with pytest.raises(VehicleNotFound, match=rf"^there is no vehicle {missing}$"):
                call(missing)


def test_an_erased_vehicle_is_found_nowhere_and_its_number_never_used_again(
    vehicles: VehicleDirectory, store: GalleryStore
) -> None:
    vehicles.create(FULL, token())
    vehicles.erase(1)
    assert vehicles.page().vehicles == ()
    assert vehicles.page(wanted=VehicleFilter(driver_id=1)).vehicles == ()
    assert created(vehicles, "30A12345") == 2
    assert kinds(store) == [("created", 1), ("erased", 1), ("created", 2)]


def test_an_erased_plate_is_not_left_in_the_files(sqlite_url: str) -> None:
    store = GalleryStore.open(GallerySettings(database_url=sqlite_url), MODEL, DIMENSION)
    vehicles = VehicleDirectory(store)
    created(vehicles, "ZZ77ZZ77")
    created(vehicles, "AA11AA11")
    vehicles.erase(1)
    store.close()
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    contents = [one.read_bytes() for one in file.parent.glob(f"{file.name}*")]
    assert any(b"AA11AA11" in content for content in contents)
    assert not any(b"ZZ77ZZ77" in content for content in contents)


def test_a_creation_happens_once_a_token(vehicles: VehicleDirectory, store: GalleryStore) -> None:
    record, _ = vehicles.create(FULL, "token", "print")
    assert vehicles.create(FULL, "token", "print") == (record, True)
    with pytest.raises(
        IdempotencyKeyReused, match=r"^this idempotency key came with another request$"
    ):
        vehicles.create(FULL, "token", "another")
    assert kinds(store) == [("created", 1)]
    vehicles.erase(1)
    with pytest.raises(VehicleNotFound, match=r"^there is no vehicle 1$"):
        vehicles.create(FULL, "token", "print")


def test_refuses_drivers_who_are_not_enrolled(vehicles: VehicleDirectory) -> None:
    with pytest.raises(DriverNotFound, match=r"^driver_ids: there is no driver 7$") as raised:
        created(vehicles, "A1", driver_ids=(1, 7, 9))
    assert raised.value.extra == {"driver_ids": [7, 9]}
    with pytest.raises(DriverNotFound, match=r"^driver_ids: ids are whole numbers from 1$"):
        created(vehicles, "A1", driver_ids=(2**70,))
    assert vehicles.page().vehicles == ()


REFUSED = [
    (VehicleDetails(""), "plate must have 1 to 16 letters and digits"),
    (VehicleDetails("30A-123"), "plate must have 1 to 16 letters and digits"),
    (VehicleDetails("A" * 17), "plate must have 1 to 16 letters and digits"),
    (
        VehicleDetails("A1", country="vn"),
        "country must be an ISO 3166-1 alpha-2 code such as VN",
    ),
    (VehicleDetails("A1", external_id=""), "external_id must not be empty"),
    (VehicleDetails("A1", notes="\x00"), "notes holds characters that cannot be stored"),
    (VehicleDetails("A1", notes="x" * 4001), "notes is longer than 4000 characters"),
    (VehicleDetails("A1", valid_from=datetime(2026, 1, 1)), "valid_from needs a time zone"),
    (
        replace(FULL, valid_until=FULL.valid_from),
        "valid_until: must be later than valid_from",
    ),
    (
        VehicleDetails("A1", driver_ids=tuple(range(1, 1002))),
        "driver_ids names more than 1000 drivers",
    ),
]


def test_refuses_what_cannot_be_kept(vehicles: VehicleDirectory) -> None:
    for details, message in REFUSED:
        with pytest.raises(InvalidRequest) as raised:
            vehicles.create(details, token())
        assert str(raised.value) == message
    assert vehicles.page().vehicles == ()


@pytest.fixture
def fleet(vehicles: VehicleDirectory) -> Iterator[VehicleDirectory]:
    for number in range(1, 7):
        created(
            vehicles,
            f"30A1234{number}",
            list=VehicleList.DENY if number == 4 else VehicleList.ALLOW,
            driver_ids=(1, 2) if number < 3 else None,
            external_id=f"Fleet_{number}" if number % 2 else None,
        )
    yield vehicles


def test_pages_follow_the_ids(fleet: VehicleDirectory) -> None:
    first = fleet.page(limit=4)
    assert [one.vehicle_id for one in first.vehicles] == [1, 2, 3, 4]
    rest = fleet.page(first.next_after or 0, limit=4)
    assert ([one.vehicle_id for one in rest.vehicles], rest.next_after) == ([5, 6], None)
    assert fleet.count() == 6
    assert fleet.page(2**70).vehicles == ()
    with pytest.raises(ValueError, match="a page of 0"):
        fleet.page(limit=0)


FOUND = [
    (VehicleFilter(query="30a-123.4"), [1, 2, 3, 4, 5, 6]),
    (VehicleFilter(query="12345"), [5]),
    (VehicleFilter(query="fleet_"), [1, 3, 5]),
    (VehicleFilter(query="Fléét"), [1, 3, 5]),
    (VehicleFilter(query="leet%"), []),
    (VehicleFilter(query="\ud800"), []),
    (VehicleFilter(query="\u0301"), []),
    (VehicleFilter(plate="30A12342"), [2]),
    (VehicleFilter(plate="30A1234"), []),
    (VehicleFilter(list=VehicleList.DENY), [4]),
    (VehicleFilter(driver_id=2), [1, 2]),
    (VehicleFilter(driver_id=2**70), []),
    (VehicleFilter(driver_id=1, query="fleet"), [1]),
    (VehicleFilter(external_id="Fleet_3"), [3]),
]


def test_finds_vehicles(fleet: VehicleDirectory) -> None:
    for wanted, found in FOUND:
        assert [one.vehicle_id for one in fleet.page(wanted=wanted).vehicles] == found, wanted


def test_counts_from_its_first_moment_to_before_its_last() -> None:
    assert FULL.valid_from is not None
    assert FULL.valid_until is not None
    moments = [FULL.valid_from, FULL.valid_until - timedelta(seconds=1), FULL.valid_until]
    assert [FULL.valid_at(moment) for moment in moments] == [True, True, False]
    assert VehicleDetails("A1").valid_at(datetime.now(UTC))


def test_a_plate_is_kept_as_readings_write_it() -> None:
    written = ["30A-123.45", " a 123 вс 77 ", "W-ÖA 1", "!?"]
    assert [normal_plate(one) for one in written] == ["30A12345", "A123BC77", "WOA1", ""]


@pytest.mark.parametrize(
    ("written", "foreign"),
    [("京A·12345", "京"), ("12가3456", "가"), ("ABC ٤٢", "٤"), ("Ж 123", "Ж"), ("A½", "½")],
)
def test_a_plate_with_a_letter_that_is_not_read_is_refused(written: str, foreign: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        normal_plate(written)
    assert raised.value.message == (
        f'"{foreign}" cannot be told apart from other letters yet: a plate has A to Z, 0 to 9 and '
        "what looks like these"
    )


def test_a_letter_that_is_not_read_is_part_of_no_plate(fleet: VehicleDirectory) -> None:
    assert fleet.page(wanted=VehicleFilter(query="30A")).vehicles
    assert not fleet.page(wanted=VehicleFilter(query="京30A")).vehicles

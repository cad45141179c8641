from datetime import UTC, datetime, timedelta, timezone

import pytest

from configs.settings import GallerySettings
from pipelines.errors import (
    DriverNotFound,
    ExternalIdTaken,
    InvalidRequest,
    VersionMismatch,
)
from pipelines.gallery.directory import DriverDirectory
from pipelines.gallery.driver_records import DetailChanges, DriverDetails
from pipelines.gallery.records import ChangeKind
from pipelines.gallery.store import GalleryStore
from tests.unit.conftest import Enrol, Person
from tests.unit.gallery.conftest import lines, row_counts

HANOI = timezone(timedelta(hours=7))
BEGIN = datetime(2026, 1, 1, 6, tzinfo=HANOI)
END = datetime(2027, 1, 1, tzinfo=UTC)


def test_keeps_what_is_said_of_a_new_driver(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    details = DriverDetails("Nguyễn Văn Ân", "HR-7", "night shift\nonly", BEGIN, END)
    driver_id = store.register([enrol(person(1))] * 2, details=details)
    record = store.directory.get(driver_id)
    assert record.details == details
    assert record.details.valid_from is not None
    assert record.details.valid_from.tzinfo == UTC
    assert (record.driver_id, record.version, record.face_count) == (driver_id, 1, 2)
    assert record.created_at == record.updated_at
    assert abs(datetime.now(UTC) - record.created_at) < timedelta(minutes=1)


def test_details_of_a_known_driver_are_not_set_by_adding_faces(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1))])
    with pytest.raises(ValueError, match="a known driver's details are not set by a registration"):
        store.register([enrol(person(1))], driver_id, details=DriverDetails("Ann"))
    assert store.head_sequence() == 1


def test_replaces_only_the_details_that_are_named(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1))], details=DriverDetails("Ann", "x", "n", BEGIN))
    record = store.directory.update(driver_id, {"name": "Anna", "notes": None}, 1)
    assert record.details == DriverDetails("Anna", "x", None, BEGIN)
    assert record.version == 2
    assert record.updated_at > record.created_at
    assert store.directory.get(driver_id) == record
    assert lines(store, 1) == [(ChangeKind.DRIVER_UPDATED, driver_id, "name, notes")]


def test_the_log_names_what_changed_but_not_to_what(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1))], details=DriverDetails("Secret", "secret-7"))
    store.directory.update(driver_id, {"name": "Hidden"})
    store.directory.erase(driver_id)
    assert not any(
        word in str(change) for change in store.changes_since(0) for word in ("ecret", "Hidden")
    )


REFUSED: list[tuple[DetailChanges, str]] = [
    ({"name": "x" * 201}, "name is longer than 200 characters"),
    ({"external_id": "x" * 201}, "external_id is longer than 200 characters"),
    ({"external_id": ""}, "external_id must not be empty"),
    ({"notes": "x" * 4001}, "notes is longer than 4000 characters"),
    ({"name": "a\x00b"}, "name holds characters that cannot be stored"),
    ({"notes": "\ud800"}, "notes holds characters that cannot be stored"),
    ({"valid_from": datetime(2026, 1, 1)}, "valid_from needs a time zone"),
    ({"valid_until": BEGIN}, "valid_until: must be later than valid_from"),
    (
        {"valid_until": datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))},
        "valid_until lies outside of the years 1 to 9999",
    ),
]


def test_refuses_details_that_cannot_be_kept(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1))], details=DriverDetails(valid_from=BEGIN))
    for changes, message in REFUSED:
        with pytest.raises(InvalidRequest) as raised:
            store.directory.update(driver_id, changes)
        assert str(raised.value) == message
    assert store.head_sequence() == 1


def test_keeps_the_first_and_the_last_moment_of_the_calendar(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    details = DriverDetails(
        valid_from=datetime.min.replace(tzinfo=UTC), valid_until=datetime.max.replace(tzinfo=UTC)
    )
    driver_id = store.register([enrol(person(1))], details=details)
    assert store.directory.get(driver_id).details == details


def test_keeps_texts_of_the_greatest_length(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    details = DriverDetails("\ufdfa" * 200, "ß" * 200, "😀" * 4000)
    driver_id = store.register([enrol(person(1))], details=details)
    assert store.directory.get(driver_id).details == details
    assert store.directory.page(query="SS").drivers[0].driver_id == driver_id


def test_no_two_drivers_share_an_external_id(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    store.register([enrol(person(1))], details=DriverDetails(external_id="HR-7"))
    other = store.register([enrol(person(2))])
    before = row_counts(settings)
    for refused in (
        lambda: store.register([enrol(person(3))], details=DriverDetails(external_id="HR-7")),
        lambda: store.directory.update(other, {"external_id": "HR-7"}),
    ):
        with pytest.raises(ExternalIdTaken) as raised:
            refused()
        assert str(raised.value) == 'another driver has the external id "HR-7"'
        assert raised.value.extra == {"external_id": "HR-7"}
    assert row_counts(settings) == before
    assert store.head_sequence() == 2


def test_a_driver_keeps_its_external_id_and_an_erased_ones_is_free_again(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    first = store.register([enrol(person(1))], details=DriverDetails(external_id="HR-7"))
    store.directory.update(first, {"external_id": "HR-7", "name": "Ann"})
    store.directory.erase(first)
    second = store.register([enrol(person(1))], details=DriverDetails(external_id="HR-7"))
    assert store.directory.page(external_id="HR-7").drivers[0].driver_id == second


def test_a_stale_version_changes_nothing(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1))] * 2)
    other = store.register([enrol(person(2))])
    store.directory.update(driver_id, {"name": "Ann"})
    face_id = store.directory.faces(driver_id)[0].face_id
    before = (row_counts(settings), store.head(), store.directory.get(driver_id))
    for stale in (
        lambda: store.directory.update(driver_id, {"name": "Bob"}, 1),
        lambda: store.directory.erase(driver_id, 1),
        lambda: store.directory.remove_face(driver_id, face_id, 1),
        lambda: store.directory.merge(driver_id, other, 1),
    ):
        with pytest.raises(VersionMismatch) as raised:
            stale()
        assert str(raised.value) == f"driver {driver_id} has changed since version 1"
        assert raised.value.extra == {"version": 2}
    assert (row_counts(settings), store.head(), store.directory.get(driver_id)) == before


def test_says_that_an_unknown_driver_is_not_found(store: GalleryStore) -> None:
    for driver_id in (-1, 0, 7, 2**63, 2**70):
        _refuse_everything_for(store.directory, driver_id)
    assert store.head_sequence() == 0


def _refuse_everything_for(directory: DriverDirectory, driver_id: int) -> None:
    for call in (
        lambda: directory.get(driver_id),
        lambda: directory.update(driver_id, {"name": "Ann"}),
        lambda: directory.erase(driver_id),
        lambda: directory.faces(driver_id),
        lambda: directory.remove_face(driver_id, 1),
        lambda: directory.merge(driver_id, 1),
        lambda: directory.template(driver_id),
    ):
        with pytest.raises(DriverNotFound, match=r"^user not found$"):
            call()


def test_pages_name_every_driver_once_whatever_is_erased_and_added_between(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    for number in range(10):
        store.register([enrol(person(number))])
    first = store.directory.page(limit=4)
    assert ([one.driver_id for one in first.drivers], first.next_after) == ([1, 2, 3, 4], 4)
    for erased in (2, 4, 6):
        store.erase(erased)
    store.register([enrol(person(1))])
    second = store.directory.page(after=4, limit=4)
    assert ([one.driver_id for one in second.drivers], second.next_after) == ([5, 7, 8, 9], 9)
    last = store.directory.page(after=9, limit=2)
    assert ([one.driver_id for one in last.drivers], last.next_after) == ([10, 11], None)
    assert store.directory.page(after=2**70).drivers == ()


def test_refuses_a_page_that_is_no_page(store: GalleryStore) -> None:
    for limit in (0, -1, 10_001):
        with pytest.raises(ValueError, match=f"a page of {limit} drivers, not 1 to 10000"):
            store.directory.page(limit=limit)


NAMES = [
    "Ann",
    "Joanna",
    "Александр",
    "NGUYỄN",
    "Straße",
    "100%",
    "under 0_0",
    "wow!",
    "Łukasz Müller",
]
FOUND: list[tuple[str, set[str | None]]] = [
    ("ann", {"Ann", "Joanna"}),
    ("АЛЕ", {"Александр"}),
    ("nguyê\u0303n", {"NGUYỄN"}),
    ("nguyen", {"NGUYỄN"}),
    ("ñgu", {"NGUYỄN"}),
    ("lukasz", {"Łukasz Müller"}),
    ("ŁUKASZ MULLER", {"Łukasz Müller"}),
    ("MÜLLER", {"Łukasz Müller"}),
    ("strasse", {"Straße"}),
    ("hr-", {"Ann", "100%"}),
    ("100%", {"100%"}),
    ("0_", {"under 0_0"}),
    ("!", {"wow!"}),
    ("\\", set()),
    ("", {*NAMES, None}),
    ("a\x00", set()),
    ("\u0301", set()),
    ("x" * 100_000, set()),
]


def test_finds_parts_of_names_and_external_ids_in_every_script_and_case(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    for details in (
        DriverDetails("Ann", "HR-1"),
        DriverDetails("Joanna"),
        DriverDetails("Александр"),
        DriverDetails("NGUYỄN"),
        DriverDetails("Straße"),
        DriverDetails("100%", "hr-2"),
        DriverDetails("under 0_0"),
        DriverDetails("wow!"),
        DriverDetails("Łukasz Müller"),
        DriverDetails(),
    ):
        store.register([enrol(person(1))], details=details)
    for query, names in FOUND:
        found = store.directory.page(query=query).drivers
        assert {one.details.name for one in found} == names, query


def test_pages_of_a_search_without_accents_name_everybody_once(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    names = ["Müller", "Muller", "MÜLLER", "Mu\u0308ller", "Mueller"]
    for name in names:
        store.register([enrol(person(1))], details=DriverDetails(name))
    found, after = list[str | None](), 0
    while True:
        page = store.directory.page(after, 1, query="müll")
        found += [one.details.name for one in page.drivers]
        if page.next_after is None:
            break
        after = page.next_after
    assert found == names[:4]


def test_a_renamed_driver_is_found_by_the_new_name_only(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1))], details=DriverDetails("Ann", "HR-1"))
    store.directory.update(driver_id, {"name": "Bea"})
    found = {word: bool(store.directory.page(query=word).drivers) for word in ("ann", "bea", "hr")}
    assert found == {"ann": False, "bea": True, "hr": True}


def test_an_external_id_is_found_only_whole_and_in_its_case(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    store.register([enrol(person(1))], details=DriverDetails(external_id="HR-1"))
    found = [len(store.directory.page(external_id=one).drivers) for one in ("HR-1", "hr-1", "HR")]
    assert found == [1, 0, 0]

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from configs.settings import GallerySettings
from pipelines.errors import (
    DriverNotFound,
    ExternalIdTaken,
    FaceNotFound,
    InvalidRequest,
    VersionMismatch,
)
from pipelines.gallery.directory import DriverDirectory
from pipelines.gallery.driver_records import DetailChanges, DriverDetails
from pipelines.gallery.records import ChangeKind
from pipelines.gallery.store import GalleryStore

from .conftest import DIMENSION, Enrol, Person, row_counts

HANOI = timezone(timedelta(hours=7))
BEGIN = datetime(2026, 1, 1, 6, tzinfo=HANOI)
END = datetime(2027, 1, 1, tzinfo=UTC)


def lines(store: GalleryStore, after: int) -> list[tuple[ChangeKind, int, str | None]]:
    return [(change.kind, change.driver_id, change.detail) for change in store.changes_since(after)]


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
    ({"valid_until": BEGIN}, "valid_until must be later than valid_from"),
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


FOUND: list[tuple[str, set[str | None]]] = [
    ("ann", {"Ann", "Joanna"}),
    ("АЛЕ", {"Александр"}),
    ("nguyê\u0303n", {"NGUYỄN"}),
    ("strasse", {"Straße"}),
    ("hr-", {"Ann", "100%"}),
    ("100%", {"100%"}),
    ("0_", {"under 0_0"}),
    ("!", {"wow!"}),
    ("\\", set()),
    ("", {"Ann", "Joanna", "Александр", "NGUYỄN", "Straße", "100%", "under 0_0", "wow!", None}),
    ("a\x00", set()),
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
        DriverDetails(),
    ):
        store.register([enrol(person(1))], details=details)
    for query, names in FOUND:
        found = store.directory.page(query=query).drivers
        assert {one.details.name for one in found} == names, query


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


def test_removing_a_face_takes_its_vector_and_queues_its_crop(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1), "a.jpg"), enrol(person(2), "b.jpg")])
    face_id = store.directory.faces(driver_id)[0].face_id
    record = store.directory.remove_face(driver_id, face_id, 1)
    assert (record.version, record.face_count) == (2, 1)
    np.testing.assert_allclose(store.update_since(None).templates, [person(2)], atol=1e-6)
    assert store.directory.pending_removals(10) == ("a.jpg",)
    assert lines(store, 1) == [(ChangeKind.FACE_REMOVED, driver_id, f"face {face_id}")]


def test_a_driver_may_lose_its_last_face_and_get_another(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1))], details=DriverDetails("Ann"))
    only = store.directory.faces(driver_id)[0].face_id
    assert store.directory.remove_face(driver_id, only).face_count == 0
    assert store.directory.template(driver_id) is None
    assert store.update_since(None).driver_ids.tolist() == []
    store.register([enrol(person(2))], driver_id)
    assert store.directory.get(driver_id).version == 3
    assert store.directory.get(driver_id).details.name == "Ann"


def test_removes_no_face_of_another_driver(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    first, second = store.register([enrol(person(1))]), store.register([enrol(person(2))])
    face_id = store.directory.faces(second)[0].face_id
    before = row_counts(settings)
    for missing in (face_id, 99, -1, 2**70):
        with pytest.raises(FaceNotFound, match=f"^driver {first} has no face {missing}$"):
            store.directory.remove_face(first, missing)
    assert row_counts(settings) == before
    assert store.directory.get(first).version == 1


def test_names_the_faces_best_first_with_their_measures(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1), "s.jpg", 30.0), enrol(person(1), "l.jpg", 90.0)])
    best, other = store.directory.faces(driver_id)
    assert (best.crop_key, best.quality.size_px, best.searchable) == ("l.jpg", 90.0, True)
    assert best.quality_score > other.quality_score
    assert (best.driver_id, best.score) == (driver_id, 0.9)


def test_merging_moves_the_faces_and_erases_the_other(
    store: GalleryStore, settings: GallerySettings, person: Person, enrol: Enrol
) -> None:
    kept = store.register([enrol(person(1), "a.jpg")])
    other = store.register([enrol(person(2), "b.jpg")])
    before = store.head()
    record = store.directory.merge(kept, other, 1)
    assert (record.driver_id, record.version, record.face_count) == (kept, 2, 2)
    assert row_counts(settings) == {"drivers": 1, "faces": 2, "changes": 4}
    assert {face.crop_key for face in store.directory.faces(kept)} == {"a.jpg", "b.jpg"}
    assert store.directory.pending_removals(10) == ()
    assert lines(store, 2) == [
        (ChangeKind.DRIVERS_MERGED, kept, f"with {other}"),
        (ChangeKind.DRIVER_ERASED, other, f"merged into {kept}"),
    ]
    mean = person(1) + person(2)
    update = store.update_since(before)
    assert (update.touched.tolist(), update.driver_ids.tolist()) == ([kept, other], [kept])
    np.testing.assert_allclose(update.templates[0], mean / np.linalg.norm(mean), atol=1e-6)
    with pytest.raises(DriverNotFound):
        store.directory.get(other)


@pytest.mark.parametrize(
    ("kept", "other", "merged"),
    [
        (DriverDetails(), DriverDetails("A", "x", "n", BEGIN), DriverDetails("A", "x", "n", BEGIN)),
        (DriverDetails("A"), DriverDetails("B", "x", "n"), DriverDetails("A", "x", "n")),
        (DriverDetails("", "x", ""), DriverDetails("B", "y", "n"), DriverDetails("B", "x", "n")),
        (DriverDetails(), DriverDetails(valid_until=END), DriverDetails(valid_until=END)),
        (
            DriverDetails(valid_from=END),
            DriverDetails(valid_until=BEGIN),
            DriverDetails(valid_from=END),
        ),
    ],
)
def test_merging_fills_empty_details_from_the_other(
    store: GalleryStore,
    person: Person,
    enrol: Enrol,
    kept: DriverDetails,
    other: DriverDetails,
    merged: DriverDetails,
) -> None:
    first = store.register([enrol(person(1))], details=kept)
    second = store.register([enrol(person(2))], details=other)
    assert store.directory.merge(first, second).details == merged
    assert store.directory.page(query=merged.name).drivers[0].driver_id == first


def test_a_driver_is_not_merged_with_itself(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1))])
    with pytest.raises(InvalidRequest, match=r"^a driver cannot be merged with itself$"):
        store.directory.merge(driver_id, driver_id)
    with pytest.raises(DriverNotFound):
        store.directory.merge(driver_id, 9)
    assert store.directory.get(driver_id).face_count == 1
    assert store.head_sequence() == 1


def test_the_template_is_what_the_index_searches(
    store: GalleryStore, person: Person, enrol: Enrol
) -> None:
    driver_id = store.register([enrol(person(1)), enrol(person(2))])
    template = store.directory.template(driver_id)
    assert template is not None
    assert template.shape == (DIMENSION,)
    assert template.tolist() == store.update_since(None).templates[0].tolist()


def test_erasing_says_why_in_the_log(store: GalleryStore, person: Person, enrol: Enrol) -> None:
    driver_id = store.register([enrol(person(1))])
    store.directory.erase(driver_id, 1, "asked for by the driver")
    assert lines(store, 1) == [(ChangeKind.DRIVER_ERASED, driver_id, "asked for by the driver")]
    other = store.register([enrol(person(1))])
    with pytest.raises(ValueError, match="a change's detail has at most 200 characters"):
        store.directory.erase(other, detail="x" * 201)
    assert store.directory.get(other).version == 1

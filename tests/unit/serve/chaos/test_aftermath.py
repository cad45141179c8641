"""What is left of a run is held against what clients were told: each kind of trace is named."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from configs.settings import GallerySettings
from pipelines.engines.fake_face_encoder import draw_fake_face
from pipelines.gallery.records import EnrolledFace
from pipelines.gallery.store import GalleryStore
from pipelines.imaging import encode_jpeg
from tests.serve.chaos.aftermath import Left, look
from tests.serve.chaos.journal import Journal
from tests.serve.chaos.people import distinct_people, embedding, encoder
from tests.serve.operations import Done, Erase, Found, Operation, Register, Registered, Search

STAYS, LEAVES = islice(distinct_people(5), 2)


class Remains:
    """A service's files after one person was enrolled and another enrolled and erased."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder}/gatehouse.db"
        settings = GallerySettings(database_url=self.url)
        self.store = GalleryStore.open(settings, encoder().model_id, encoder().dimension)
        self.journal = Journal()
        self.clock = 0.0
        self.driver_id = self.enrol(STAYS)
        gone = self.enrol(LEAVES)
        for key in self.store.directory.erase(gone):
            self.crop(key.rpartition("/")[2]).unlink()
        self.store.directory.removals_done(self.store.directory.pending_removals(100))
        self.told(LEAVES, Erase(gone), Done())
        self.told(STAYS, Search(), Found(frozenset({self.driver_id}), 3))
        self.told(LEAVES, Search(), Found(frozenset(), 3))
        (folder / "snapshots").mkdir()
        (folder / "snapshots/one").write_bytes(embedding(STAYS).tobytes())

    def crop(self, name: str) -> Path:
        return self.folder / "crops/faces/20260101/10" / name

    def enrol(self, person: int) -> int:
        picture, _ = draw_fake_face(np.full((150, 180, 3), 90, np.uint8), 20, 20, person)
        (face,) = encoder().encode([picture])[0]
        names = [f"{person}_{number}.jpg" for number in range(3)]
        for name in names:
            self.crop(name).parent.mkdir(parents=True, exist_ok=True)
            self.crop(name).write_bytes(encode_jpeg(face.crop))
        keys = [f"static/images/faces/{name}" for name in names]
        driver_id = self.store.register([EnrolledFace.of(face, key) for key in keys])
        self.told(person, Register(3), Registered(driver_id))
        return driver_id

    def told(self, person: int, call: object, answer: object) -> None:
        self.clock += 1
        self.journal.ended(
            Operation(person, call, self.clock - 0.5, self.clock, answer)  # type: ignore[arg-type]  # one line for all calls
        )

    def look(self) -> Left:
        return look(self.url, self.folder, self.journal)


@pytest.fixture
def left(tmp_path: Path) -> Iterator[Remains]:
    files = Remains(tmp_path)
    yield files
    files.store.close()


def test_what_was_promised_is_there_and_nothing_else(left: Remains) -> None:
    found = left.look()
    assert found.violations == {}
    assert found.facts["drivers left"] == 1
    assert found.facts["crops of enrolled faces"] == 3
    assert found.facts["enrolled people found in them"] == 1
    assert found.facts["erased people"] == 1


def test_names_a_driver_that_is_lost(left: Remains) -> None:
    left.store.directory.erase(left.driver_id)
    assert "acknowledged, but not found" in left.look().violations


def test_names_a_driver_that_is_there_in_part(left: Remains) -> None:
    with closing(sqlite3.connect(left.folder / "gatehouse.db")) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM faces WHERE face_id = 1")
        connection.commit()
    assert "there in part" in left.look().violations


def test_names_a_driver_whom_nobody_was_told_of(left: Remains) -> None:
    left.enrol(LEAVES)
    left.journal.operations.pop()
    assert left.look().violations["rows of nobody"] == ["driver 3, whom no search found"]


def test_names_a_crop_of_an_erased_person(left: Remains) -> None:
    crop = left.crop("late.jpg")
    crop.write_bytes(left.crop(f"{STAYS}_0.jpg").read_bytes())
    (wrong,) = left.look().violations["a crop of nobody who is enrolled"]
    assert "late.jpg" in wrong
    for owner, settled in (("driver/0/2", False), ("driver/0/1", True), ("token/5f", True)):
        mark = left.folder / "crops/owners" / owner / "late.jpg"
        mark.parent.mkdir(parents=True)
        mark.touch()
        assert ("a crop of nobody who is enrolled" not in left.look().violations) == settled
        mark.unlink()


def test_names_an_enrolled_face_without_its_crop(left: Remains) -> None:
    left.crop(f"{STAYS}_1.jpg").unlink()
    assert left.look().violations == {"an enrolled face without its crop": [f"{STAYS}_1.jpg"]}


def test_names_an_erased_person_in_a_snapshot(left: Remains) -> None:
    (left.folder / "snapshots/old").write_bytes(b"head" + embedding(LEAVES).tobytes())
    assert left.look().violations == {"an erased person in a snapshot": [f"person {LEAVES} in old"]}


def test_names_crops_that_were_never_removed(left: Remains) -> None:
    left.store.directory.erase(left.enrol(LEAVES))
    left.journal.operations.pop()
    assert left.look().violations["rows of nobody"] == ["3 crops still to be removed"]

"""Whatever is asked of the directory: the log tells every write, once, and in order."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from configs.settings import GallerySettings
from pipelines.errors import (
    DriverNotFound,
    ExternalIdTaken,
    FaceNotFound,
    IdempotencyKeyReused,
    InvalidRequest,
    LastFace,
    Unavailable,
    VersionMismatch,
)
from pipelines.gallery.driver_records import DetailChanges, DriverDetails
from pipelines.gallery.records import ChangeKind, Head
from pipelines.gallery.store import GalleryStore
from tests.postgresql import PostgresServer

from .ideal_directory import DIMENSION, Person, Truth, face

IDS = st.integers(1, 6)
EXTERNAL_IDS = st.sampled_from([None, "x", "y"])
TOKENS = st.sampled_from(["t1", "t2", "t3"])
CHANGES = st.fixed_dictionaries(
    {}, optional={"name": st.sampled_from([None, "Ann", "Bea"]), "external_id": EXTERNAL_IDS}
)
VERSIONS = st.none() | st.integers(1, 4)


class Directory(RuleBasedStateMachine):
    """A store beside a dictionary that should say the same."""

    def make_database(self) -> str:
        return f"sqlite:///{self.folder}/g.db"

    def remove_database(self) -> None:
        """The folder holds it."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.mkdtemp()
        configured = GallerySettings(database_url=self.make_database())
        self.store = GalleryStore.open(configured, "m", DIMENSION)
        self.truth = Truth()
        self.heads: list[Head] = [self.store.head()]

    def refused(self, call: Callable[[], object]) -> type[Exception] | None:
        """What a call raises; the log says afterwards whether anything was written."""
        try:
            call()
        except (
            DriverNotFound,
            ExternalIdTaken,
            FaceNotFound,
            IdempotencyKeyReused,
            InvalidRequest,
            Unavailable,
            VersionMismatch,
        ) as error:
            return type(error)
        return None

    def stopped(self, driver_id: int, version: int | None = None) -> type[Exception] | None:
        person = self.truth.people.get(driver_id)
        if person is None:
            return DriverNotFound
        return VersionMismatch if version not in {None, person.version} else None

    @rule(
        token=st.none() | TOKENS,
        fingerprint=st.sampled_from([None, "a", "b"]),
        driver_id=st.none() | IDS,
        external_id=EXTERNAL_IDS,
        faces=st.integers(1, 2),
    )
    def register(
        self,
        token: str | None,
        fingerprint: str | None,
        driver_id: int | None,
        external_id: str | None,
        faces: int,
    ) -> None:
        truth = self.truth
        details = DriverDetails(external_id=external_id if driver_id is None else None)
        enrolled = [face(truth.next_face + n) for n in range(faces)]
        answer: list[int] = []
        raised = self.refused(
            lambda: answer.append(
                self.store.register(enrolled, driver_id, token, details, fingerprint)
            )
        )
        known = truth.tokens.get(token or "")
        if known is not None:
            withdrawn = known[1] == 0
            other = None if known[0] == fingerprint else IdempotencyKeyReused
            assert raised is (Unavailable if withdrawn else other)
            assert answer == ([] if raised else [known[1]])
            return
        if driver_id is None:
            assert raised is (ExternalIdTaken if truth.taken(details.external_id, 0) else None)
        else:
            assert raised is self.stopped(driver_id)
        if raised:
            return
        new = set(self.ids_of_faces(answer[0]))
        if driver_id is None:
            assert answer[0] not in {number for _, number in truth.log}
            truth.people[answer[0]] = Person(details, new)
            truth.log.append((ChangeKind.DRIVER_REGISTERED, answer[0]))
        else:
            assert answer == [driver_id]
            assert len(new - truth.people[driver_id].faces) == faces
            truth.people[driver_id].faces = new
            truth.people[driver_id].version += 1
            truth.log.append((ChangeKind.FACES_ADDED, driver_id))
        if token:
            truth.tokens[token] = (fingerprint, answer[0])
        truth.next_face += faces

    def ids_of_faces(self, driver_id: int) -> list[int]:
        return [one.face_id for one in self.store.directory.faces(driver_id)]

    @rule(token=TOKENS)
    def withdraw(self, token: str) -> None:
        known = self.truth.tokens.get(token)
        assert self.store.withdraw(token) == ((known[1] or None) if known else None)
        if known is None:
            self.truth.tokens[token] = (None, 0)
            self.truth.log.append((ChangeKind.REGISTRATION_WITHDRAWN, 0))

    @rule(driver_id=IDS, changes=CHANGES, version=VERSIONS)
    def update(self, driver_id: int, changes: DetailChanges, version: int | None) -> None:
        expected = self.stopped(driver_id, version)
        if expected is None and self.truth.taken(changes.get("external_id"), driver_id):
            expected = ExternalIdTaken
        raised = self.refused(lambda: self.store.directory.update(driver_id, changes, version))
        assert raised is expected
        if raised is None:
            person = self.truth.people[driver_id]
            person.details = replace(person.details, **changes)
            person.version += 1
            self.truth.log.append((ChangeKind.DRIVER_UPDATED, driver_id))

    @rule(driver_id=IDS, version=VERSIONS)
    def erase(self, driver_id: int, version: int | None) -> None:
        raised = self.refused(lambda: self.store.directory.erase(driver_id, version))
        assert raised is self.stopped(driver_id, version)
        if raised is None:
            self.truth.people.pop(driver_id)
            self.truth.log.append((ChangeKind.DRIVER_ERASED, driver_id))

    @rule(driver_id=IDS, face_id=st.integers(1, 9), version=VERSIONS)
    def remove_face(self, driver_id: int, face_id: int, version: int | None) -> None:
        expected = self.stopped(driver_id, version)
        if expected is None and face_id not in self.truth.people[driver_id].faces:
            expected = FaceNotFound
        elif expected is None and self.truth.people[driver_id].faces == {face_id}:
            expected = LastFace
        raised = self.refused(lambda: self.store.directory.remove_face(driver_id, face_id, version))
        assert raised is expected
        if raised is None:
            self.truth.people[driver_id].faces.remove(face_id)
            self.truth.people[driver_id].version += 1
            self.truth.log.append((ChangeKind.FACE_REMOVED, driver_id))

    @rule(driver_id=IDS, other_id=IDS, version=VERSIONS)
    def merge(self, driver_id: int, other_id: int, version: int | None) -> None:
        expected = self.stopped(driver_id, version) or self.stopped(other_id)
        if driver_id == other_id:
            expected = InvalidRequest
        raised = self.refused(lambda: self.store.directory.merge(driver_id, other_id, version))
        assert raised is expected
        if raised is None:
            kept, other = self.truth.people[driver_id], self.truth.people.pop(other_id)
            kept.faces |= other.faces
            kept.version += 1
            kept.details = DriverDetails(
                kept.details.name or other.details.name,
                kept.details.external_id or other.details.external_id,
            )
            self.truth.log.append((ChangeKind.DRIVERS_MERGED, driver_id))
            self.truth.log.append((ChangeKind.DRIVER_ERASED, other_id))

    @rule(face_ids=st.sets(st.integers(1, 12), max_size=4))
    def embed(self, face_ids: set[int]) -> None:
        owners = {
            face_id: driver_id
            for driver_id, person in self.truth.people.items()
            for face_id in person.faces & face_ids - self.truth.embedded
        }
        vectors = {face_id: face(face_id).embedding for face_id in face_ids}
        assert self.store.directory.add_embeddings("new", vectors) == len(owners)
        self.truth.embedded |= owners.keys()
        touched = sorted(set(owners.values()))
        self.truth.log += [(ChangeKind.FACES_EMBEDDED, driver_id) for driver_id in touched]

    @rule()
    def drop(self) -> None:
        present = {one for person in self.truth.people.values() for one in person.faces}
        left = self.truth.embedded & present
        assert self.store.directory.drop_model("new") == len(left)
        self.truth.embedded.clear()
        if left:
            self.truth.log.append((ChangeKind.MODEL_DROPPED, 0))

    @invariant()
    def the_log_tells_every_write_without_a_gap(self) -> None:
        log = self.store.changes_since(0)
        assert [change.sequence for change in log] == list(range(1, len(log) + 1))
        assert [(change.kind, change.driver_id) for change in log] == self.truth.log
        head = self.store.head()
        assert head.sequence == len(log)
        if head != self.heads[-1]:
            self.heads.append(head)

    @invariant()
    def the_directory_says_what_was_written(self) -> None:
        page = self.store.directory.page()
        assert {
            one.driver_id: (one.details, one.version, one.face_count) for one in page.drivers
        } == {
            driver_id: (person.details, person.version, len(person.faces))
            for driver_id, person in self.truth.people.items()
        }

    @rule(pick=st.randoms(use_true_random=False), shards=st.integers(1, 3))
    def follow(self, pick: Random, shards: int) -> None:
        """What an index knows from an old state and the update since is the whole of the truth."""
        since = pick.choice(self.heads)
        searchable = {one for one, person in self.truth.people.items() if person.faces}
        for shard in range(shards):
            update = self.store.update_since(since, shard, shards)
            here = {one for one in searchable if one % shards == shard}
            changed = {
                driver_id
                for kind, driver_id in self.truth.log[since.sequence :]
                if driver_id and driver_id % shards == shard
            }
            removing = {ChangeKind.DRIVER_ERASED, ChangeKind.FACE_REMOVED}
            erased = any(
                kind in removing and driver_id % shards == shard
                for kind, driver_id in self.truth.log[since.sequence :]
            )
            assert not update.complete
            assert set(update.touched.tolist()) == changed
            assert update.driver_ids.tolist() == sorted(here & changed)
            assert update.erased == erased

    def teardown(self) -> None:
        self.store.close()
        self.remove_database()
        shutil.rmtree(self.folder)


def test_on_sqlite() -> None:
    run_state_machine_as_test(
        Directory, settings=settings(max_examples=15, stateful_step_count=30, deadline=None)
    )


def test_on_postgresql(postgresql: PostgresServer) -> None:
    numbers = count()

    class OnPostgresql(Directory):
        def make_database(self) -> str:
            self.name = f"log_{next(numbers)}"
            return postgresql.create(self.name)

        def remove_database(self) -> None:
            postgresql.drop(self.name)

    run_state_machine_as_test(
        OnPostgresql, settings=settings(max_examples=4, stateful_step_count=30, deadline=None)
    )

"""Two galleries on one database behave as one dictionary of drivers, whatever is asked of them."""

import random
import shutil
import tempfile

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from configs.settings import GallerySettings
from pipelines.errors import DriverNotFound

from .replicas import Replicas, faces

WHICH = st.integers(0, 1)
PEOPLE = st.lists(st.integers(0, 9), min_size=1, max_size=4)


class TwoGalleries(RuleBasedStateMachine):
    ids = Bundle("ids")

    @initialize(shards=st.integers(1, 3))
    def open(self, shards: int) -> None:
        self.folder = tempfile.mkdtemp()
        self.replicas = Replicas(
            GallerySettings(
                database_url=f"sqlite:///{self.folder}/g.db",
                top_k=100,
                shards=shards,
                snapshots=f"{self.folder}/snapshots",
                snapshot_every=3,
                snapshot_erases_within_s=0.05,
            )
        )
        self.used: set[int] = set()

    @rule(target=ids, which=WHICH, people=PEOPLE)
    def register(self, which: int, people: list[int]) -> int:
        driver_id = self.replicas.register(which, people)
        assert driver_id not in self.used
        self.used.add(driver_id)
        return driver_id

    @rule(which=WHICH, driver_id=ids, people=PEOPLE)
    def add_faces(self, which: int, driver_id: int, people: list[int]) -> None:
        assert self.replicas.register(which, people, driver_id) == driver_id

    @rule(which=WHICH, driver_id=consumes(ids))
    def erase(self, which: int, driver_id: int) -> None:
        self.replicas.erase(which, driver_id)

    @rule(which=WHICH, driver_id=ids, number=st.integers(0, 9))
    def remove_face(self, which: int, driver_id: int, number: int) -> None:
        if len(self.replicas.people[driver_id]) > 1:
            self.replicas.remove_face(which, driver_id, number)

    @rule(which=WHICH, driver_id=consumes(ids), other_id=consumes(ids), target=ids)
    def merge(self, which: int, driver_id: int, other_id: int) -> int:
        self.replicas.merge(which, driver_id, other_id)
        return driver_id

    @rule(which=WHICH, driver_id=st.integers(-1, 20), people=PEOPLE)
    def refuse_the_unknown(self, which: int, driver_id: int, people: list[int]) -> None:
        if driver_id in self.replicas.people:
            return
        gallery = self.replicas._any(which)
        with pytest.raises(DriverNotFound):
            gallery.register(faces(people), driver_id)
        with pytest.raises(DriverNotFound):
            gallery.store.erase(driver_id)

    @rule(which=WHICH)
    def restart(self, which: int) -> None:
        self.replicas.restart(which)

    @rule(probe=st.integers(0, 9), which=WHICH)
    def search(self, probe: int, which: int) -> None:
        self.replicas.check(which, probe)

    @invariant()
    def both_answer_alike(self) -> None:
        for which in range(2):
            self.replicas.check(which, 0)

    def teardown(self) -> None:
        self.replicas.close()
        shutil.rmtree(self.folder)


TestTwoGalleries = TwoGalleries.TestCase
TestTwoGalleries.settings = settings(max_examples=8, stateful_step_count=20, deadline=None)


@pytest.mark.parametrize("shards", [1, 3])
def test_any_order_of_writes_is_seen_at_once_by_every_replica(
    database_url: str, shards: int
) -> None:
    draw = random.Random(shards)
    replicas = Replicas(
        GallerySettings(database_url=database_url, top_k=100, shards=shards, snapshots=None)
    )
    for _ in range(25):
        which, known = draw.randrange(2), sorted(replicas.people)
        action = draw.choice(["register", "add", "erase", "remove_face", "merge", "restart"])
        if action == "register" or len(known) < 3:
            replicas.register(which, draw.choices(range(10), k=3))
        elif action == "add":
            replicas.register(which, draw.choices(range(10), k=2), draw.choice(known))
        elif action == "erase":
            replicas.erase(which, draw.choice(known))
        elif action == "remove_face" and len(replicas.people[known[0]]) > 1:
            replicas.remove_face(which, known[0], draw.randrange(10))
        elif action == "merge":
            replicas.merge(which, *draw.sample(known, 2))
        else:
            replicas.restart(which)
        for asked in range(2):
            replicas.check(asked, draw.randrange(10))
    replicas.close()

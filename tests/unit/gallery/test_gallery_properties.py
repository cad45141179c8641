"""Two galleries on one database behave as one dictionary of drivers, whatever is asked of them."""

import shutil
import tempfile

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from configs.settings import GallerySettings
from pipelines.errors import DriverNotFound
from pipelines.gallery.gallery import Gallery
from pipelines.gallery.records import EnrolledFace
from pipelines.types import FaceQuality, Vector

DIMENSION = 4
WHICH = st.integers(0, 1)
PEOPLE = st.lists(st.integers(0, 9), min_size=1, max_size=4)


def person(number: int) -> Vector:
    drawn = np.random.default_rng(number).standard_normal(DIMENSION).astype(np.float32)
    unit: Vector = drawn / np.linalg.norm(drawn)
    return unit


def faces(numbers: list[int]) -> list[EnrolledFace]:
    quality = FaceQuality(100.0, 200.0, 128.0, 0.0, 0.0, 0.0)
    return [EnrolledFace(person(n), "m", 0.9, quality, f"{n}.jpg", b"png") for n in numbers]


class TwoGalleries(RuleBasedStateMachine):
    ids = Bundle("ids")

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.mkdtemp()
        configured = GallerySettings(database_url=f"sqlite:///{self.folder}/g.db", top_k=100)
        self.galleries = [Gallery.open(configured, "m", DIMENSION) for _ in range(2)]
        self.model: dict[int, list[int]] = {}
        self.used: set[int] = set()
        self.writes = 0

    @rule(target=ids, which=WHICH, people=PEOPLE)
    def register(self, which: int, people: list[int]) -> int:
        driver_id = self.galleries[which].register(faces(people))
        assert driver_id not in self.used
        self.used.add(driver_id)
        self.model[driver_id] = people
        self.writes += 1
        return driver_id

    @rule(which=WHICH, driver_id=ids, people=PEOPLE)
    def add_faces(self, which: int, driver_id: int, people: list[int]) -> None:
        assert self.galleries[which].register(faces(people), driver_id) == driver_id
        self.model[driver_id] = self.model[driver_id] + people
        self.writes += 1

    @rule(which=WHICH, driver_id=consumes(ids))
    def erase(self, which: int, driver_id: int) -> None:
        crop_keys = self.galleries[which].store.erase(driver_id)
        assert crop_keys == tuple(f"{n}.jpg" for n in self.model.pop(driver_id))
        self.writes += 1

    @rule(which=WHICH, driver_id=st.integers(-1, 20), people=PEOPLE)
    def refuse_the_unknown(self, which: int, driver_id: int, people: list[int]) -> None:
        if driver_id in self.model:
            return
        for refused in (
            lambda: self.galleries[which].register(faces(people), driver_id),
            lambda: self.galleries[which].store.erase(driver_id),
        ):
            try:
                refused()
            except DriverNotFound:
                continue
            raise AssertionError(f"driver {driver_id} was never there")

    @rule(which=WHICH)
    def restart(self, which: int) -> None:
        self.galleries[which].close()
        configured = GallerySettings(database_url=f"sqlite:///{self.folder}/g.db", top_k=100)
        self.galleries[which] = Gallery.open(configured, "m", DIMENSION)

    @rule(probe=st.integers(0, 9), which=WHICH)
    def search(self, probe: int, which: int) -> None:
        answer = self.galleries[which].search(person(probe)[None])[0]
        found = {match.driver_id: match.similarity for match in answer.matches}
        assert found.keys() == self.model.keys()
        assert answer.gallery_size == len(self.model)
        assert answer.sequence == self.writes
        for driver_id, people in self.model.items():
            mean = np.sum([person(n) for n in people], axis=0, dtype=np.float64)
            cosine = float(mean @ person(probe)) / float(np.linalg.norm(mean))
            assert abs(found[driver_id] - cosine) < 1e-4

    @invariant()
    def both_answer_alike(self) -> None:
        answers = [gallery.search(person(0)[None])[0] for gallery in self.galleries]
        assert answers[0].sequence == answers[1].sequence
        ranked = [[match.driver_id for match in answer.matches] for answer in answers]
        assert sorted(ranked[0]) == sorted(ranked[1])
        for one, other in zip(answers[0].matches, answers[1].matches, strict=True):
            assert abs(one.similarity - other.similarity) < 1e-5

    def teardown(self) -> None:
        log = self.galleries[0].store.changes_since(0)
        assert [change.sequence for change in log] == list(range(1, self.writes + 1))
        for gallery in self.galleries:
            gallery.close()
        shutil.rmtree(self.folder)


TestTwoGalleries = TwoGalleries.TestCase
TestTwoGalleries.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)

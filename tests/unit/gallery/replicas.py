"""Several replicas of a divided gallery, and the dictionary that they must behave like."""

from collections.abc import Iterator

import numpy as np

from configs.settings import GallerySettings
from pipelines.gallery.gallery import Gallery
from pipelines.gallery.records import EnrolledFace
from pipelines.gallery.sharding import behind, joined
from pipelines.types import FaceQuality, GallerySearch, Vector

DIMENSION = 4
MODEL = "m"


def person(number: int) -> Vector:
    drawn = np.random.default_rng(number).standard_normal(DIMENSION).astype(np.float32)
    unit: Vector = drawn / np.linalg.norm(drawn)
    return unit


def faces(numbers: list[int]) -> list[EnrolledFace]:
    quality = FaceQuality(100.0, 200.0, 128.0, 0.0, 0.0, 0.0)
    return [EnrolledFace(person(n), MODEL, 0.9, quality, f"{n}.jpg", b"png") for n in numbers]


class Replicas:
    """Two replicas of every shard over one database, beside a dictionary of what is in it.

    Attributes:
        people: Driver -> face -> number of the person on it.
        changes: Lines that the change log must have.
    """

    def __init__(self, settings: GallerySettings) -> None:
        self._settings = settings
        self._shards = range(settings.shards)
        self.people: dict[int, dict[int, int]] = {}
        self.changes = 0
        self._galleries = [[self._open(shard) for shard in self._shards] for _ in range(2)]

    def register(self, which: int, numbers: list[int], driver_id: int | None = None) -> int:
        registered = self._any(which).register(faces(numbers), driver_id)
        assert (driver_id is None) == (registered not in self.people)
        self._take_over(which, registered)
        expected = sorted([*self.people[registered].values()])
        assert sorted(numbers + ([] if driver_id is None else self._before)) == expected
        self.changes += 1
        return registered

    def erase(self, which: int, driver_id: int) -> None:
        crops = self._any(which).store.directory.erase(driver_id)
        assert sorted(crops) == sorted(f"{n}.jpg" for n in self.people.pop(driver_id).values())
        self.changes += 1

    def remove_face(self, which: int, driver_id: int, number: int) -> None:
        face_id = sorted(self.people[driver_id])[number % len(self.people[driver_id])]
        self._any(which).store.directory.remove_face(driver_id, face_id)
        del self.people[driver_id][face_id]
        self.changes += 1

    def merge(self, which: int, driver_id: int, other_id: int) -> None:
        self._any(which).store.directory.merge(driver_id, other_id)
        self.people[driver_id] |= self.people.pop(other_id)
        self.changes += 2

    def restart(self, which: int) -> None:
        for gallery in self._galleries[which]:
            gallery.close()
        self._galleries[which] = [self._open(shard) for shard in self._shards]

    def search(self, which: int, probe: Vector) -> GallerySearch:
        """Asks all shards of one replica each, and joins what they say."""
        answers = [gallery.search(probe[None])[0] for gallery in self._galleries[which]]
        assert behind(answers) == []
        for shard, answer in enumerate(answers):
            owners = {match.driver_id % len(self._shards) for match in answer.matches}
            assert owners <= {shard}
        return joined(answers, self._settings.top_k)

    def check(self, which: int, number: int) -> None:
        """The answer to a probe is that of comparing it with every driver in the dictionary."""
        answer = self.search(which, person(number))
        expected = dict(self._cosines(number))
        assert answer.gallery_size == len(expected)
        assert answer.sequence == self.changes
        found = {match.driver_id: match.similarity for match in answer.matches}
        assert found.keys() == expected.keys()
        assert all(abs(found[one] - expected[one]) < 1e-5 for one in found)
        order = [(-match.similarity, match.driver_id) for match in answer.matches]
        assert order == sorted(order)

    def close(self) -> None:
        log = self._galleries[0][0].store.changes_since(0)
        assert [change.sequence for change in log] == list(range(1, self.changes + 1))
        for gallery in [*self._galleries[0], *self._galleries[1]]:
            gallery.close()

    def _cosines(self, number: int) -> Iterator[tuple[int, float]]:
        for driver_id, shown in self.people.items():
            if shown:
                mean = np.sum([person(n) for n in shown.values()], axis=0, dtype=np.float64)
                yield driver_id, float(mean @ person(number)) / float(np.linalg.norm(mean))

    def _take_over(self, which: int, driver_id: int) -> None:
        self._before = list(self.people.get(driver_id, {}).values())
        stored = self._any(which).store.directory.faces(driver_id)
        self.people[driver_id] = {
            face.face_id: int(face.crop_key.removesuffix(".jpg")) for face in stored
        }

    def _any(self, which: int) -> Gallery:
        """A shard of the replica; they take turns."""
        return self._galleries[which][self.changes % len(self._shards)]

    def _open(self, shard: int) -> Gallery:
        return Gallery.open(self._settings, MODEL, DIMENSION, shard)

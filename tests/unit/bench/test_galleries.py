"""Galleries drawn from people whose photos are all alike."""

import numpy as np
import pytest

from tests.bench.face_vectors import FaceVectors, unit
from tests.bench.galleries import made, measure, nearness
from tests.bench.open_set import Floats


def people(number: int, seed: int, photos: int = 5) -> list[Floats]:
    random = np.random.default_rng(seed)
    persons = unit(random.standard_normal((number, 64)).astype(np.float32))
    return [
        unit(person + 0.03 * random.standard_normal((photos, 64)).astype(np.float32))
        for person in persons
    ]


@pytest.fixture
def faces() -> FaceVectors:
    strangers = np.concatenate(people(20, seed=2, photos=1))
    mixed = np.concatenate(people(10, seed=3, photos=1))
    return FaceVectors(
        drivers=tuple(people(12, seed=1)),
        strangers=(strangers[:10], strangers[10:]),
        mixed=(mixed[:5], mixed[5:]),
        without_face=0,
    )


def test_a_small_gallery_asks_drivers_who_are_not_enrolled_as_strangers(
    faces: FaceVectors,
) -> None:
    trial = measure(faces, 4, draws=3, seed=1)

    assert trial.made_of == "4 drivers"
    assert len(trial.drivers.first) == 3 * 4 * 2
    assert len(trial.strangers.first) == 3 * (20 + 8 * 5)


def test_a_large_gallery_asks_the_strangers_who_are_no_distractors(faces: FaceVectors) -> None:
    trial = measure(faces, 40, draws=2, seed=1)

    assert trial.made_of == "12 drivers, 10 strangers' photos, 5 mixed pictures, 13 made vectors"
    assert len(trial.strangers.first) == 2 * 10
    assert trial.strangers.first.max() < 0.9, "a stranger met his own photo"


def test_drivers_are_found_among_distractors_and_strangers_are_not(faces: FaceVectors) -> None:
    trial = measure(faces, 40, draws=4, seed=1)

    assert trial.misses(0.8).hits == 0
    assert trial.false_positives(0.8).hits == 0
    assert not trial.strangers.right.any()


def test_a_driver_is_not_probed_with_an_enrolled_photo(faces: FaceVectors) -> None:
    apart = tuple(np.eye(5, 64, k=5 * driver, dtype=np.float32) for driver in range(12))
    strange = FaceVectors(apart, faces.strangers, faces.mixed, 0)

    trial = measure(strange, 12, draws=5, seed=1)

    assert trial.drivers.first.max() < 0.1


def test_the_seed_decides_the_draws(faces: FaceVectors) -> None:
    one, again, other = (measure(faces, 40, draws=2, seed=seed) for seed in (1, 1, 2))

    assert np.array_equal(one.strangers.first, again.strangers.first)
    assert not np.array_equal(one.drivers.first, other.drivers.first)


def test_made_vectors_are_unit_means_of_strangers(faces: FaceVectors) -> None:
    vectors = made(faces.strangers[0], 50, np.random.default_rng(1))

    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert (vectors @ faces.strangers[0].T).max(axis=1).min() > 0.5


def test_strangers_are_compared_with_templates_of_every_kind(faces: FaceVectors) -> None:
    cosines = nearness(faces, seed=1)

    assert {kind: len(its) for kind, its in cosines.items()} == {
        "drivers": 20 * 12,
        "strangers' photos": 2 * 10 * 10,
        "mixed pictures": 2 * 10 * 5,
        "made vectors": 2 * 10 * 2000,
    }
    assert max(its.max() for its in cosines.values()) < 0.9

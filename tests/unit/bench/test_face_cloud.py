"""Invented faces lie as they are said to."""

from pathlib import Path

import numpy as np
import pytest

from tests.bench.face_cloud import (
    DIMENSION,
    FACES,
    IMPOSTOR_MEAN,
    IMPOSTOR_SPREAD,
    PROBE_COSINES,
    FaceCloud,
    read_templates,
    template_of,
    write_templates,
)


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    """Of two thousand people."""
    return next(FaceCloud(7).faces(2000))


def test_faces_are_of_unit_length_and_the_same_for_a_seed(faces: np.ndarray) -> None:
    assert faces.shape == (2000, FACES, DIMENSION)
    assert faces.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(faces, axis=2), 1.0, atol=1e-5)
    np.testing.assert_array_equal(faces, next(FaceCloud(7).faces(2000)))
    assert not np.array_equal(faces[:9], next(FaceCloud(8).faces(9)))


def test_templates_of_different_people_are_as_near_as_measured(faces: np.ndarray) -> None:
    templates = template_of(faces)
    cosines = (templates @ templates.T)[np.triu_indices(len(templates), 1)]
    assert cosines.mean() == pytest.approx(IMPOSTOR_MEAN, abs=0.005)
    assert cosines.std() == pytest.approx(IMPOSTOR_SPREAD, abs=0.005)


def test_faces_of_one_person_are_near_each_other(faces: np.ndarray) -> None:
    cosines = (faces[:, 0] * faces[:, 1]).sum(axis=1)
    assert cosines.mean() == pytest.approx(0.667, abs=0.02)


def test_probes_have_the_cosines_that_are_said(faces: np.ndarray) -> None:
    templates = template_of(faces)
    probes = FaceCloud(7).probes(templates, np.random.default_rng(0))
    cosines = (probes * templates).sum(axis=1)
    low, high = PROBE_COSINES
    assert low - 1e-5 <= cosines.min() < low + 0.01
    assert high - 0.01 < cosines.max() <= high + 1e-5
    np.testing.assert_allclose(np.linalg.norm(probes, axis=1), 1.0, atol=1e-5)


def test_a_larger_gallery_goes_on_with_other_people(tmp_path: Path) -> None:
    parts = list(FaceCloud(7).faces(10_500))
    assert [len(part) for part in parts] == [10_000, 500]
    assert not np.array_equal(parts[0][:500], parts[1])
    write_templates(FaceCloud(7), 10_500, tmp_path / "templates")
    read = list(read_templates(tmp_path / "templates"))
    assert [part.shape for part in read] == [(10_000, DIMENSION), (500, DIMENSION)]
    for part, rows in zip(parts, read, strict=True):
        np.testing.assert_array_equal(template_of(part), rows)

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.gallery.probes import SAME_PERSON, STRANGERS, draw_probes, nearest


@pytest.fixture
def templates() -> NDArray[np.float32]:
    """Of people whose vectors lie in half of the dimensions."""
    drawn = np.random.default_rng(0).standard_normal((500, 64))
    drawn[:, 32:] = 0.0
    unit: NDArray[np.float64] = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return unit.astype(np.float32)


def test_a_drivers_probe_has_a_cosine_of_the_same_person(templates: NDArray[np.float32]) -> None:
    probes = draw_probes(templates, 200, np.random.default_rng(1))
    known = probes[: int(200 * (1 - STRANGERS))]
    best = (known @ templates.T).max(axis=1)
    assert best.min() >= SAME_PERSON[0] - 1e-5
    assert best.max() <= 0.9
    assert len(known) == 160
    assert np.quantile(best, 0.9) > 0.7


def test_probes_lie_where_the_templates_lie(templates: NDArray[np.float32]) -> None:
    probes = draw_probes(templates, 200, np.random.default_rng(1))
    assert probes.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(probes, axis=1), 1.0, atol=1e-5)
    assert np.abs(probes[:, 32:]).max() < 1e-6


def test_the_same_seed_draws_the_same_probes(templates: NDArray[np.float32]) -> None:
    one, other = (draw_probes(templates, 50, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_finds_the_nearest_by_comparing_all(templates: NDArray[np.float32]) -> None:
    probes = draw_probes(templates, 50, np.random.default_rng(1))
    np.testing.assert_array_equal(nearest(templates, probes), (probes @ templates.T).argmax(axis=1))

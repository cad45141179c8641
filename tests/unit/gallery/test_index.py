import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.gallery.index import ExactIndex


def unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    scaled: NDArray[np.float64] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled.astype(np.float32)


def ids(*numbers: int) -> NDArray[np.int64]:
    return np.array(numbers, dtype=np.int64)


@pytest.fixture
def vectors() -> NDArray[np.float32]:
    return unit(np.random.default_rng(0).standard_normal((50, 8)))


@pytest.fixture
def index(vectors: NDArray[np.float32]) -> ExactIndex:
    """Fifty vectors under the ids 100 to 149."""
    filled = ExactIndex(8)
    filled.put(np.arange(100, 150), vectors)
    return filled


def found(index: ExactIndex, vectors: NDArray[np.float32]) -> list[int]:
    nearest: list[int] = index.search(vectors, 1)[0][:, 0].tolist()
    return nearest


def test_an_empty_index_answers_without_results(vectors: NDArray[np.float32]) -> None:
    found_ids, cosines = ExactIndex(8).search(vectors, 5)
    assert found_ids.shape == cosines.shape == (50, 0)


def test_no_vectors_give_no_answers(index: ExactIndex) -> None:
    found_ids, cosines = index.search(np.empty((0, 8), np.float32), 5)
    assert len(found_ids) == len(cosines) == 0


def test_answers_as_a_full_comparison_does(index: ExactIndex, vectors: NDArray[np.float32]) -> None:
    probes = unit(np.random.default_rng(1).standard_normal((9, 8)))
    expected = probes @ vectors.T
    order = np.argsort(-expected, axis=1)[:, :4]
    found_ids, cosines = index.search(probes, 4)
    assert (found_ids == order + 100).all()
    np.testing.assert_allclose(cosines, np.take_along_axis(expected, order, axis=1), atol=1e-6)


def test_returns_no_more_than_it_holds(index: ExactIndex, vectors: NDArray[np.float32]) -> None:
    found_ids, _ = index.search(vectors[:1], 1000)
    assert sorted(found_ids[0].tolist()) == list(range(100, 150))


def test_cosines_never_leave_their_range(index: ExactIndex, vectors: NDArray[np.float32]) -> None:
    _, cosines = index.search(np.concatenate([vectors, -vectors]), 50)
    assert cosines.max() <= 1.0
    assert cosines.min() >= -1.0


def test_the_smaller_id_comes_first_where_two_are_equal(vectors: NDArray[np.float32]) -> None:
    index = ExactIndex(8)
    index.put(ids(9, 3, 5), vectors[[0, 0, 0]])
    assert index.search(vectors[:1], 3)[0].tolist() == [[3, 5, 9]]


def test_replaces_a_vector_in_place(index: ExactIndex, vectors: NDArray[np.float32]) -> None:
    index.put(ids(100, 7), -vectors[[0, 1]])
    assert len(index) == 51
    assert found(index, -vectors[:2]) == [100, 7]
    assert found(index, vectors[1:]) == list(range(101, 150))


@pytest.mark.parametrize(
    "removed", [[149], [100], [100, 149], [148, 149], list(range(100, 130)), [120, 145, 121, 3]]
)
def test_keeps_every_other_vector_when_some_are_removed(
    index: ExactIndex, vectors: NDArray[np.float32], removed: list[int]
) -> None:
    index.remove(ids(*removed))
    left = [number for number in range(100, 150) if number not in removed]
    assert len(index) == len(left)
    assert found(index, vectors[np.array(left) - 100]) == left


def test_can_be_emptied_and_filled_again(index: ExactIndex, vectors: NDArray[np.float32]) -> None:
    index.remove(np.arange(100, 150))
    assert len(index) == 0
    index.put(ids(1), vectors[:1])
    assert found(index, vectors[:1]) == [1]
    index.clear()
    assert index.search(vectors[:1], 1)[0].shape == (1, 0)

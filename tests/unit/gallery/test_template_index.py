import numpy as np
import pytest
from numpy.typing import NDArray

from configs.settings import GallerySettings
from pipelines.gallery import template_index
from pipelines.gallery.template_index import TemplateIndex, build

COUNT = 1500
IDS = np.arange(1, COUNT + 1)
SETTINGS = GallerySettings(exact_up_to=1000, recall=0.95)


@pytest.fixture(scope="module")
def templates() -> NDArray[np.float32]:
    drawn = np.random.default_rng(0).standard_normal((2 * COUNT, 32))
    unit: NDArray[np.float64] = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return unit.astype(np.float32)


@pytest.fixture
def index(templates: NDArray[np.float32]) -> TemplateIndex:
    """More drivers than are searched exactly, and nothing built yet."""
    filled = TemplateIndex(32, SETTINGS)
    filled.put(IDS, templates[:COUNT])
    return filled


@pytest.fixture
def approximate(index: TemplateIndex) -> TemplateIndex:
    copy = index.begin_building()
    index.finish_building(copy, build(copy, SETTINGS))
    assert index.build is not None
    return index


def found(index: TemplateIndex, probes: NDArray[np.float32]) -> list[int]:
    nearest: list[int] = index.search(probes, 5)[0][:, 0].tolist()
    return nearest


def test_builds_above_the_bound_only(index: TemplateIndex) -> None:
    assert index.wants_building
    index.remove(IDS[1000:])
    assert not index.wants_building


def test_search_is_exact_while_an_index_is_being_built(
    index: TemplateIndex, templates: NDArray[np.float32]
) -> None:
    copy = index.begin_building()
    assert not index.wants_building
    assert index.build is None
    assert found(index, templates[:COUNT]) == IDS.tolist()
    index.finish_building(copy, build(copy, SETTINGS))
    assert index.build is not None
    assert not index.wants_building


def test_an_approximate_answer_has_the_exact_cosines_and_order(
    approximate: TemplateIndex, templates: NDArray[np.float32]
) -> None:
    exact = TemplateIndex(32, SETTINGS)
    exact.put(IDS, templates[:COUNT])
    ids, cosines = approximate.search(templates[:200], 5)
    expected_ids, expected = exact.search(templates[:200], 5)
    np.testing.assert_array_equal(ids[:, 0], expected_ids[:, 0])
    same = (ids == expected_ids).all(axis=1)
    assert same.mean() > 0.7
    np.testing.assert_array_equal(cosines[same], expected[same])


def test_what_changes_during_a_build_is_in_its_index(
    index: TemplateIndex, templates: NDArray[np.float32]
) -> None:
    copy = index.begin_building()
    index.remove(np.array([1, 2]))
    index.put(np.array([3, 9000]), templates[[COUNT, COUNT + 1]])
    index.finish_building(copy, build(copy, SETTINGS))
    assert index.build is not None
    assert not {1, 2} & set(index.search(templates[:2], 5)[0].ravel().tolist())
    assert found(index, templates[[COUNT, COUNT + 1]]) == [3, 9000]


def test_an_index_of_drivers_that_were_forgotten_is_not_used(
    index: TemplateIndex, templates: NDArray[np.float32]
) -> None:
    copy = index.begin_building()
    built = build(copy, SETTINGS)
    index.clear()
    index.put(IDS, -templates[:COUNT])
    index.begin_building()
    index.finish_building(copy, built)
    assert index.build is None
    assert found(index, -templates[:COUNT]) == IDS.tolist()


def test_an_erased_driver_is_never_answered(
    approximate: TemplateIndex, templates: NDArray[np.float32]
) -> None:
    for driver_id in range(1, 200):
        approximate.remove(np.array([driver_id]))
        if driver_id % 50 == 0:
            approximate.purge()
        answered = approximate.search(templates[driver_id - 1 : driver_id], 100)[0]
        assert answered.min() > driver_id


def test_is_built_again_when_it_is_worn(
    approximate: TemplateIndex,
    templates: NDArray[np.float32],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipelines.gallery.approximate._WORN_LEAST", 50)
    approximate.put(np.arange(5000, 5049), templates[COUNT : COUNT + 49])
    assert not approximate.wants_building
    approximate.remove(np.array([1, 2]))
    assert approximate.wants_building
    copy = approximate.begin_building()
    approximate.finish_building(copy, build(copy, SETTINGS))
    assert not approximate.wants_building
    assert found(approximate, templates[COUNT : COUNT + 49]) == list(range(5000, 5049))


def test_a_gallery_that_shrinks_is_searched_exactly_again(
    approximate: TemplateIndex, templates: NDArray[np.float32]
) -> None:
    approximate.remove(IDS[900:])
    assert approximate.build is None
    assert found(approximate, templates[:900]) == IDS[:900].tolist()


def test_search_stays_exact_when_nothing_can_be_built(
    index: TemplateIndex,
    templates: NDArray[np.float32],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def out_of_memory(*_given: object) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr(template_index, "build_approximate", out_of_memory)
    copy = index.begin_building()
    index.finish_building(copy, build(copy, SETTINGS))
    assert caplog.messages == ["no approximate index of 1500 drivers could be built: no room"]
    assert not index.wants_building
    assert found(index, templates[:COUNT]) == IDS.tolist()


def test_states_its_memory(index: TemplateIndex) -> None:
    assert index.bytes_per_driver == 32 * 4 + 8 + 115
    copy = index.begin_building()
    index.finish_building(copy, build(copy, SETTINGS))
    assert index.bytes_per_driver > 32 * 4 + 8 + 115 + 32

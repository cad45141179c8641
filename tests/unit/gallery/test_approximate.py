import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.errors import ConfigurationError
from pipelines.gallery.approximate import ApproximateIndex, build_approximate, check_device
from pipelines.gallery.index import NOBODY

COUNT = 3000
IDS = np.arange(10, 10 + 3 * COUNT, 3)


@pytest.fixture(scope="module")
def templates() -> NDArray[np.float32]:
    drawn = np.random.default_rng(0).standard_normal((COUNT, 32))
    unit: NDArray[np.float64] = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return unit.astype(np.float32)


@pytest.fixture
def index(templates: NDArray[np.float32]) -> ApproximateIndex:
    built = build_approximate(IDS, templates, 0.95, "cpu")
    assert built is not None
    return built


def test_reaches_the_recall_that_is_asked_for_without_looking_everywhere(
    index: ApproximateIndex, templates: NDArray[np.float32]
) -> None:
    assert index.build.recall >= 0.95
    assert index.build.lists == 55
    assert index.build.probed_lists < index.build.lists
    assert 32 < index.build.bytes_per_driver < 60
    assert index.build.seconds > 0
    easy = build_approximate(IDS, templates, 0.90, "cpu")
    assert easy is not None
    assert easy.build.probed_lists < index.build.probed_lists


def test_names_the_drivers_that_a_probe_is_near(
    index: ApproximateIndex, templates: NDArray[np.float32]
) -> None:
    named = index.candidates(templates[:100], 3)
    assert (named == IDS[:100, np.newaxis]).any(axis=1).all()
    assert len(set(named[0].tolist())) == named.shape[1]


def test_a_removed_driver_is_named_no_more_and_takes_nobodys_place(
    index: ApproximateIndex, templates: NDArray[np.float32]
) -> None:
    probe = templates[:1]
    near = IDS[np.argsort(-(templates @ probe[0]))]
    index.remove(near[:200])
    named = set(index.candidates(probe, 5)[0].tolist())
    assert not named & set(near[:200].tolist())
    assert len(named - {NOBODY}) >= 5
    index.purge()
    assert set(index.candidates(probe, 5)[0].tolist()).isdisjoint(near[:200].tolist())
    assert index._lists.ntotal == COUNT - 200


def test_a_driver_written_since_is_named_by_what_was_written(
    index: ApproximateIndex, templates: NDArray[np.float32]
) -> None:
    index.put(np.array([IDS[0], 7]), -templates[[0, 1]])
    assert IDS[0] not in index.candidates(templates[:1], 1)[0]
    assert IDS[0] in index.candidates(-templates[:1], 1)[0]
    assert 7 in index.candidates(-templates[1:2], 1)[0]
    index.remove(np.array([7]))
    assert 7 not in index.candidates(-templates[1:2], 1)[0]


def test_is_worn_when_much_has_changed(
    index: ApproximateIndex, templates: NDArray[np.float32]
) -> None:
    index.put(np.arange(100_000, 108_000), np.tile(templates, (3, 1))[:8000])
    index.remove(np.arange(100_000, 108_000))
    assert not index.worn
    index.remove(IDS)
    assert index.worn


def test_says_when_even_all_lists_do_not_reach_the_recall() -> None:
    rng = np.random.default_rng(0)
    # Sixty that differ by less than the 8-bit copies show: who is the nearest is chance.
    crowd = np.repeat(rng.standard_normal((50, 32)), 60, axis=0)
    crowd += 1e-4 * rng.standard_normal(crowd.shape)
    crowd = (crowd / np.linalg.norm(crowd, axis=1, keepdims=True)).astype(np.float32)
    assert build_approximate(IDS, crowd, 0.99, "cpu") is None


def test_the_processor_needs_nothing() -> None:
    check_device("cpu")


@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
def test_a_gpu_needs_faiss_with_gpu_support(device: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        check_device(device)
    assert str(raised.value) == (
        f"gallery.index_device {device} needs FAISS with GPU support: pip uninstall faiss-cpu, "
        "then pip install faiss-gpu"
    )

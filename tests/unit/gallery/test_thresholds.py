import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.settings import GallerySettings
from pipelines.gallery.thresholds import threshold_for

PAIRS = ((10, 0.40), (1000, 0.50), (10_000, 0.60))


@pytest.mark.parametrize(
    ("size", "threshold"),
    [
        (0, 0.40),
        (1, 0.40),
        (10, 0.40),
        (100, 0.45),
        (1000, 0.50),
        (10_000, 0.60),
        (10_000_000, 0.60),
    ],
)
def test_interpolates_over_the_logarithm_of_the_size(size: int, threshold: float) -> None:
    assert threshold_for(size, PAIRS) == pytest.approx(threshold)


def test_one_pair_serves_every_size() -> None:
    assert [threshold_for(size, ((50, 0.45),)) for size in (0, 50, 10**6)] == [0.45] * 3


@given(st.integers(0, 10**8), st.integers(0, 10**8))
def test_the_default_threshold_never_falls_as_the_gallery_grows(one: int, other: int) -> None:
    pairs = GallerySettings().thresholds
    smaller, larger = sorted((one, other))
    assert threshold_for(smaller, pairs) <= threshold_for(larger, pairs) + 1e-12

import numpy as np
import pytest

from pipelines.engines.plate_views import further_views


@pytest.mark.parametrize("shape", [(8, 8, 3), (9, 180, 3), (56, 260, 3), (160, 480, 3)])
def test_every_view_is_a_crop_of_at_most_the_crops_size(shape: tuple[int, int, int]) -> None:
    crop = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    crop.setflags(write=False)
    views = further_views(crop)
    assert views
    assert all(view.dtype == np.uint8 and view.ndim == 3 for view in views)
    assert all(min(view.shape[:2]) >= 8 and view.shape <= shape for view in views)


def test_a_cut_view_is_the_middle_of_the_crop() -> None:
    crop = np.random.default_rng(0).integers(0, 256, (50, 200, 3), dtype=np.uint8)
    assert np.array_equal(further_views(crop)[0], crop[2:-2, 2:-2])


def test_contrast_is_evened_without_a_change_of_size() -> None:
    crop = np.full((64, 160, 3), 100, np.uint8)
    crop[:, ::2] = 110
    evened = further_views(crop)[-1]
    assert evened.shape == crop.shape
    assert evened.std() > crop.std()

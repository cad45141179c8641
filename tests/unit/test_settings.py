"""The settings tree."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel, ValidationError

from configs.settings import (
    BatchTuning,
    EnrolmentSettings,
    GallerySettings,
    IngressTuning,
    PlateDetectorSettings,
    PlateReaderSettings,
    Section,
    Settings,
)


def sections(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from sections(field.annotation)


ALL = [*sections(Settings), BatchTuning, IngressTuning]


@pytest.mark.parametrize("section", ALL, ids=lambda section: section.__name__)
def test_refuses_unknown_keys(section: type[BaseModel]) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        section.model_validate({"no_such_setting": 1})


@pytest.mark.parametrize("section", ALL, ids=lambda section: section.__name__)
def test_every_number_is_bounded_and_described(section: type[BaseModel]) -> None:
    for name, field in section.model_fields.items():
        if field.annotation in (int, float):
            bounds = {type(bound).__name__ for bound in field.metadata}
            assert bounds & {"Ge", "Gt"}, name
            assert bounds & {"Le", "Lt"}, name
            assert field.description, name


def test_is_frozen() -> None:
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.limits = settings.limits  # type: ignore[misc]


@pytest.mark.parametrize(
    "pairs",
    [[], [[10, 0.4], [10, 0.5]], [[50, 0.4], [10, 0.5]], [[10, 0.5], [50, 0.4]], [[10, 1.5]]],
)
def test_refuses_thresholds_that_do_not_rise_with_the_gallery(pairs: list[list[float]]) -> None:
    with pytest.raises(ValidationError, match="thresholds"):
        GallerySettings.model_validate({"thresholds": pairs})


@pytest.mark.parametrize("second", [416, 320])
def test_refuses_a_second_look_that_is_not_larger(second: int) -> None:
    with pytest.raises(ValidationError, match="second_image_size must be larger than image_size"):
        PlateDetectorSettings(image_size=416, second_image_size=second)


def test_a_second_look_can_be_left_out() -> None:
    settings = PlateDetectorSettings(image_size=640, second_image_size=None)
    assert settings.second_image_size is None


@pytest.mark.parametrize("least", [100, 120])
def test_refuses_limits_that_no_brightness_meets(least: float) -> None:
    with pytest.raises(ValidationError, match="min_brightness must be below max_brightness"):
        EnrolmentSettings(min_brightness=least, max_brightness=100)


@pytest.mark.parametrize("silent", [30, 31])
def test_refuses_to_ask_again_when_it_has_given_up(silent: float) -> None:
    with pytest.raises(ValidationError, match="silent_after_s must be below inference_timeout_s"):
        IngressTuning(inference_timeout_s=30, silent_after_s=silent)
    assert IngressTuning(inference_timeout_s=30, silent_after_s=29.9).silent_after_s == 29.9


def test_only_a_fake_engine_takes_a_simulated_time() -> None:
    assert PlateReaderSettings(engine="fake", simulated_ms=5).simulated_ms == 5
    with pytest.raises(ValidationError, match="simulated_ms is for engine fake alone"):
        PlateReaderSettings(simulated_ms=5)

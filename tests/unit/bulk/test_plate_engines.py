"""The engines of one process."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from pipelines.bulk.plate_engines import PlateEngines, require_some_done, told
from pipelines.engines.plate_detector import build_plate_detector
from pipelines.errors import TooLarge, Unavailable
from pipelines.scalable_picture import ScalablePicture
from tests.contract.application import jpeg, plate_jpeg, street
from tests.unit.bulk.pictures import FAKES

BAD_WIDTH = 333


class Failing:
    """A detector that breaks at pictures of one width, with whatever stands beside them."""

    def __init__(self, detector: Any) -> None:
        self._detector = detector

    def detect_scalable(self, pictures: Sequence[ScalablePicture]) -> Any:
        if any(picture.width == BAD_WIDTH for picture in pictures):
            raise RuntimeError("the kernel has another shape")
        return self._detector.detect_scalable(pictures)


def test_what_breaks_the_engines_stays_with_its_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "pipelines.bulk.plate_engines.build_plate_detector",
        lambda settings: Failing(build_plate_detector(settings)),
    )
    pictures = [plate_jpeg("30M2943"), jpeg(street()[:, :BAD_WIDTH].copy()), plate_jpeg("KA1")]
    first, broken, last = asyncio.run(PlateEngines(FAKES).pictures(pictures))
    assert not isinstance(first, BaseException)
    assert not isinstance(last, BaseException)
    assert (first[0].text.raw, last[0].text.raw) == ("30M2943", "KA1")
    assert isinstance(broken, RuntimeError)
    assert told(broken) == {
        "outcome": "failed",
        "error_code": "internal_error",
        "error_message": "RuntimeError: the kernel has another shape",
    }


@pytest.mark.parametrize("failure", [MemoryError(), OSError(24, "Too many open files")])
def test_what_the_machine_lacks_is_no_outcome(
    monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fails(_: Sequence[ScalablePicture]) -> Any:
        raise failure

    engines = PlateEngines(FAKES)
    monkeypatch.setattr(engines._detector, "detect_scalable", fails)
    with pytest.raises(type(failure)):
        asyncio.run(engines.pictures([plate_jpeg("KA1"), plate_jpeg("KA2")]))


def test_engines_that_fail_at_every_file_end_the_job() -> None:
    failed = told(RuntimeError("out of memory on the device"))
    require_some_done([failed])
    require_some_done([failed, {"outcome": "read"}])
    with pytest.raises(Unavailable) as ended:
        require_some_done([failed, failed])
    assert str(ended.value) == (
        "the engines failed 2 times, last RuntimeError: out of memory on the device"
    )


def test_a_named_error_is_told_by_its_code_and_sentence() -> None:
    assert told(TooLarge("too many pixels")) == {
        "outcome": "failed",
        "error_code": "too_large",
        "error_message": "too many pixels",
    }


def test_a_crop_is_read_without_looking_for_a_plate_in_it() -> None:
    found = asyncio.run(PlateEngines(FAKES).crop(plate_jpeg("30M2943")))
    assert not isinstance(found, BaseException)
    assert [plate.detection.score for plate in found] == [1.0]
    broken = asyncio.run(PlateEngines(FAKES).crop(b"\xff\xd8\xff\xe0 no more"))
    assert isinstance(broken, BaseException)

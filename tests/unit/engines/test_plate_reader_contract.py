"""What every plate reader promises."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from configs.settings import PlateReaderSettings
from pipelines.engines import weights
from pipelines.engines.fake_plate_reader import draw_fake_plate
from pipelines.engines.plate_reader import build_plate_reader
from pipelines.plate_alphabet import ALPHABET
from pipelines.types import Picture, PlateReader, PlateReading

_TEXTS = ("KA01AJ7533", "30M2943", "WESEA115", "A123BC77", "1234BCD")

Draw = Callable[[str], Picture]


def _fake_plate(text: str) -> Picture:
    ground = np.full((120, 240, 3), 90, np.uint8)
    picture, box = draw_fake_plate(ground, 5, 5, text)
    return picture[2 : int(box.y2) + 4, 2 : int(box.x2) + 4]


def _printed_plate(text: str) -> Picture:
    plate = np.full((80, 60 + 38 * len(text), 3), 235, np.uint8)
    cv2.putText(plate, text, (30, 58), cv2.FONT_HERSHEY_DUPLEX, 1.7, (20, 20, 20), 4)
    return plate


@pytest.fixture(scope="module", params=["plates", "paddleocr", "both", "fake"])
def engine(request: pytest.FixtureRequest) -> tuple[PlateReader, Draw]:
    """A reader, and how plates that it can read are drawn."""
    settings = PlateReaderSettings(engine=request.param)
    if request.param in ("plates", "both") and settings.weights not in weights.registry():
        pytest.skip(f"no weights {settings.weights!r}: train them by pipelines.training")
    return build_plate_reader(settings), {"fake": _fake_plate}.get(request.param, _printed_plate)


def _folded(text: str) -> str:
    """O as 0 and I as 1: the print font draws these pairs nearly alike."""
    return text.replace("O", "0").replace("I", "1")


def _close(one: PlateReading, other: PlateReading) -> bool:
    return (one.text, one.lines) == (other.text, other.lines) and np.allclose(
        [one.confidence, *one.char_confidences],
        [other.confidence, *other.char_confidences],
        atol=0.01,
    )


def test_reads_nothing_from_no_crops(engine: tuple[PlateReader, Draw]) -> None:
    assert engine[0].read([]) == []


def test_names_its_model(engine: tuple[PlateReader, Draw]) -> None:
    assert engine[0].model_id


def test_answers_one_reading_a_crop_in_order(engine: tuple[PlateReader, Draw]) -> None:
    reader, draw = engine
    readings = reader.read([draw(text) for text in _TEXTS])
    assert tuple(_folded(reading.text) for reading in readings) == tuple(map(_folded, _TEXTS))


def test_a_reading_is_consistent_in_itself(engine: tuple[PlateReader, Draw]) -> None:
    reader, draw = engine
    for reading in reader.read([draw(text) for text in _TEXTS]):
        assert set(reading.text) <= set(ALPHABET)
        assert "".join(reading.lines) == reading.text
        assert len(reading.char_confidences) == len(reading.text)
        assert all(0 <= confidence <= 1 for confidence in reading.char_confidences)
        assert reading.candidates[0].text == reading.text
        assert reading.candidates[0].confidence == reading.confidence
        confidences = [candidate.confidence for candidate in reading.candidates]
        assert confidences == sorted(confidences, reverse=True)
        assert 0 < sum(confidences) <= 1 + 1e-6


def test_a_batch_reads_like_single_crops(engine: tuple[PlateReader, Draw]) -> None:
    reader, draw = engine
    crops = [draw(text) for text in _TEXTS]
    together = reader.read(crops)
    apart = [reader.read([crop])[0] for crop in crops]
    assert all(_close(one, other) for one, other in zip(together, apart, strict=True))


def test_threads_read_alike(engine: tuple[PlateReader, Draw]) -> None:
    reader, draw = engine
    crops = [draw(text) for text in _TEXTS]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(reader.read, [crops] * 4))
    texts = {tuple(_folded(reading.text) for reading in readings) for readings in answers}
    assert texts == {tuple(map(_folded, _TEXTS))}


def test_leaves_the_crops_as_they_are(engine: tuple[PlateReader, Draw]) -> None:
    reader, draw = engine
    crop = draw(_TEXTS[0])
    before = crop.copy()
    crop.setflags(write=False)
    reader.read([crop])
    assert np.array_equal(crop, before)


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 500, 3), (160, 2, 3), (56, 260, 3)])
def test_a_crop_without_text_reads_as_an_empty_text(
    engine: tuple[PlateReader, Draw], shape: tuple[int, int, int]
) -> None:
    nothing = PlateReading(text="", confidence=0.0, char_confidences=(), candidates=(), lines=())
    assert engine[0].read([np.full(shape, 127, np.uint8)]) == [nothing]

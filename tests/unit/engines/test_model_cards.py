"""What is known of the models behind the engines."""

from pathlib import Path

import pytest

from configs.settings import FaceEncoderSettings, PlateDetectorSettings, PlateReaderSettings
from pipelines.engines import weights
from pipelines.engines.face_model_cards import face_encoder_cards
from pipelines.engines.model_cards import ModelCard, plate_detector_cards, plate_reader_cards
from pipelines.errors import ConfigurationError


def test_every_model_of_the_defaults_has_a_licence_and_a_digest() -> None:
    cards = [
        *plate_detector_cards(PlateDetectorSettings()),
        *plate_reader_cards(PlateReaderSettings()),
        *face_encoder_cards(FaceEncoderSettings()),
    ]
    assert {card.id: card.licence for card in cards} == {
        "plate_detector": "AGPL-3.0-only",
        "plate_corners": "AGPL-3.0-only",
        "plate_reader": "AGPL-3.0-only",
        "PP-OCRv6_small_rec": "Apache-2.0",
        "PP-OCRv6_small_det": "Apache-2.0",
        "YuNet (OpenCV Zoo, 2023-03)": "MIT",
        "SFace (OpenCV Zoo, 2021-12)": "Apache-2.0",
    }
    assert all(card.sha256 is not None and len(card.sha256) == 64 for card in cards)


def test_weights_of_ones_own_are_known_by_their_digest(tmp_path: Path) -> None:
    own = tmp_path / "mine.onnx"
    own.write_bytes(b"weights")
    card, _ = plate_detector_cards(PlateDetectorSettings(weights=str(own)))
    assert card == ModelCard("plate detection", "mine.onnx", None, weights.sha256(own))


def test_weights_that_are_not_there_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="unknown weights 'nothing'"):
        plate_detector_cards(PlateDetectorSettings(weights="nothing"))


def test_the_small_reader_alone_brings_no_other_models() -> None:
    [card] = plate_reader_cards(PlateReaderSettings(engine="plates"))
    assert card.id == "plate_reader"


def test_a_model_of_paddleocrs_that_is_downloaded_is_known_by_its_name() -> None:
    settings = PlateReaderSettings(engine="paddleocr", model="PP-OCRv5_server_rec")
    first, _ = plate_reader_cards(settings)
    assert first == ModelCard("plate reading", "PP-OCRv5_server_rec", None, None)


def test_a_pack_of_insightface_says_what_it_may_be_used_for() -> None:
    [card] = face_encoder_cards(FaceEncoderSettings(model="buffalo_l"))
    assert card.id == "insightface-buffalo_l"
    assert "non-commercial research only" in str(card.licence)


def test_fakes_say_that_they_are() -> None:
    cards = [
        *plate_detector_cards(PlateDetectorSettings(engine="fake")),
        *plate_reader_cards(PlateReaderSettings(engine="fake")),
        *face_encoder_cards(FaceEncoderSettings(engine="fake")),
    ]
    assert {card.id for card in cards} == {"fake"}

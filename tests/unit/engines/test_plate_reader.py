"""Building the reader that the settings name."""

from pathlib import Path

import pytest

from configs.settings import PlateReaderSettings
from pipelines.engines.fake_plate_reader import FakePlateReader
from pipelines.engines.plate_reader import build_plate_reader
from pipelines.engines.small_plate_reader import SmallPlateReader
from pipelines.errors import ConfigurationError
from tests.unit.plate_networks import sure, write_network


def test_the_setting_builds_the_engine(tmp_path: Path) -> None:
    path = str(write_network(tmp_path, sure("A"), sure("B")))
    assert isinstance(build_plate_reader(PlateReaderSettings(engine="fake")), FakePlateReader)
    small = build_plate_reader(PlateReaderSettings(engine="plates", weights=path))
    assert isinstance(small, SmallPlateReader)


def test_both_names_both_models(tmp_path: Path) -> None:
    path = str(write_network(tmp_path, sure("A"), sure("B")))
    small = build_plate_reader(PlateReaderSettings(engine="plates", weights=path))
    both = build_plate_reader(PlateReaderSettings(engine="both", weights=path))
    assert both.model_id == f"{small.model_id}+PP-OCRv6_small_rec"


@pytest.mark.parametrize("engine", ["plates", "both"])
def test_unknown_weights_are_refused(engine: str) -> None:
    settings = PlateReaderSettings.model_validate({"engine": engine, "weights": "nothing"})
    with pytest.raises(ConfigurationError, match=r"^unknown weights 'nothing'; known names are "):
        build_plate_reader(settings)

"""Making ahead what a first start makes."""

from pathlib import Path

import pytest
import yaml

from configs.settings import ROOT
from deployments.prepare import main


def written(tmp_path: Path, **engines: dict[str, str]) -> str:
    document = yaml.safe_load((ROOT / "serve_config.yaml").read_text(encoding="utf-8"))
    fakes = ("plate_detector", "plate_reader", "face_encoder")
    document["applications"][0]["args"] |= {name: {"engine": "fake"} for name in fakes} | engines
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return str(path)


def test_every_model_is_loaded_and_used(tmp_path: Path) -> None:
    assert main([written(tmp_path)]) == 0


@pytest.mark.parametrize("name", ["plate_detector", "plate_reader"])
def test_a_model_that_is_not_there_is_named(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "missing.onnx")
    assert main([written(tmp_path, **{name: {"weights": missing}})]) == 1
    assert missing in capsys.readouterr().err


def test_a_bad_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([written(tmp_path, plate_detector={"engin": "fake"})]) == 1
    assert "plate_detector.engin: Extra inputs are not permitted" in capsys.readouterr().err

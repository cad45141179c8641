"""The project's plate pipeline as a process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.our_worker import settings_of

ROOT = Path(__file__).resolve().parents[3]
FAKES = """
applications:
  - args:
      plate_detector: {engine: fake}
      plate_reader: {engine: paddleocr, min_confidence: 0.4}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "serve.yaml"
    path.write_text(FAKES)
    return path


def test_the_reader_is_put_into_the_settings_of_the_file(config: Path) -> None:
    settings = settings_of(config, "fake")

    assert settings.plate_reader.engine == "fake"
    assert settings.plate_reader.min_confidence == 0.4
    assert settings.plate_detector.engine == "fake"


def test_an_unknown_reader_is_refused(config: Path) -> None:
    with pytest.raises(ValueError, match=r"plate_reader\.engine"):
        settings_of(config, "tesseract")


def test_answers_line_by_line(config: Path) -> None:
    sample = ROOT / "pipelines/training/sample_pictures/images/10022.jpg"
    asked = [
        {"task": "picture", "path": str(sample), "box": None},
        {"task": "read", "path": str(sample), "box": [10, 10, 600, 300]},
    ]
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "tests.bench.our_worker"),
            *("--config", str(config), "--reader", "fake"),
        ],
        cwd=ROOT,
        input="".join(json.dumps(one) + "\n" for one in asked),
        capture_output=True,
        text=True,
        check=True,
    )

    ready, picture, box = (json.loads(line) for line in ended.stdout.splitlines())
    assert ready == {"ready": "fake"}
    assert set(picture["ms"]) >= {"decode", "detect", "total"}
    assert [plate["box"] for plate in box["plates"]] == [[10, 10, 600, 300]]
    assert set(box["ms"]) == {"read", "total", "cpu"}

"""Preparing and loading PaddleOCR models."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.engines.paddle_models import LINE_FINDER, RECOGNISER, load, prepare
from pipelines.errors import ConfigurationError


def test_prepares_a_folder_once_for_all_who_ask_at_the_same_time(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        folders = set(pool.map(lambda _: prepare(LINE_FINDER, tmp_path), range(8)))
    (folder,) = folders
    assert sorted(path.name for path in folder.iterdir()) == ["inference.onnx", "inference.yml"]
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_the_prepared_weights_outlive_the_wheel(tmp_path: Path) -> None:
    assert not (prepare(LINE_FINDER, tmp_path) / "inference.onnx").is_symlink()


def test_says_that_a_folder_holds_no_sound_model(tmp_path: Path) -> None:
    good = prepare(RECOGNISER, tmp_path)
    for name, file, content in [
        ("weights", "inference.onnx", "garbage"),
        ("no config", "inference.yml", ""),
        ("broken config", "inference.yml", "Global: ["),
    ]:
        folder = tmp_path / name
        shutil.copytree(good, folder)
        (folder / file).write_text(content, encoding="utf-8")
        with pytest.raises(ConfigurationError) as error:
            load("TextRecognition", "PP-OCRv6_small_rec", folder, "cpu")
        assert str(error.value).startswith(
            f"the PaddleOCR model 'PP-OCRv6_small_rec' could not be loaded from {folder} on device"
        )


def test_the_recogniser_knows_its_classes(tmp_path: Path) -> None:
    config = (prepare(RECOGNISER, tmp_path) / "inference.yml").read_text(encoding="utf-8")
    assert "model_name: PP-OCRv6_small_rec" in config
    assert "ABCDEFGHIJKLMNOPQRSTUVWXYZ" in config.replace("\\\n", "").replace(" ", "")


def test_says_which_weights_the_wheel_lacks(tmp_path: Path) -> None:
    missing = replace(RECOGNISER, file="other.onnx")
    with pytest.raises(
        ConfigurationError, match=r"^the installed rapidocr package carries no other\.onnx$"
    ):
        prepare(missing, tmp_path)


def test_says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=r"^cannot prepare PP-OCRv6_small_det in .*/file"):
        prepare(LINE_FINDER, tmp_path / "file")


def test_says_what_a_model_folder_needs(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as error:
        load("TextRecognition", "PP-OCRv6_small_rec", tmp_path, "cpu")
    assert str(error.value) == (
        f"{tmp_path} holds no PaddleOCR model: inference.onnx and inference.yml are needed"
    )


def test_lists_the_models_when_a_name_is_unknown() -> None:
    with pytest.raises(ConfigurationError) as error:
        load("TextRecognition", "PP-OCRv9_rec", None, "cpu")
    assert str(error.value).startswith("PaddleOCR has no recognition model 'PP-OCRv9_rec'; it has ")
    assert "PP-OCRv5_server_rec" in str(error.value)


def test_says_which_name_a_model_folder_is_for(tmp_path: Path) -> None:
    folder = prepare(RECOGNISER, tmp_path)
    with pytest.raises(ConfigurationError) as error:
        load("TextRecognition", "PP-OCRv5_server_rec", folder, "cpu")
    assert str(error.value).startswith(
        f"the PaddleOCR model 'PP-OCRv5_server_rec' could not be loaded from {folder} on device "
        "'cpu': Model name mismatch"
    )


@pytest.mark.parametrize(
    ("raised", "arrives_as"),
    [
        (Exception("no model host answers"), ConfigurationError),
        (OSError("no route"), ConfigurationError),
        (MemoryError("no room"), MemoryError),
    ],
)
def test_a_failed_download_is_told_and_anything_else_stays_what_it_is(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, arrives_as: type[Exception]
) -> None:
    def fail(**_options: object) -> None:
        raise raised

    monkeypatch.setattr("paddleocr.TextRecognition", fail)
    with pytest.raises(arrives_as) as caught:
        load("TextRecognition", "PP-OCRv5_server_rec", None, "cpu")
    assert str(raised) in str(caught.value)


def test_carried_models_load_without_pytorch(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from pipelines.engines.paddle_models import *; "
        f"load('TextDetection', LINE_FINDER.name, prepare(LINE_FINDER, Path({str(tmp_path)!r})), "
        "'cpu'); print('torch' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "False"

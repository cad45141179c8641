"""InsightFace packs by their name."""

import logging
import shutil
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from skimage import data

from configs.settings import FaceEncoderSettings
from pipelines.engines.face_encoder import InsightFaceEncoder
from pipelines.engines.face_models import SFACE, bundled_path, unpacked
from pipelines.engines.face_packs import load_pack
from pipelines.errors import ConfigurationError


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("offline")
def test_a_failed_download_says_what_to_do_and_leaves_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "packs"
    with pytest.raises(ConfigurationError) as caught:
        load_pack("buffalo_l", str(folder), "cpu")
    assert str(caught.value) == (
        "the InsightFace pack buffalo_l could not be downloaded (ProxyError); put its .onnx files "
        f"into {folder / 'buffalo_l'} or set the model to sface. InsightFace packs may be used for "
        "non-commercial research only."
    )
    assert list(folder.iterdir()) == []
    assert capfd.readouterr().out == ""


def test_an_unknown_pack_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_pack("buffalo_xl", str(tmp_path), "cpu")
    assert str(caught.value).startswith(
        "there is no InsightFace pack 'buffalo_xl' (known: antelopev2, buffalo_l, buffalo_m, "
        f"buffalo_s, buffalo_sc); put its .onnx files into {tmp_path / 'buffalo_xl'}"
    )


@pytest.mark.parametrize("name", ["../buffalo_l", "a/b", ".", ""])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="is not the name of an InsightFace pack"):
        load_pack(name, str(tmp_path), "cpu")


def test_a_pack_without_a_detector_is_refused(tmp_path: Path) -> None:
    pack = tmp_path / "mine"
    pack.mkdir()
    onnx.save(unpacked(onnx.load(bundled_path(SFACE))), pack / "recogniser.onnx")
    with pytest.raises(ConfigurationError) as caught:
        load_pack("mine", str(tmp_path), "cpu")
    assert str(caught.value) == (
        f"{pack} holds no detector or no recogniser that InsightFace understands"
    )


def test_a_pack_finds_and_embeds_faces(
    tmp_path: Path, gatehouse_data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pack = tmp_path / "mine"
    pack.mkdir()
    shutil.copy(gatehouse_data / "weights" / "det_500m.onnx", pack)
    onnx.save(unpacked(onnx.load(bundled_path(SFACE))), pack / "recogniser.onnx")
    settings = FaceEncoderSettings(model="mine", model_dir=str(tmp_path), min_score=0.5)
    with caplog.at_level(logging.WARNING):
        encoder = InsightFaceEncoder(settings)
    assert [record.getMessage() for record in caplog.records] == [
        f"Loading {pack}: InsightFace packs may be used for non-commercial research only."
    ]
    assert (encoder.model_id, encoder.dimension) == ("insightface-mine/1", 128)
    picture = cv2.imread(str(Path(data.__file__).with_name("astronaut.png")))
    (face,), nothing = encoder.encode([picture, np.zeros((90, 120, 3), np.uint8)])
    assert nothing == ()
    assert 170 < face.box.x1 < face.box.x2 < 290
    assert 50 < face.box.y1 < face.box.y2 < 190
    assert float(np.linalg.norm(face.embedding)) == pytest.approx(1.0, abs=1e-5)


def test_a_pack_of_broken_files_says_so(tmp_path: Path) -> None:
    pack = tmp_path / "mine"
    pack.mkdir()
    (pack / "broken.onnx").write_bytes(b"nothing of the kind")
    with pytest.raises(ConfigurationError) as caught:
        load_pack("mine", str(tmp_path), "cpu")
    assert str(caught.value) == (
        f"{pack} holds no detector or no recogniser that InsightFace understands"
    )


def test_refuses_openvino_for_packs() -> None:
    with pytest.raises(ConfigurationError) as error:
        InsightFaceEncoder(FaceEncoderSettings(model="buffalo_l", runtime="openvino"))
    assert str(error.value) == (
        "runtime openvino computes the model 'sface' only; for 'buffalo_l' set auto or onnxruntime"
    )

"""Running the small reader's network."""

from pathlib import Path

import numpy as np
import pytest

from configs.settings import Runtime
from pipelines.engines import weights
from pipelines.engines.plate_recogniser import PlateRecogniser, stretched
from pipelines.errors import ConfigurationError
from tests.unit.plate_networks import spelled, sure, write_network
from tests.unit.runtimes import EACH_RUNTIME


@pytest.mark.parametrize("shape", [(9, 300, 3), (64, 160, 3), (240, 30, 3)])
def test_any_crop_is_stretched_to_the_networks_input_in_rgb(shape: tuple[int, int, int]) -> None:
    blue = np.zeros(shape, np.uint8)
    blue[..., 0] = 200
    canvas = stretched(blue)
    assert canvas.shape == (64, 160, 3)
    assert canvas.dtype == np.uint8
    assert np.unique(canvas.reshape(-1, 3), axis=0).tolist() == [[0, 0, 200]]


@pytest.mark.parametrize("runtime", EACH_RUNTIME)
@pytest.mark.parametrize("batch_size", [1, 2, 16])
def test_answers_crops_in_order_whatever_the_batches(
    tmp_path: Path, batch_size: int, runtime: Runtime
) -> None:
    path = write_network(tmp_path, sure("A1"), sure("Z9"))
    recogniser = PlateRecogniser(str(path), batch_size, runtime)
    crops = [np.full((30, 90, 3), level, np.uint8) for level in (10, 240, 20, 230, 30)]
    found = recogniser(crops)
    wanted = [spelled(sure("A1")), spelled(sure("Z9"))]
    for place, recognition in enumerate(found):
        assert recognition.frames == pytest.approx(wanted[place % 2], abs=1e-6)
        assert recognition.regions == pytest.approx([0.2, 0.3, 0.5])
    assert len(found) == len(crops)
    assert recogniser.regions == ("unknown", "FR", "US-CA")


def test_names_the_file_and_its_content(tmp_path: Path) -> None:
    path = write_network(tmp_path, sure("A1"), sure("Z9"))
    assert PlateRecogniser(str(path), 1).model_id == f"small-{weights.sha256(path)[:8]}"


@pytest.mark.parametrize("metadata", [{}, {"alphabet": "0123456789"}])
def test_refuses_another_kind_of_network(tmp_path: Path, metadata: dict[str, str]) -> None:
    path = write_network(tmp_path, sure("A1"), sure("Z9"), metadata=metadata)
    with pytest.raises(ConfigurationError) as error:
        PlateRecogniser(str(path), 1)
    assert str(error.value) == f"{path} is not a plate reader of this service"


def test_refuses_a_file_that_is_no_network(tmp_path: Path) -> None:
    path = tmp_path / "small.onnx"
    path.write_bytes(b"nothing")
    with pytest.raises(ConfigurationError) as error:
        PlateRecogniser(str(path), 1)
    assert str(error.value).startswith(f"the plate reader {path} cannot be loaded: ")


def test_finds_the_calibration_beside_the_weights(tmp_path: Path) -> None:
    path = write_network(tmp_path, sure("A1"), sure("Z9"), calibration={"plates": {"slope": 2}})
    recogniser = PlateRecogniser(str(path), 1)
    assert recogniser.calibration("plates") == {"slope": 2}
    assert recogniser.calibration("both") is None


def test_weights_without_a_description_have_no_calibration(tmp_path: Path) -> None:
    path = write_network(tmp_path, sure("A1"), sure("Z9"))
    assert PlateRecogniser(str(path), 1).calibration("plates") is None


@pytest.mark.parametrize("text", ["not JSON", "[]", '{"calibration": 3}'])
def test_names_a_description_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    path = write_network(tmp_path, sure("A1"), sure("Z9"))
    path.with_suffix(".json").write_text(text)
    with pytest.raises(ConfigurationError) as error:
        PlateRecogniser(str(path), 1).calibration("plates")
    message = f"{path.with_suffix('.json')} does not describe weights: "
    assert str(error.value).startswith(message)


def test_thin_strokes_of_a_wide_crop_do_not_vanish() -> None:
    """OpenCV's area averaging is two-tap where one side grows: strokes between taps would go."""
    crop = np.full((48, 480, 3), 255, np.uint8)
    crop[:, 1::3] = 0
    rows = stretched(crop)[32, :, 0].astype(float)
    assert rows.std() < 1
    assert rows.mean() == pytest.approx(170, abs=2)

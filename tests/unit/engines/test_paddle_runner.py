"""PaddleOCR's networks on our runtimes."""

from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from configs.settings import PlateReaderSettings, Runtime
from pipelines.engines.networks import Traits, open_network
from pipelines.engines.paddle_models import LINE_FINDER, RECOGNISER, CarriedModel, prepare
from pipelines.engines.paddle_plate_reader import PaddlePlateReader
from pipelines.engines.paddle_runner import PLATE_LINES, PLATE_TEXT, replace_runner
from pipelines.errors import ConfigurationError
from pipelines.types import Picture
from tests.unit.runtimes import EACH_RUNTIME, NEEDS_OPENVINO


def drawn(text: str) -> Picture:
    plate = np.full((72, 330, 3), 235, np.uint8)
    cv2.putText(plate, text, (14, 54), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (20, 20, 20), 5)
    return plate


@pytest.mark.parametrize("runtime", ["auto", *EACH_RUNTIME])
def test_reads_alike_on_every_runtime(runtime: Runtime) -> None:
    reader = PaddlePlateReader(PlateReaderSettings(engine="paddleocr", runtime=runtime))
    readings = reader.read([drawn("KV52TWN"), drawn("L917BEX"), drawn("B84QR")])
    assert [reading.text for reading in readings] == ["KV52TWN", "L917BEX", "B84QR"]


@NEEDS_OPENVINO
@pytest.mark.parametrize(
    ("model", "traits", "size"),
    [(LINE_FINDER, PLATE_LINES, (320, 96)), (RECOGNISER, PLATE_TEXT, (320, 48))],
    ids=["lines", "text"],
)
@pytest.mark.parametrize("count", [1, 3])
def test_both_networks_answer_batches_of_any_size_as_onnx_runtime_does(
    model: CarriedModel, traits: Traits, size: tuple[int, int], count: int
) -> None:
    plates = [cv2.resize(drawn(text), size) for text in ("KV52TWN", "L917BEX", "B84QR")[:count]]
    batch = np.stack(plates).transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1
    path = prepare(model) / "inference.onnx"
    ours, exact = (open_network(path, traits, runtime) for runtime in ("openvino", "onnxruntime"))
    name, output = exact.inputs[0].name, exact.outputs[0].name
    (answers,) = ours.run([output], {name: batch})
    (expected,) = exact.run([output], {name: batch})
    assert expected.max() > 0.9
    np.testing.assert_allclose(answers, expected, rtol=0, atol=0.1)  # bfloat16 blurs edges


@pytest.mark.parametrize("runtime", EACH_RUNTIME)
def test_names_a_network_that_does_not_load(tmp_path: Path, runtime: Runtime) -> None:
    path = tmp_path / "inference.onnx"
    path.write_bytes(b"garbage")
    with pytest.raises(ConfigurationError) as error:
        replace_runner(SimpleNamespace(), tmp_path, PLATE_TEXT, runtime)
    assert str(error.value).startswith(f"plate text network {path} does not load: ")

"""PaddleOCR's networks on our runtimes."""

import cv2
import numpy as np
import pytest

from configs.settings import PlateReaderSettings, Runtime
from pipelines.engines.networks import open_network
from pipelines.engines.paddle_models import LINE_FINDER, RECOGNISER, prepare
from pipelines.engines.paddle_plate_reader import PaddlePlateReader
from pipelines.engines.paddle_runner import PLATE_LINES
from pipelines.types import Picture


def drawn(text: str) -> Picture:
    plate = np.full((72, 330, 3), 235, np.uint8)
    cv2.putText(plate, text, (14, 54), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (20, 20, 20), 5)
    return plate


@pytest.mark.parametrize("runtime", ["auto", "openvino", "onnxruntime"])
def test_reads_alike_on_every_runtime(runtime: Runtime) -> None:
    reader = PaddlePlateReader(PlateReaderSettings(engine="paddleocr", runtime=runtime))
    readings = reader.read([drawn("KV52TWN"), drawn("L917BEX"), drawn("B84QR")])
    assert [reading.text for reading in readings] == ["KV52TWN", "L917BEX", "B84QR"]


def test_both_networks_take_batches_of_any_size() -> None:
    for model, shape in ((LINE_FINDER, (2, 3, 96, 160)), (RECOGNISER, (3, 3, 48, 320))):
        network = open_network(prepare(model) / "inference.onnx", PLATE_LINES)
        name = network.inputs[0].name
        batch = np.random.default_rng(1).random(shape, np.float32)
        (answers,) = network.run([network.outputs[0].name], {name: batch})
        assert len(answers) == shape[0]

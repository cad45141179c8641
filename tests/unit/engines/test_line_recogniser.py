"""What the line recogniser refuses."""

import pytest

from configs.settings import PlateReaderSettings
from pipelines.engines.line_recogniser import LineRecogniser
from pipelines.errors import ConfigurationError


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"model": "PP-OCRv5_server_rec"}, "'PP-OCRv5_server_rec' on 'cpu'"),
        ({"model_dir": "configs"}, "'PP-OCRv6_small_rec' on 'cpu'"),
        ({"device": "gpu:0"}, "'PP-OCRv6_small_rec' on 'gpu:0'"),
    ],
)
def test_openvino_is_refused_for_what_it_does_not_compute(
    change: dict[str, str], named: str
) -> None:
    settings = PlateReaderSettings(engine="paddleocr", runtime="openvino")
    with pytest.raises(ConfigurationError) as error:
        LineRecogniser(settings.model_copy(update=change))
    assert str(error.value) == (
        "runtime openvino computes PP-OCRv6_small_rec without model_dir on the cpu only; for "
        f"{named} set auto or onnxruntime"
    )

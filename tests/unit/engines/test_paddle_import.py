"""PaddleOCR without what other models need."""

import subprocess
import sys

from configs.settings import ROOT

READING = """
import sys
from pipelines.engines.paddle_import import import_paddleocr
ocr = import_paddleocr()
put_off = ("aiohttp", "faiss", "matplotlib", "modelscope", "pandas", "scipy", "skimage", "torch")
print([name for name in put_off if name in sys.modules], ocr.TextRecognition.__name__)
from paddlex.inference.utils.io import readers
from paddlex.inference.models.common.ts import processors
from paddlex.inference.models.ts_forecasting import result
print(readers.pd.DataFrame({"plates": [1, 2]}).plates.sum())
print(callable(processors.time_feature.__call__), "pandas" in sys.modules)
print(result.plt.figure().__class__.__name__)
"""


def test_what_other_models_need_is_imported_when_it_is_used() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READING],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-4:] == ["[] TextRecognition", "3", "True True", "Figure"]

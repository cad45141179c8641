"""InsightFace without what it seldom needs."""

import subprocess
import sys

from configs.settings import ROOT

ALIGNING = """
import sys
import numpy as np
from pipelines.engines.face_encoder import build_face_encoder
print(any(name.partition(".")[0] in ("skimage", "scipy") for name in sys.modules))
from insightface.utils import face_align
landmarks = face_align.arcface_dst + 3.0
print(face_align.norm_crop(np.full((120, 120, 3), 7, np.uint8), landmarks).shape)
print("skimage.transform" in sys.modules)
"""


def test_scikit_image_is_imported_when_insightface_aligns() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ALIGNING],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["False", "(112, 112, 3)", "True"]

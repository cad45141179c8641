"""What is used of InsightFace, imported without scikit-image and SciPy.

Only its own alignment needs them: half a second and 35 MB.
"""

from pipelines.engines.late_import import later

with later("skimage", "skimage.transform"):
    from insightface.app import FaceAnalysis
    from insightface.model_zoo import SCRFD, ArcFaceONNX
    from insightface.utils.storage import download

__all__ = ["SCRFD", "ArcFaceONNX", "FaceAnalysis", "download"]

"""A process of its own that registers drivers and prints each acknowledged id.

Usage: registering.py URL MODEL DIMENSION FIRST_PERSON COUNT
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from configs.settings import GallerySettings
from pipelines.gallery.gallery import Gallery
from pipelines.gallery.records import EnrolledFace
from pipelines.types import FaceQuality


def main(url: str, model_id: str, dimension: int, people: range) -> None:
    settings = GallerySettings(database_url=url, busy_timeout_s=60)
    gallery = Gallery.open(settings, model_id, dimension)
    quality = FaceQuality(100.0, 200.0, 128.0, 0.0, 0.0, 0.0)
    for number in people:
        vector = np.random.default_rng(number).standard_normal(dimension).astype(np.float32)
        vector /= np.linalg.norm(vector)
        face = EnrolledFace(vector, model_id, 0.9, quality, f"{number}.jpg", bytes(20_000))
        driver_id = gallery.register([face, face, face])
        sys.stdout.write(f"{number} {driver_id}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    first = int(sys.argv[4])
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), range(first, first + int(sys.argv[5])))

"""Photos that come back from encoders of two models, while one replaces the other."""

from dataclasses import replace

import numpy as np
import pytest

from configs.settings import Settings
from pipelines.drivers.enrolment import DriverEnrolment
from pipelines.drivers.face_encoding import NamedPicture
from pipelines.drivers.gallery import NO_DETAILS
from pipelines.drivers.registration import Enrolment
from pipelines.errors import Unavailable
from pipelines.types import Face
from tests.unit.recording_gallery import MemoryCrops, RecordingGallery, face

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def changing(picture: bytes) -> tuple[Face, ...]:
    """The second picture comes to an encoder of the new model."""
    found = face(1)
    if picture == b"2":
        found = replace(found, model_id="new", embedding=np.eye(16, dtype=np.float32)[1])
    return (found,)


async def test_compares_no_photos_of_different_models() -> None:
    gallery, crops, settings = RecordingGallery(), MemoryCrops(), Settings()
    enrolment = DriverEnrolment(changing, gallery, Enrolment(gallery, crops), settings)
    pictures = [NamedPicture(f"{number}.jpg", str(number).encode()) for number in (1, 2, 3)]
    with pytest.raises(Unavailable, match=r"^the face model is being changed$"):
        await enrolment.create(pictures, NO_DETAILS)
    assert (gallery.registered, crops.saved) == ([], {})

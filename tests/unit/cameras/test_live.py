"""What a camera shows to people who look on."""

import asyncio
import weakref
from datetime import UTC, datetime

import numpy as np

from pipelines.cameras.frames import Frame
from pipelines.cameras.live import LivePictures
from pipelines.imaging import decode
from tests.unit.cameras.clips import street

MOMENT = datetime(2026, 5, 1, 8, tzinfo=UTC)
NOISE = np.random.default_rng(0).integers(0, 256, (2160, 3840, 3), np.uint8)
FITS_BETWEEN_REPLICAS = 4 * 2**20


def test_a_picture_comes_with_its_time() -> None:
    frame = Frame(street("A123BC"), MOMENT, 1.0)
    shown = asyncio.run(LivePictures().of(frame))
    assert shown is not None
    assert shown.at == MOMENT
    assert decode(shown.jpeg, max_pixels=640 * 480).shape == (480, 640, 3)


def test_a_large_picture_is_made_small() -> None:
    shown = asyncio.run(LivePictures().of(Frame(NOISE, MOMENT, 1.0)))
    assert shown is not None
    assert decode(shown.jpeg, max_pixels=1280 * 720).shape == (720, 1280, 3)
    assert len(shown.jpeg) < FITS_BETWEEN_REPLICAS / 2


def test_each_picture_is_encoded_once_however_many_look_on() -> None:
    pictures = LivePictures()
    first, second = Frame(street("A123BC"), MOMENT, 1.0), Frame(street("M456TK"), MOMENT, 1.1)

    async def look() -> None:
        one, other = await asyncio.gather(pictures.of(first), pictures.of(first))
        assert one is other is not None
        assert await pictures.of(second) is not one
        assert await pictures.of(None) is None

    asyncio.run(look())


def test_the_picture_itself_is_not_kept() -> None:
    pictures, picture = LivePictures(), street("A123BC")
    whole = weakref.ref(picture)
    asyncio.run(pictures.of(Frame(picture, MOMENT, 1.0)))
    del picture
    assert whole() is None

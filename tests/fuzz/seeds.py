"""Sound pictures to begin with."""

from collections.abc import Iterator

from PIL import Image

from configs.settings import ROOT
from tests.unit.encoded_pictures import colours, encoded

_SAMPLES = ROOT / "pipelines/training/sample_pictures/images"


def seeds() -> Iterator[bytes]:
    """Small sound pictures of every kind, the sample pictures among them."""
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        yield encoded(colours().convert("L").convert(mode), "PNG")
    with_exif = Image.Exif()
    with_exif[0x0112] = 6
    yield encoded(colours(), "PNG", exif=with_exif)
    yield encoded(colours().convert("P"), "PNG", transparency=3)
    frames = [colours(40 + frame, 30) for frame in (0, 0, 0)]
    yield encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])
    for mode in ("L", "RGB", "CMYK"):
        yield encoded(colours().convert(mode), "JPEG")
        yield encoded(colours().convert(mode), "JPEG", progressive=True)
    yield encoded(colours(), "JPEG", exif=with_exif, icc_profile=bytes(600))
    yield encoded(colours(), "JPEG", restart_marker_blocks=2, subsampling=0)
    yield encoded(colours(700, 500), "JPEG", optimize=True)
    yield encoded(colours(), "MPO", save_all=True, append_images=[colours(40, 30)])
    for path in sorted(_SAMPLES.glob("*.jpg")):
        with Image.open(path) as sample:
            sample.thumbnail((320, 320))
            yield encoded(sample, "JPEG", quality=60)
            yield encoded(sample.resize((80, 45)), "PNG")

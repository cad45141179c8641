"""Folders of drawn pictures, and settings with fake engines."""

from pathlib import Path

from configs.settings import Settings
from tests.contract.application import jpeg, plate_jpeg, street

BROKEN = b"\xff\xd8\xff\xe0 not much of a JPEG"

FAKES = Settings.model_validate(
    {"plate_detector": {"engine": "fake"}, "plate_reader": {"engine": "fake"}}
)


def folder_of_each_kind(folder: Path) -> Path:
    """A picture with two plates, one without, a broken one, and no picture."""
    (folder / "gate").mkdir(parents=True)
    (folder / "gate/two.jpg").write_bytes(plate_jpeg("30M2943", "A123BC77"))
    (folder / "gate/none.jpg").write_bytes(jpeg(street()))
    (folder / "broken.jpg").write_bytes(BROKEN)
    (folder / "notes.txt").write_bytes(b"gate 1")
    return folder

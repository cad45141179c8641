"""The clip and its truth as files."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2

from pipelines.types import Picture
from tests.bench.camera_clip.scene import Passage


def write_clip(path: Path, frames: Iterable[Picture], rate: float) -> None:
    """Writes pictures of one size as MPEG-4 (.mp4) or Motion JPEG (.avi).

    Raises:
        OSError: OpenCV cannot write it.
    """
    codec = "mp4v" if path.suffix == ".mp4" else "MJPG"
    writer = None
    for frame in frames:
        if writer is None:
            sides = (frame.shape[1], frame.shape[0])
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), rate, sides)
            if not writer.isOpened():
                raise OSError(f"OpenCV writes no {path.suffix} file here")
        writer.write(frame)
    if writer is not None:
        writer.release()


def write_truth(path: Path, passages: Sequence[Passage]) -> None:
    """Writes who passes when, as JSON."""
    truth = [
        {
            "kind": "person" if one.sprite.person else "vehicle",
            "name": one.sprite.name,
            "from_s": round(one.begins_s, 2),
            "to_s": round(one.ends_s, 2),
        }
        for one in passages
    ]
    path.write_text(json.dumps(truth, indent=1, ensure_ascii=False), encoding="utf-8")

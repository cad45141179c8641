"""Draws what the pipeline finds in a sample picture onto it: the README's picture of a result.

``python -m pipelines.training.sample_result [ID]`` writes ``sample_pictures/result.jpg``.
"""

import sys
from pathlib import Path

import cv2

from configs.settings import PlateDetectorSettings, PlateReaderSettings
from pipelines.engines.plate_detector import build_plate_detector
from pipelines.engines.plate_reader import build_plate_reader
from pipelines.imaging import decode, encode_jpeg
from pipelines.plate_text import interpret
from pipelines.types import Picture, PlateDetection

FOLDER = Path(__file__).with_name("sample_pictures")
_COLOUR = (60, 220, 60)
_MAX_PIXELS = 10_000_000


def drawn(picture: Picture, found: list[tuple[PlateDetection, str]]) -> Picture:
    """Draws boxes and texts onto a copy of a picture.

    Args:
        picture: ``(H, W, 3)`` uint8 BGR.
        found: The plates and what to write above each.
    """
    canvas = picture.copy()
    for detection, text in found:
        box = detection.box
        left, top = round(box.x1), round(box.y1)
        cv2.rectangle(canvas, (left, top), (round(box.x2), round(box.y2)), _COLOUR, 2)
        (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.7, 2)
        cv2.rectangle(
            canvas, (left - 1, top - height - 14), (left + width + 8, top - 1), _COLOUR, -1
        )
        origin = (left + 3, top - 8)
        cv2.putText(canvas, text, origin, cv2.FONT_HERSHEY_SIMPLEX, 0.7, (0, 0, 0), 2, cv2.LINE_AA)
    return canvas


def main(pict_id: str) -> None:
    """Writes the picture."""
    data = (FOLDER / "images" / f"{pict_id}.jpg").read_bytes()
    picture = decode(data, max_pixels=_MAX_PIXELS)
    detections = build_plate_detector(PlateDetectorSettings()).detect([picture])[0]
    reader = build_plate_reader(PlateReaderSettings())
    readings = reader.read([detection.crop for detection in detections])
    found = [
        (
            detection,
            f"{interpret(reading.text, char_confidences=reading.char_confidences).formatted}"
            f"  {reading.confidence:.0%}",
        )
        for detection, reading in zip(detections, readings, strict=True)
    ]
    (FOLDER / "result.jpg").write_bytes(encode_jpeg(drawn(picture, found), quality=85))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "10033")

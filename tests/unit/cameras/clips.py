"""Clips of fake plates and faces, as files and as a stream."""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np

from pipelines.engines.fake_face_encoder import draw_fake_face
from pipelines.engines.fake_plate_reader import draw_fake_plate
from pipelines.imaging import encode_jpeg
from pipelines.types import Picture

RATE = 20.0
"""Pictures a second of the clips."""

BOUNDARY = "picture"


def street(
    plate: str | None = None,
    x: int = 20,
    face: int | None = None,
    also: tuple[str, int] | None = None,
) -> Picture:
    """A picture of 640 x 480 px, with a plate and a face at ``x``, and another plate elsewhere."""
    picture = np.full((480, 640, 3), 90, np.uint8)
    if plate is not None:
        picture, _ = draw_fake_plate(picture, x, 40, plate)
    if also is not None:
        picture, _ = draw_fake_plate(picture, also[1], 180, also[0])
    if face is not None:
        picture, _ = draw_fake_face(picture, x, 300, face)
    return picture


def write_clip(path: Path, pictures: Sequence[Picture]) -> Path:
    """Writes pictures as Motion JPEG; returns the path."""
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), RATE, (width, height))
    assert writer.isOpened()
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return path


@contextlib.contextmanager
def mjpeg_server(pictures: Sequence[Picture]) -> Iterator[str]:
    """A camera that sends these pictures and then drops the connection, each time; its URL."""
    parts = [
        f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(one)}\r\n\r\n".encode()
        + one
        + b"\r\n"
        for one in map(encode_jpeg, pictures)
    ]

    class Camera(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            kind = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
            self.send_header("Content-Type", kind)
            self.end_headers()
            with contextlib.suppress(OSError):
                for part in parts:
                    self.wfile.write(part)

        def log_message(self, *_args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/stream"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

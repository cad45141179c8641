"""Pictures for the console, and ways to give them to it."""

import base64
from pathlib import Path

import numpy as np
from playwright.sync_api import Locator, Page

from pipelines.engines.fake_face_encoder import draw_fake_face
from pipelines.engines.fake_plate_reader import draw_fake_plate
from tests.contract.application import jpeg

_TRANSFER = """([event, name, data, on]) => {
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
  const given = new DataTransfer();
  given.items.add(new File([bytes], name, { type: "image/jpeg" }));
  const made = event === "paste"
    ? new ClipboardEvent("paste", { clipboardData: given, bubbles: true, cancelable: true })
    : new DragEvent("drop", { dataTransfer: given, bubbles: true, cancelable: true });
  document.querySelector(on).dispatchEvent(made);
}"""

_COUNT_PIXELS = """(canvas, [red, green, blue]) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let at = 0; at < data.length; at += 4) {
    found += data[at] === red && data[at + 1] === green && data[at + 2] === blue;
  }
  return found;
}"""

PLATE_COLOUR = (0xFF, 0xD3, 0x4D)
DRIVER_COLOUR = (0x5F, 0xE0, 0x8F)
UNKNOWN_COLOUR = (0xFF, 0x9D, 0x5C)


def gate_jpeg(plate: str, *identities: int) -> bytes:
    """A picture of a plate and of people."""
    picture = np.full((420, 720, 3), 90, np.uint8)
    picture, _ = draw_fake_plate(picture, 60, 280, plate)
    for number, identity in enumerate(identities):
        picture, _ = draw_fake_face(picture, 100 + 260 * number, 60, identity)
    return jpeg(picture)


def choose(page: Page, *paths: Path, by: str = "Choose") -> None:
    """Chooses files as a person does in the browser's own window, by a button of this name."""
    with page.expect_file_chooser() as opened:
        page.get_by_role("button", name=by).click()
    opened.value.set_files([str(path) for path in paths])


def transfer(page: Page, event: str, name: str, data: bytes, on: str = "main") -> None:
    """Drops or pastes a picture (``event`` is ``drop`` or ``paste``) on what ``on`` selects."""
    page.evaluate(_TRANSFER, [event, name, base64.b64encode(data).decode(), on])


def pixels(canvas: Locator, colour: tuple[int, int, int]) -> int:
    """How many pixels of a canvas have a colour."""
    found: int = canvas.evaluate(_COUNT_PIXELS, list(colour))
    return found

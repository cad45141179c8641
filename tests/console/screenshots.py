"""Takes the pictures of the console that README shows, with the real models."""

import io
import math
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from shutil import which
from typing import Any, Final

import httpx
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from deployments.ingress.console.files import PAGE
from tests.console.served import serving
from tests.contract.engines import Engines
from tests.serve.test_routes import SAMPLES, astronaut, sample

FOLDER: Final = PAGE.parent / "screenshots"

_COLOURS: Final = 128  # of a picture; more are not seen
_CARS: Final = {"10023": "allow", "10022": "watch", "10027": "deny"}
_PASSED: Final = ("10027", "10022", "10024", "10023")
_HOURS: Final = 90


def main() -> None:
    """Serves the application, fills it, and writes the pictures."""
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), build=Engines.real) as served,
        httpx.Client(base_url=served.url, timeout=60) as http,
    ):
        _fill(http)
        _take(http, Path(folder))


def _fill(http: httpx.Client) -> None:
    photos = [("images", (f"photo{number}.jpg", astronaut(number))) for number in range(3)]
    _told(http.post("/v1/drivers", data={"name": "Eileen Collins"}, files=photos))
    for pict_id, listed in _CARS.items():
        plate = _told(http.post("/v1/plates:read", content=sample(pict_id)))["plates"][0]
        vehicle = {"plate": plate["text"], "country": plate["country"], "list": listed}
        _told(http.post("/v1/vehicles", json=vehicle))
    for pict_id, camera in zip(_PASSED, cycle(("gate-1", "gate-2")), strict=False):
        pictures = {
            "vehicle": (f"{pict_id}.jpg", sample(pict_id)),
            "driver": ("driver.jpg", astronaut(0)),
        }
        _told(http.post("/v1/gate:check", params={"camera_id": camera}, files=pictures))


def _fill_days(http: httpx.Client) -> None:
    """Reads plates at gates that are busiest in the morning and in the evening."""
    now = datetime.now(UTC)
    for hours in range(1, _HOURS):
        at = now - timedelta(hours=hours)
        busy = sum(math.exp(-(((at.hour - hour) / 2) ** 2)) for hour in (7, 16))
        for number in range(round(3 * busy)):
            seen = {"camera_id": f"gate-{1 + number % 2}", "timestamp": at.isoformat()}
            content = sample(_PASSED[number % len(_PASSED)])
            _told(http.post("/v1/plates:read", params=seen, content=content))


def _take(http: httpx.Client, folder: Path) -> None:
    driver = folder / "driver.jpg"
    driver.write_bytes(astronaut(1))

    def gate(page: Page) -> None:
        for place, path in enumerate((SAMPLES / "images/10023.jpg", driver)):
            page.locator("input[type=file]").nth(place).set_input_files(str(path))
        page.get_by_role("button", name="Check").click()
        expect(page.locator(".verdict")).to_be_visible()

    def events(page: Page) -> None:
        expect(page.get_by_text("Live:")).to_be_visible()
        expect(page.locator("img.crop").first).to_be_visible()
        for picture in page.locator("img.crop").all():
            expect(picture).not_to_have_js_property("naturalWidth", 0)

    def traffic(page: Page) -> None:
        _fill_days(http)  # the list of events is short until then
        page.set_viewport_size({"width": 1100, "height": 760})
        page.reload()
        expect(page.get_by_role("figure").first.locator(".plot rect").nth(9)).to_be_visible()

    views: list[tuple[Callable[[Page], None], str]] = [
        (gate, "light"),
        (events, "dark"),
        (traffic, "light"),
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=which("chromium"), args=["--no-sandbox"]
        )
        for view, scheme in views:
            page = browser.new_page(
                base_url=str(http.base_url),
                viewport={"width": 1100, "height": 520},
                locale="en-GB",
            )
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.goto(f"/#{view.__name__}")
            view(page)
            _write(FOLDER / f"{view.__name__}.png", page.screenshot(full_page=view is not traffic))
        browser.close()


def _write(path: Path, png: bytes) -> None:
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def _told(answer: httpx.Response) -> Any:
    answer.raise_for_status()
    return answer.json()


if __name__ == "__main__":
    main()

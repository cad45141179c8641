"""A browser, and pages of a served application in it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.console.served import Served, serving

DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}

_TIMEOUT_MS = 20_000  # the machine may be busy; what is expected comes in a fraction of it
_FAKE_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium; playwright's event loop ends with this folder's tests, others have their own."""
    chromium = which("chromium")
    if chromium is None:
        pytest.skip("chromium is missing: apt-get install chromium")
    expect.set_options(timeout=_TIMEOUT_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium,
            # The sandbox needs a user other than root; only pages of these tests are shown. Shared
            # memory may be small, or full of what Ray keeps there.
            args=["--no-sandbox", "--disable-dev-shm-usage", *_FAKE_CAMERA],
        )
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An application for the tests of a module, each of which uses people of its own."""
    with serving(tmp_path_factory.mktemp("served")) as one:
        yield one


@pytest.fixture
def open_page(browser: Browser, served: Served) -> Iterator[Callable[..., Page]]:
    """Opens pages in a browser session of their own; errors in a script fail the test."""
    contexts = []
    errors: list[str] = []

    def open_one(view: str = "look", *, url: str = "", **options: Any) -> Page:
        context = browser.new_context(
            base_url=url or served.url, **{"viewport": DESK, "locale": "en-GB", **options}
        )
        context.set_default_timeout(_TIMEOUT_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        # Choosing files opens no window from now on: a key press is quicker than asking later.
        page.on("filechooser", lambda _: None)
        page.goto(f"/#{view}")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A page that shows the first view on a desk's screen."""
    return open_page()


@pytest.fixture
def save(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """Saves a picture for the browser to choose."""

    def save_one(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return save_one

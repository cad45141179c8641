"""Where the service asks for an API key."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.console.scenes import choose
from tests.console.served import Served, serving
from tests.contract.application import images, photos_of, plate_jpeg
from tests.unit.access.key_files import add_key

Save = Callable[[str, bytes], Path]


@pytest.fixture(scope="module")
def keys_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys") / "keys.yaml"


@pytest.fixture(scope="module")
def keys(keys_file: Path) -> dict[str, str]:
    """A key for each scope."""
    return {
        scope: add_key(keys_file, f"{scope}-1", scope) for scope in ("recognise", "enrol", "admin")
    }


@pytest.fixture(scope="module")
def served(
    keys: dict[str, str], keys_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("guarded")
    access = {"keys_file": str(keys_file), "audit_file": str(folder / "audit.jsonl")}
    assert keys
    with serving(folder, access=access) as one:
        yield one


def paste(page: Page, key: str) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Key").fill(key)
    dialog.get_by_role("button", name="Use this key").click()


def test_the_page_asks_for_a_key_and_goes_on_with_it(
    page: Page, keys: dict[str, str], save: Save
) -> None:
    choose(page, save("car.jpg", plate_jpeg("30M2943")))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_have_count(1)
    expect(dialog).to_contain_text("send an API key, as Authorization: Bearer KEY")
    expect(dialog.get_by_label("Key")).to_be_focused()
    paste(page, f"  {keys['recognise']}  ")
    expect(page.get_by_role("table", name="Plates")).to_contain_text("30M-2943")
    expect(page.get_by_text("No face was found.")).to_be_visible()
    kept = page.evaluate("[sessionStorage.length, localStorage.length, document.cookie]")
    assert kept == [1, 0, ""]
    assert keys["recognise"] not in page.url


def test_a_wrong_key_is_asked_for_again(page: Page, keys: dict[str, str], save: Save) -> None:
    choose(page, save("car.jpg", plate_jpeg("30M2943")))
    paste(page, "not-a-key")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("API key is not known")
    paste(page, keys["recognise"])
    expect(page.get_by_role("table", name="Plates")).to_contain_text("30M-2943")


def test_without_a_key_the_refusal_is_shown(page: Page, save: Save) -> None:
    choose(page, save("car.jpg", plate_jpeg("30M2943")))
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert").first).to_contain_text("send an API key")


def test_a_key_may_do_what_its_scope_says(page: Page, keys: dict[str, str]) -> None:
    page.get_by_role("button", name="API key").click()
    paste(page, keys["recognise"])
    page.get_by_role("link", name="Drivers").click()
    expect(page.get_by_role("alert")).to_contain_text(
        'the API key "recognise-1" may not do this, it needs the scope enrol'
    )


def test_pictures_are_loaded_with_the_key(page: Page, keys: dict[str, str], save: Save) -> None:
    page.get_by_role("button", name="API key").click()
    paste(page, keys["admin"])
    page.get_by_role("link", name="Enrol").click()
    choose(page, *[save(f"{n}.jpg", data) for n, data in enumerate(photos_of(60, 3))])
    page.get_by_role("button", name="Enrol the driver").click()
    page.get_by_role("link", name="See the driver").click()
    faces = page.get_by_role("list", name="Faces").get_by_role("img")
    expect(faces).to_have_count(3)
    for face in faces.all():
        expect(face).not_to_have_js_property("naturalWidth", 0)


def test_a_key_that_may_not_see_pictures_says_so(
    page: Page, served: Served, keys: dict[str, str]
) -> None:
    admin = {"Authorization": f"Bearer {keys['admin']}"}
    made = httpx.post(f"{served.url}/v1/drivers", files=images(*photos_of(61, 3)), headers=admin)
    page.get_by_role("button", name="API key").click()
    paste(page, keys["enrol"])
    page.goto(f"/#drivers/{made.json()['driver']['id']}")
    faces = page.get_by_role("list", name="Faces").get_by_role("listitem")
    expect(faces).to_have_count(3)
    for face in faces.all():
        expect(face).to_contain_text(": This key may not see pictures.")
        expect(face.locator("img")).to_have_count(0)


def test_a_key_can_be_forgotten(page: Page, keys: dict[str, str]) -> None:
    page.get_by_role("button", name="API key").click()
    expect(page.get_by_role("button", name="Forget the key")).to_have_count(0)
    paste(page, keys["enrol"])
    page.get_by_role("button", name="API key").click()
    page.get_by_role("button", name="Forget the key").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="API key").click()
    expect(page.get_by_role("button", name="Forget the key")).to_have_count(0)
    assert page.evaluate("sessionStorage.length") == 0


def test_events_ask_for_a_key_once_and_again_when_told(
    open_page: Callable[..., Page], keys: dict[str, str]
) -> None:
    page = open_page("look")
    page.clock.install()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "/v1/events" in one.url else None)
    page.goto("/#events")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Not live: send an API key")).to_be_visible()
    page.clock.fast_forward(30_000)
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    assert len(asked) == 1
    again.click()
    paste(page, keys["enrol"])
    expect(page.get_by_text("Live: new events appear by themselves.")).to_be_visible()

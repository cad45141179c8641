"""How the console looks: narrow screens, dark and light, and what axe finds in every view."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.console.conftest import DESK, PHONE
from tests.console.scenes import choose, gate_jpeg
from tests.console.served import Served, serving
from tests.contract.application import jpeg, photos_of, plate_jpeg, street

Save = Callable[[str, bytes], Path]
SERIOUS = {"serious", "critical"}
DARK, LIGHT = "rgb(17, 21, 24)", "rgb(243, 245, 246)"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An application whose driver 1 has a name that breaks nowhere."""
    with serving(tmp_path_factory.mktemp("served")) as one:
        one.enrol(10, "A" * 200, external_id="0" * 200)
        vehicle = {"plate": "W" * 16, "driver_ids": [1], "external_id": "0" * 200}
        assert httpx.post(f"{one.url}/v1/vehicles", json=vehicle).status_code == 201
        seen = httpx.post(
            f"{one.url}/v1/plates:read",
            params={"camera_id": "c" * 100},
            content=plate_jpeg("30A12345"),
            headers={"content-type": "image/jpeg"},
        )
        assert seen.status_code == 200
        yield one


def fill_look(page: Page, save: Save) -> None:
    choose(page, save("gate.jpg", gate_jpeg("30A12345", 10, 77)))
    expect(page.get_by_role("table")).to_have_count(2)


def fill_gate(page: Page, save: Save) -> None:
    with page.expect_file_chooser() as opened:
        page.get_by_role("button", name="Choose the vehicle's picture").click()
    opened.value.set_files(str(save("gate.jpg", gate_jpeg("30A12345", 10, 77))))
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".verdict")).to_be_visible()


def fill_enrol(page: Page, save: Save) -> None:
    choose(page, save("n" * 80 + ".jpg", photos_of(77, 1)[0]), save("street.jpg", jpeg(street())))
    page.get_by_role("button", name="Enrol the driver").click()
    expect(page.get_by_role("alert")).to_be_visible()


def fill_vehicle(page: Page, _save: Save) -> None:
    expect(page.get_by_label("Plate")).not_to_have_value("")


def fill_list(page: Page, _save: Save) -> None:
    expect(page.get_by_role("table")).to_be_visible()


def fill_moving(page: Page, save: Save) -> None:
    fill_list(page, save)
    page.get_by_text("Move drivers and vehicles").click()
    gallery = save("g" * 80 + ".jsonl.gz", page.request.get("/v1/gallery/export").body())
    page.get_by_label("File to bring in").set_input_files(gallery)
    page.get_by_label("Add drivers who are enrolled already").check()
    page.get_by_role("button", name="Bring the file in").click()
    expect(page.get_by_role("table", name="Vehicles that are known here")).to_be_visible()


def fill_driver(page: Page, _save: Save) -> None:
    expect(page.get_by_role("button", name="Remove face")).to_have_count(3)


def fill_traffic(page: Page, _save: Save) -> None:
    page.get_by_role("button", name="Show as a table").first.click()
    expect(page.get_by_role("table", name="Traffic by kind")).to_be_visible()
    page.get_by_role("slider", name="Traffic by camera").focus()


def fill_health(page: Page, _save: Save) -> None:
    page.get_by_text("Settings that decide about answers").click()
    expect(page.locator(".note.good")).to_be_visible()


def fill_dialog(page: Page, _save: Save) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


VIEWS = {
    "look": fill_look,
    "gate": fill_gate,
    "enrol": fill_enrol,
    "drivers": fill_list,
    "drivers/1": fill_driver,
    "vehicles": fill_moving,
    "vehicles/1": fill_vehicle,
    "vehicles/new": lambda page, _save: expect(page.get_by_label("Plate")).to_be_visible(),
    "events": fill_list,
    "traffic": fill_traffic,
    "health": fill_health,
    "health/keys": fill_dialog,
}


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_serious_and_a_phone_shows_the_whole_width(
    open_page: Callable[..., Page], save: Save, view: str
) -> None:
    # Without transitions, in the middle of which colours are neither of both.
    page = open_page(view, color_scheme="light", reduced_motion="reduce")
    VIEWS[view](page, save)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        serious = [
            (one["id"], node["html"], node["any"][:1])
            for one in found
            for node in one["nodes"]
            if one["impact"] in SERIOUS
        ]
        assert serious == [], scheme
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_axe_would_find_something(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.evaluate("document.querySelector('#colours').labels[0].remove()")
    found = Axe().run(page).response["violations"]
    assert ("select-name", "critical") in {(one["id"], one["impact"]) for one in found}


def background(page: Page) -> str:
    found: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return found


def test_colours_follow_the_system_until_one_is_chosen(open_page: Callable[..., Page]) -> None:
    page = open_page(color_scheme="dark")
    assert background(page) == DARK
    page.emulate_media(color_scheme="light")
    assert background(page) == LIGHT
    page.get_by_label("Colours").select_option("Dark")
    assert background(page) == DARK
    page.reload()
    assert background(page) == DARK
    expect(page.get_by_label("Colours")).to_have_value("dark")
    page.get_by_label("Colours").select_option("System")
    assert background(page) == LIGHT


def test_a_phone_shows_a_table_as_cards(open_page: Callable[..., Page], save: Save) -> None:
    page = open_page(viewport=PHONE)
    fill_look(page, save)
    cells = page.get_by_role("table", name="Plates").get_by_role("cell")
    boxes = [cell.bounding_box() for cell in cells.all()]
    tops = [box["y"] for box in boxes if box]
    assert len(tops) == 4
    assert tops == sorted(set(tops))


def test_nothing_moves_where_less_motion_is_wanted(open_page: Callable[..., Page]) -> None:
    button = open_page(reduced_motion="reduce").get_by_role("button", name="Keyboard")
    expect(button).to_have_css("transition-duration", "0s")

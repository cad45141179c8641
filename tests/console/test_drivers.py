"""Browsing, changing and erasing drivers."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.console.scenes import choose
from tests.console.served import Served
from tests.contract.application import photos_of

Save = Callable[[str, bytes], Path]


@pytest.fixture
def show(open_page: Callable[..., Page]) -> Callable[[int], Page]:
    """Shows a driver."""
    return lambda driver_id: open_page(f"drivers/{driver_id}")


Show = Callable[[int], Page]


def saved(page: Page, text: str) -> None:
    expect(page.locator(".note.good")).to_have_text(text)


def test_drivers_are_listed_with_their_photos_and_searched(
    open_page: Callable[..., Page], served: Served
) -> None:
    served.enrol(30, "Dana Grey", external_id="bus-30")
    served.enrol(31, "Eve Brown", external_id="bus-31")
    page = open_page("drivers")
    table = page.get_by_role("table", name="Drivers")
    row = table.get_by_role("row").filter(has_text="Dana Grey")
    expect(row).to_contain_text("bus-30")
    expect(row).to_contain_text("Always")
    expect(row.locator("img")).not_to_have_js_property("naturalWidth", 0)
    page.get_by_label("Search by name or other id").fill("eve")
    expect(table.get_by_role("row")).to_have_count(2)
    expect(table).to_contain_text("Eve Brown")
    page.get_by_label("Search by name or other id").fill("nobody of this name")
    expect(page.locator("main")).to_contain_text("No driver is called “nobody of this name”.")


def test_a_long_list_goes_on_where_it_stopped(
    open_page: Callable[..., Page], served: Served
) -> None:
    for number in range(26):
        served.enrol(100 + number, f"Fleet {number:02}")
    page = open_page("drivers")
    page.get_by_label("Search by name or other id").fill("Fleet")
    rows = page.get_by_role("table", name="Drivers").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("Fleet 00")
    expect(rows).to_have_count(26)
    page.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(27)
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)


def test_a_driver_is_renamed_and_given_an_end(show: Show, served: Served) -> None:
    driver_id = served.enrol(32, "Fay", external_id="bus-32")
    page = show(driver_id)
    page.get_by_label("Name").fill("Fay Green")
    page.get_by_label("Id in another system").fill("")
    page.get_by_label("Valid until").fill("2020-01-01T00:00")
    page.get_by_role("button", name="Save").click()
    saved(page, "Saved.")
    expect(page.get_by_role("heading", name="Fay Green")).to_be_visible()
    driver = served.driver(driver_id).json()
    assert (driver["name"], driver["external_id"], driver["valid"]) == ("Fay Green", None, False)
    expect(page.locator("dl").first).to_contain_text("Until 1 Jan 2020, 00:00")
    page.get_by_role("link", name="All drivers").click()
    page.get_by_label("Search by name or other id").fill("Fay Green")
    expect(page.get_by_role("table", name="Drivers")).to_contain_text("Not now: Until 1 Jan 2020")


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    show: Show, served: Served
) -> None:
    driver_id = served.enrol(33, "Gil")
    page = show(driver_id)
    expect(page.get_by_label("Name")).to_have_value("Gil")
    httpx.patch(f"{served.url}/v1/drivers/{driver_id}", json={"name": "Gil of the night"})
    page.get_by_label("Name").fill("Gil of the day")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text(
        f"driver {driver_id} has changed since version 1"
    )
    page.get_by_role("button", name="Load it again").click()
    expect(page.get_by_label("Name")).to_have_value("Gil of the night")


def test_a_photo_is_added_and_a_face_removed(show: Show, served: Served, save: Save) -> None:
    driver_id = served.enrol(34, "Hana")
    page = show(driver_id)
    faces = page.get_by_role("list", name="Faces").get_by_role("listitem")
    expect(faces).to_have_count(3)
    for face in faces.all():
        expect(face.locator("img")).not_to_have_js_property("naturalWidth", 0)
    choose(page, save("fourth.jpg", photos_of(34, 4)[3]), by="Choose photos")
    page.get_by_role("button", name="Add the photos").click()
    saved(page, "1 of 1 photo added.")
    expect(faces).to_have_count(4)
    page.get_by_role("button", name="Remove face").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Remove face").click()
    expect(faces).to_have_count(3)
    expect(page.locator(".note.good")).to_contain_text("is removed.")
    assert served.driver(driver_id).json()["face_count"] == 3


def test_the_last_face_stays(show: Show, served: Served) -> None:
    driver_id = served.enrol(38, "Kit")
    path = f"{served.url}/v1/drivers/{driver_id}/faces"
    for face in httpx.get(path).json()["faces"][1:]:
        assert httpx.delete(f"{path}/{face['id']}").status_code == 200
    page = show(driver_id)
    expect(page.get_by_text("The last face stays")).to_be_visible()
    expect(page.get_by_role("list", name="Faces").get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_role("button", name="Remove face")).to_have_count(0)


def test_a_photo_of_somebody_else_is_refused_with_the_reason(
    show: Show, served: Served, save: Save
) -> None:
    page = show(served.enrol(35, "Ida"))
    choose(page, save("other.jpg", photos_of(36, 1)[0]), by="Choose photos")
    page.get_by_role("button", name="Add the photos").click()
    expect(page.get_by_role("alert")).to_contain_text("the photo cannot be used")
    expect(page.get_by_role("list", name="Photos")).to_contain_text(
        "Another person: The face is not that of the enrolled driver"
    )


def test_a_driver_is_erased_only_after_a_yes(show: Show, served: Served) -> None:
    driver_id = served.enrol(37, "Jon")
    page = show(driver_id)
    page.get_by_role("button", name="Erase the driver").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Jon, driver {driver_id}, is erased with 3 faces")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert served.driver(driver_id).status_code == 200
    page.get_by_role("button", name="Erase the driver").click()
    page.get_by_role("button", name=f"Erase driver {driver_id}").click()
    expect(page.get_by_label("Search by name or other id")).to_be_visible()
    assert served.driver(driver_id).status_code == 404


def test_a_driver_who_does_not_exist_is_told(show: Show) -> None:
    page = show(999_999)
    expect(page.get_by_role("alert")).to_contain_text("there is no such driver")
    expect(page.get_by_role("link", name="All drivers")).to_be_visible()

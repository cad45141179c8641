"""The vehicles that a gate knows."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.console.served import Served

SEARCH = "Search by plate or other id"


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page("vehicles")


def known(served: Served, plate: str, **details: object) -> int:
    """Makes a vehicle known; returns its id."""
    answer = httpx.post(f"{served.url}/v1/vehicles", json={"plate": plate, **details})
    assert answer.status_code == 201, answer.text
    vehicle_id: int = answer.json()["id"]
    return vehicle_id


def vehicle(served: Served, vehicle_id: int) -> httpx.Response:
    return httpx.get(f"{served.url}/v1/vehicles/{vehicle_id}")


def test_a_vehicle_is_made_known_with_its_drivers(page: Page, served: Served) -> None:
    page.get_by_role("link", name="Add a vehicle").click()
    page.get_by_label("Plate").fill("30a-123.45")
    page.get_by_label("Country").fill("vn")
    page.get_by_label("At the gate").select_option("Let in, and tell")
    drivers = page.get_by_label("Only the drivers with these ids")
    expect(drivers).to_be_disabled()
    page.get_by_label("Every enrolled driver may drive it").uncheck()
    first, second = served.enrol(70, "Ann <b>Example"), served.enrol(71)
    drivers.fill(f"{first}, {second}")
    page.get_by_role("button", name="Add the vehicle").click()
    expect(page.get_by_role("heading", name="30A-123.45")).to_be_visible()
    made = vehicle(served, int(page.url.rpartition("/")[2])).json()
    assert (made["plate"], made["country"], made["list"]) == ("30A12345", "VN", "watch")
    assert made["driver_ids"] == [first, second]
    page.get_by_role("link", name="All vehicles").click()
    row = page.get_by_role("row").filter(has_text="30A-123.45")
    expect(row).to_contain_text("Let in, and tell")
    expect(row).to_contain_text(f"Ann <b>Example, Driver {second}")
    row.get_by_role("link", name="Ann <b>Example", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Drivers")


def test_of_many_drivers_of_a_vehicle_the_first_ten_are_asked_for(
    page: Page, served: Served
) -> None:
    vehicle_id = known(served, "F77")
    many = vehicle(served, vehicle_id).json() | {"driver_ids": [*range(8001, 9001)]}
    listed = {"vehicles": [many], "next_cursor": None}
    page.route("**/v1/vehicles?*", lambda route: route.fulfill(json=listed))
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "/v1/drivers/" in one.url else None)
    page.get_by_label(SEARCH).fill("F77")
    row = page.get_by_role("row").filter(has_text=many["formatted"])
    expect(row).to_contain_text("Driver 8001 erased, Driver 8002 erased, ")
    expect(row).to_contain_text("Driver 8010 erased and 990 more")
    assert len(asked) == 10
    row.get_by_role("link", name="990 more").click()
    expect(page.get_by_role("heading", name=many["formatted"])).to_be_visible()


def test_a_vehicle_is_found_by_its_plate_and_changed(page: Page, served: Served) -> None:
    vehicle_id = known(served, "51F12345", country="VN")
    known(served, "B123XYZ")
    page.get_by_label(SEARCH).fill("51f-1")
    rows = page.get_by_role("table", name="Vehicles").get_by_role("row")
    expect(rows).to_have_count(2)
    page.get_by_role("link", name="51F-123.45").click()
    page.get_by_label("At the gate").select_option("Turn away")
    page.get_by_label("Every enrolled driver may drive it").uncheck()
    page.get_by_label("Notes").fill("Stolen")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".note.good")).to_have_text("Saved.")
    changed = vehicle(served, vehicle_id).json()
    assert (changed["list"], changed["notes"], changed["driver_ids"]) == ("deny", "Stolen", [])
    page.get_by_role("link", name="All vehicles").click()
    expect(page.get_by_role("row").filter(has_text="51F-123.45")).to_contain_text("Nobody")


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    page: Page, served: Served
) -> None:
    vehicle_id = known(served, "C777CC77")
    page.goto(f"/#vehicles/{vehicle_id}")
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    httpx.patch(f"{served.url}/v1/vehicles/{vehicle_id}", json={"list": "deny"})
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("has changed since version 1")
    page.get_by_role("button", name="Load it again").click()
    expect(page.get_by_label("At the gate")).to_have_value("deny")


def test_what_cannot_be_is_told_in_the_services_words(page: Page, served: Served) -> None:
    known(served, "D1")
    page.get_by_role("link", name="Add a vehicle").click()
    page.get_by_label("Plate").fill("d 1")
    page.get_by_role("button", name="Add the vehicle").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("plate")
    page.get_by_label("Plate").fill("D2")
    page.get_by_label("Every enrolled driver may drive it").uncheck()
    page.get_by_label("Only the drivers with these ids").fill("7, Ann")
    page.get_by_role("button", name="Add the vehicle").click()
    expect(alert).to_contain_text("driver_ids[1]: input should be a valid integer")


def test_a_vehicle_is_erased_only_after_a_yes(page: Page, served: Served) -> None:
    vehicle_id = known(served, "E1")
    page.goto(f"/#vehicles/{vehicle_id}")
    page.get_by_role("button", name="Erase the vehicle").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert vehicle(served, vehicle_id).status_code == 200
    page.get_by_role("button", name="Erase the vehicle").click()
    page.get_by_role("button", name=f"Erase vehicle {vehicle_id}").click()
    expect(page.get_by_label(SEARCH)).to_be_visible()
    assert vehicle(served, vehicle_id).status_code == 404


def test_a_vehicle_that_does_not_exist_is_told(open_page: Callable[..., Page]) -> None:
    page = open_page("vehicles/999999")
    expect(page.get_by_role("alert")).to_contain_text("there is no vehicle 999999")
    expect(page.get_by_role("button", name="Add the vehicle")).to_have_count(0)

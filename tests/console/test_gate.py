"""Checking a vehicle and its driver at the gate."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.console.scenes import DRIVER_COLOUR, PLATE_COLOUR, gate_jpeg, pixels, transfer
from tests.console.served import Served
from tests.contract.application import face_jpeg, jpeg, plate_jpeg, street

Save = Callable[[str, bytes], Path]


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page("gate")


def known(served: Served, plate: str, **details: object) -> None:
    """Makes a Vietnamese vehicle known."""
    vehicle = {"plate": plate, "country": "VN", **details}
    answer = httpx.post(f"{served.url}/v1/vehicles", json=vehicle)
    assert answer.status_code == 201, answer.text


def choose(page: Page, what: str, path: Path) -> None:
    with page.expect_file_chooser() as opened:
        page.get_by_role("button", name=f"Choose the {what}'s picture").click()
    opened.value.set_files(str(path))


def decision(page: Page) -> str:
    """The decision, once it is there."""
    verdict = page.locator(".verdict h2")
    expect(verdict).to_be_visible()
    return verdict.inner_text()


def reasons(page: Page) -> list[str]:
    given = page.get_by_role("list", name="Reasons").get_by_role("listitem")
    expect(given.first).to_be_visible()  # the texts alone would not wait for the answer
    return given.all_inner_texts()


def check(page: Page) -> None:
    page.get_by_role("button", name="Check").click()


def test_a_known_vehicle_with_its_driver_is_let_in(page: Page, served: Served, save: Save) -> None:
    driver_id = served.enrol(90, "Mia")
    known(served, "30A11111", driver_ids=[driver_id])
    expect(page.get_by_role("button", name="Check")).to_be_disabled()
    choose(page, "vehicle", save("both.jpg", gate_jpeg("30A11111", 90)))
    check(page)
    assert decision(page).startswith("Let in")
    assert reasons(page) == [
        "Let in The vehicle is known and allowed",
        "Let in The driver is known and may drive the vehicle",
    ]
    expect(page.get_by_role("link", name="30A-111.11")).to_be_visible()
    expect(page.get_by_role("link", name="Mia")).to_be_visible()
    canvas = page.locator(".frame canvas").first
    assert pixels(canvas, PLATE_COLOUR) > 100
    assert pixels(canvas, DRIVER_COLOUR) > 100
    expect(page.locator("#said")).to_have_text(
        "Let in: the vehicle is known and allowed; the driver is known and may drive the vehicle."
    )


def test_two_pictures_are_decided_together(page: Page, served: Served, save: Save) -> None:
    served.enrol(91, "Nils")
    known(served, "30A22222", driver_ids=[])
    choose(page, "vehicle", save("car.jpg", plate_jpeg("30A22222")))
    choose(page, "driver", save("face.jpg", face_jpeg(91)))
    check(page)
    assert decision(page).startswith("Turn away")
    assert reasons(page)[1] == "Turn away The driver is known, but may not drive the vehicle"
    vehicle, driver = page.locator(".frame canvas").all()
    assert pixels(vehicle, PLATE_COLOUR) > 100
    assert pixels(driver, DRIVER_COLOUR) > 100


def test_what_is_not_known_is_asked_about(page: Page, save: Save) -> None:
    choose(page, "vehicle", save("both.jpg", gate_jpeg("51G99999", 97)))
    check(page)
    assert decision(page).startswith("Ask")
    assert [one.split(" ", 1)[0] for one in reasons(page)] == ["Ask", "Ask"]
    expect(page.locator(".seen").first).to_contain_text("Not known")
    expect(page.locator(".seen").last).to_contain_text("Unknown")


def test_an_empty_picture_says_what_lacks(page: Page, save: Save) -> None:
    choose(page, "vehicle", save("street.jpg", jpeg(street())))
    check(page)
    assert reasons(page) == ["Ask The picture shows no plate", "Ask The picture shows no face"]
    expect(page.get_by_text("No plate was found.")).to_be_visible()
    expect(page.get_by_text("No face was found.")).to_be_visible()


def test_pasted_pictures_fill_the_places_in_turn(page: Page) -> None:
    transfer(page, "paste", "car.jpg", plate_jpeg("51G99999"))
    expect(page.get_by_role("button", name="Remove the vehicle's picture")).to_be_visible()
    transfer(page, "drop", "face.jpg", face_jpeg(97))
    expect(page.get_by_role("button", name="Remove the driver's picture")).to_be_visible()
    check(page)
    assert decision(page).startswith("Ask")
    page.get_by_role("button", name="Remove the driver's picture").click()
    expect(page.locator(".verdict")).to_have_count(0)
    expect(page.locator(".frame canvas").last).to_be_hidden()


def test_a_check_of_a_camera_becomes_an_event(page: Page, served: Served, save: Save) -> None:
    choose(page, "vehicle", save("both.jpg", gate_jpeg("51G88888", 97)))
    page.get_by_label("Camera").fill("gate-7")
    check(page)
    assert decision(page).startswith("Ask")
    events = httpx.get(f"{served.url}/v1/events", params={"camera_id": "gate-7"}).json()["events"]
    assert [(one["kind"], one["decision"]) for one in events] == [("gate_checked", "ask")]


def test_what_is_no_picture_is_told_in_the_services_words(page: Page, save: Save) -> None:
    choose(page, "vehicle", save("notes.jpg", b"no picture"))
    check(page)
    expect(page.get_by_role("alert")).to_contain_text("the content is neither PNG nor JPEG")

"""Enrolling a driver."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.console.scenes import choose
from tests.console.served import Served
from tests.contract.application import jpeg, photos_of, street

Save = Callable[[str, bytes], Path]
SEND = "Enrol the driver"


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page("enrol")


@pytest.fixture
def photos(save: Save) -> Callable[[int, int], list[Path]]:
    """Makes files with photos of a person."""

    def make(identity: int, count: int) -> list[Path]:
        made = enumerate(photos_of(identity, count), 1)
        return [save(f"person{identity}-{number}.jpg", data) for number, data in made]

    return make


def outcomes(page: Page) -> list[str]:
    """What is said of each photo, with its name."""
    rows = page.get_by_role("list", name="Photos").get_by_role("listitem")
    return [" ".join(row.split()).removesuffix(" Remove") for row in rows.all_inner_texts()]


Photos = Callable[[int, int], list[Path]]


def test_a_driver_is_enrolled_with_a_bad_photo_left_out(
    page: Page, served: Served, photos: Photos, save: Save
) -> None:
    button = page.get_by_role("button", name=SEND)
    expect(button).to_be_disabled()
    choose(page, *photos(11, 3), save("street.jpg", jpeg(street())))
    page.get_by_label("Name").fill("Ann Example")
    page.get_by_label("Id in another system").fill("fleet-0042")
    page.get_by_label("Valid until").fill("2099-01-31T08:00")
    page.get_by_label("Notes").fill("Night shift\nGate 3")
    button.click()
    note = page.locator(".note.good")
    expect(note).to_contain_text("3 of 4 photos taken, 3 faces enrolled.")
    assert outcomes(page) == [
        "person11-1.jpg Good",
        "person11-2.jpg Good",
        "person11-3.jpg Good",
        "street.jpg No face: The photo shows no face: take one that shows the driver's face",
    ]
    note.get_by_role("link", name="See the driver").click()
    expect(page.get_by_label("Name")).to_have_value("Ann Example")
    driver = served.driver(int(page.url.rpartition("/")[2])).json()
    assert driver["external_id"] == "fleet-0042"
    assert driver["notes"].splitlines() == ["Night shift", "Gate 3"]
    assert driver["valid_until"].startswith("2099-01-31T08:00:00")
    assert driver["valid_from"] is None


def test_too_few_good_photos_are_refused_and_more_can_be_added(
    page: Page, photos: Photos, save: Save
) -> None:
    first, second, third = photos(12, 3)
    choose(page, first, second, save("street.jpg", jpeg(street())))
    page.get_by_role("button", name=SEND).click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(
        "2 of 3 photos can be used, a new driver needs at least 3: the list says what is wrong "
        "with the others"
    )
    expect(alert).to_contain_text("Request ")
    assert [one.split(" ")[1] for one in outcomes(page)] == ["Good", "Good", "No"]
    page.get_by_role("button", name="Remove street.jpg").click()
    choose(page, third)
    assert outcomes(page)[2] == "person12-3.jpg Not sent yet"
    page.get_by_role("button", name=SEND).click()
    expect(page.locator(".note.good")).to_contain_text("3 of 3 photos taken")


def test_a_person_who_is_enrolled_already_can_be_given_the_photos(
    page: Page, served: Served, photos: Photos, save: Save
) -> None:
    driver_id = served.enrol(13, "Binh")
    choose(page, *[save(f"new-{path.name}", path.read_bytes()) for path in photos(13, 5)[3:]])
    choose(page, photos(13, 6)[5])
    page.get_by_role("button", name=SEND).click()
    expect(page.get_by_role("alert")).to_contain_text(f"the face is that of driver {driver_id}")
    page.get_by_role("button", name=f"Add the photos to driver {driver_id}").click()
    expect(page.locator(".note.good")).to_contain_text("3 of 3 photos taken, 6 faces enrolled.")
    assert served.driver(driver_id).json()["face_count"] == 6


def test_a_twin_can_be_enrolled_all_the_same(page: Page, served: Served, photos: Photos) -> None:
    served.enrol(14)
    choose(page, *photos(14, 6)[3:])
    page.get_by_role("button", name=SEND).click()
    page.get_by_role("button", name="Enrol as another person all the same").click()
    expect(page.locator(".note.good")).to_contain_text("3 of 3 photos taken")


def test_after_one_driver_the_form_is_empty_for_another(page: Page, photos: Photos) -> None:
    choose(page, *photos(15, 3))
    page.get_by_label("Name").fill("Carlos")
    page.get_by_role("button", name=SEND).click()
    page.get_by_role("button", name="Enrol another driver").click()
    expect(page.get_by_label("Name")).to_have_value("")
    expect(page.get_by_label("Name")).to_be_focused()
    assert outcomes(page) == []
    expect(page.get_by_role("button", name=SEND)).to_be_disabled()


def test_a_request_whose_answer_was_lost_enrols_nobody_twice(
    page: Page, served: Served, photos: Photos
) -> None:
    before = httpx.get(f"{served.url}/v1/gallery").json()["drivers"]
    lost: list[APIResponse] = []

    def lose(route: Route) -> None:
        if not lost:
            lost.append(route.fetch())
            route.abort()
        else:
            route.continue_()

    page.route("**/v1/drivers", lose)
    choose(page, *photos(16, 3))
    page.get_by_role("button", name=SEND).click()
    expect(page.get_by_role("alert")).to_contain_text("The service cannot be reached.")
    page.get_by_role("button", name=SEND).click()
    expect(page.locator(".note.good")).to_contain_text("3 of 3 photos taken")
    assert httpx.get(f"{served.url}/v1/gallery").json()["drivers"] == before + 1


def test_a_field_that_does_not_fit_is_told_in_the_services_words(
    page: Page, served: Served, photos: Photos
) -> None:
    served.enrol(17, external_id="taken-1")
    choose(page, *photos(18, 3))
    page.get_by_label("Id in another system").fill("taken-1")
    page.get_by_role("button", name=SEND).click()
    expect(page.get_by_role("alert")).to_contain_text(
        'another driver has the external id "taken-1"'
    )


def test_photos_can_be_taken_with_the_camera(page: Page) -> None:
    page.get_by_role("button", name="Use the camera").click()
    for number in (1, 2):
        page.get_by_role("button", name="Take picture").click()
        expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text(
            f"{number} picture"
        )
    page.get_by_role("button", name="Done").click()
    assert outcomes(page) == ["camera-1.jpg Not sent yet", "camera-2.jpg Not sent yet"]

"""Many enrolments of one person at once, each by an application of its own over one database."""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import pytest

from pipelines.types import GallerySearch, Vector
from tests.contract.application import REGISTER, Client, face_jpeg, images, photos_of
from tests.contract.driver_calls import DRIVERS, created, error_of, identified, stored_crops

AT_ONCE = 6
LIKE_ANN = 19  # hardly like person 7, but more than others

MakeClient = Callable[..., Client]
Send = Callable[[Client, int], httpx.Response]


@pytest.fixture
def clients(make_client: MakeClient, database_url: str) -> list[Client]:
    return [make_client(gallery={"database_url": database_url}) for _ in range(AT_ONCE)]


def at_once(clients: list[Client], send: Send) -> list[httpx.Response]:
    """The answers of requests that were sent together."""
    start = Barrier(len(clients))

    def run(number: int) -> httpx.Response:
        start.wait(30)
        return send(clients[number], number)

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(run, range(len(clients))))


def let_everybody_search_first(clients: list[Client]) -> None:
    """No request goes on before the first search of every one has found nobody."""
    searched = Barrier(len(clients))

    def hold(gallery: Any) -> None:
        plain = gallery.search

        async def search(vector: Vector, model_id: str) -> GallerySearch:
            gallery.search = plain
            found: GallerySearch = await plain(vector, model_id)
            await asyncio.to_thread(searched.wait, 30)
            return found

        gallery.search = search

    for client in clients:
        hold(client.services.people.gallery)


def new_driver(person: int, first: int = 0) -> Send:
    """Photos of one person, other ones in each request."""

    def send(client: Client, number: int) -> httpx.Response:
        shades = range(60 + 3 * (first + number), 240, 60)
        return client.post(DRIVERS, files=images(*(face_jpeg(person, one) for one in shades)))

    return send


def statuses(answers: list[httpx.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def test_one_of_many_is_acknowledged_and_the_others_name_the_driver(
    clients: list[Client], tmp_path: Path
) -> None:
    let_everybody_search_first(clients)
    answers = at_once(clients, new_driver(7))
    assert statuses(answers) == {201: 1, 409: AT_ONCE - 1}
    [enrolled] = [answer.json()["driver"] for answer in answers if answer.status_code == 201]
    for answer in answers:
        if answer.status_code == 409:
            _, code, message = error_of(answer)
            assert code == "already_enrolled"
            assert message.startswith(f"the face is that of driver {enrolled['id']}, with a ")
            assert message.endswith(
                f" is needed: add it to driver {enrolled['id']}, or ask with ?allow_twin=true"
            )
            details = answer.json()["error"]["details"]
            assert details["driver_id"] == enrolled["id"]
            assert 1 >= details["similarity"] > 0.9 > details["threshold"]
    found = identified(clients[0], 7)
    assert (found["decision"], found["driver"]["id"]) == ("driver", enrolled["id"])
    assert clients[0].get("/v1/gallery").json()["drivers"] == 1
    for client in clients:
        client.settle()
    assert len(stored_crops(tmp_path)) == enrolled["face_count"]


def test_one_of_many_is_acknowledged_however_they_meet(clients: list[Client]) -> None:
    for person in (7, 8, 9):
        answers = at_once(clients, new_driver(person, first=person))
        assert statuses(answers) == {201: 1, 409: AT_ONCE - 1}
    assert clients[0].get("/v1/gallery").json()["drivers"] == 3


def test_different_people_do_not_hinder_each_other(clients: list[Client]) -> None:
    let_everybody_search_first(clients)
    answers = at_once(clients, lambda client, number: new_driver(20 + number)(client, 0))
    assert statuses(answers) == {201: AT_ONCE}


def test_one_request_sent_many_times_at_once_is_answered_alike(clients: list[Client]) -> None:
    key = {"idempotency-key": "5f0c2a1b"}

    def send(client: Client, _number: int) -> httpx.Response:
        return client.post(DRIVERS, files=images(*photos_of(7, 3)), headers=key)

    for answer in at_once(clients, send):
        assert answer.status_code in (200, 201), answer.text
        assert answer.json()["driver"]["id"] == 1
    assert clients[0].get("/v1/gallery").json()["faces"] == 3


def test_twins_are_taken_at_once_where_they_are_allowed(clients: list[Client]) -> None:
    answers = at_once(
        clients,
        lambda client, _: client.post(f"{DRIVERS}?allow_twin=true", files=images(*photos_of(7, 3))),
    )
    assert statuses(answers) == {201: AT_ONCE}


def test_the_old_route_takes_everybody_as_before(clients: list[Client]) -> None:
    answers = at_once(
        clients, lambda client, _: client.post(REGISTER, files=images(*photos_of(7, 3)))
    )
    assert statuses(answers) == {200: AT_ONCE}
    assert clients[0].get("/v1/gallery").json()["drivers"] == AT_ONCE


def test_a_person_enrolled_as_equal_drivers_is_added_to_as_the_first(client: Client) -> None:
    for number in range(10):
        for _ in range(3):
            client.post(REGISTER, files=images(*photos_of(20 + number, 3)))
        first, *_, last = (3 * number + place for place in (1, 2, 3))
        photo = images(face_jpeg(20 + number, 222))
        refused = client.post(f"{DRIVERS}/{last}/faces", files=photo)
        [said] = refused.json()["error"]["details"]["photos"]
        assert said["message"].startswith(f"the face is that of driver {first}, ")
        assert client.post(f"{DRIVERS}/{first}/faces", files=photo).status_code == 201


def test_one_photo_is_added_once_by_many(clients: list[Client], tmp_path: Path) -> None:
    driver_id = created(clients[0], 7)
    let_everybody_search_first(clients)

    def send(client: Client, _number: int) -> httpx.Response:
        return client.post(f"{DRIVERS}/{driver_id}/faces", files=images(face_jpeg(7, 222)))

    answers = at_once(clients, send)
    assert statuses(answers) == {201: 1, 200: AT_ONCE - 1}
    assert {answer.json()["photos"][0]["face_id"] for answer in answers} == {4}
    assert clients[0].get(f"{DRIVERS}/{driver_id}").json()["face_count"] == 4
    for client in clients:
        client.settle()
    assert len(stored_crops(tmp_path)) == 4


def test_a_photo_is_not_added_to_one_driver_when_another_was_enrolled_by_it_meanwhile(
    clients: list[Client], make_client: MakeClient, database_url: str
) -> None:
    ann = created(clients[0], 7)
    lenient = make_client(gallery={"database_url": database_url}, enrolment={"same_person": 0})
    gallery: Any = lenient.services.people.gallery
    plain = gallery.search
    enrolled: list[int] = []

    async def search(vector: Vector, model_id: str) -> GallerySearch:
        found: GallerySearch = await plain(vector, model_id)
        if not enrolled:
            enrolled.append(await asyncio.to_thread(created, clients[1], LIKE_ANN))
        return found

    gallery.search = search
    answer = lenient.post(f"{DRIVERS}/{ann}/faces", files=images(face_jpeg(LIKE_ANN, 222)))
    assert error_of(answer)[:2] == (422, "not_enough_faces")
    [photo] = answer.json()["error"]["details"]["photos"]
    assert photo["reason"] == "already_enrolled"
    assert f"the face is that of driver {enrolled[0]}, " in photo["message"]
    assert clients[0].get(f"{DRIVERS}/{ann}").json()["face_count"] == 3

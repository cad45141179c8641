"""A folder of drivers, enrolled over the service's own API."""

from pathlib import Path
from typing import Any

import httpx

from pipelines.bulk.driver_folders import driver_folders
from pipelines.bulk.enrolment import FolderEnrolment, Outcome
from pipelines.bulk.enrolment_client import EnrolmentClient
from pipelines.bulk.enrolment_summary import enrolment_summary
from pipelines.storage.object_store import ObjectStore
from tests.contract.application import Client, photos_of


def enrolled(client: Client, source: Path) -> list[Outcome]:
    async def outcomes() -> list[Outcome]:
        transport = httpx.ASGITransport(client.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gatehouse") as http:
            service = EnrolmentClient(http)
            enrolment = FolderEnrolment(ObjectStore(str(source)), service, "gatehouse", 2**20)
            folders = (await driver_folders(str(source))).folders
            return [one async for one, _ in enrolment.outcomes(folders, (), 1)]

    found: list[Outcome] = client.run(outcomes())
    return found


def person(source: Path, name: str, photos: list[bytes]) -> None:
    (source / name).mkdir(parents=True)
    for number, photo in enumerate(photos):
        (source / name / f"{number}.jpg").write_bytes(photo)


def test_a_repeat_enrols_nobody_twice(client: Client, tmp_path: Path) -> None:
    source = tmp_path / "people"
    person(source, "Ann Example", photos_of(1, 3))
    person(source, "Bob", photos_of(2, 3))
    first, again = enrolled(client, source), enrolled(client, source)
    assert [one["outcome"] for one in first] == ["enrolled", "enrolled"]
    assert [one["outcome"] for one in again] == ["enrolled_before", "enrolled_before"]
    assert [one["driver_id"] for one in again] == [one["driver_id"] for one in first]
    listed: Any = client.get("/v1/drivers").json()["drivers"]
    assert [one["name"] for one in listed] == ["Ann Example", "Bob"]


def test_each_photo_that_is_refused_says_why(client: Client, tmp_path: Path) -> None:
    good = photos_of(1, 3)
    person(tmp_path / "people", "Ann", [*good[:2], b"no picture"])
    person(tmp_path / "people", "Bob", good[:2])
    first, second = enrolled(client, tmp_path / "people")
    assert [one["outcome"] for one in (first, second)] == ["failed", "failed"]
    assert first["error"]["code"] == second["error"]["code"] == "not_enough_faces"
    reasons = sorted(photo.get("reason") or "" for photo in first["photos"])
    assert reasons[:2] == ["", ""]
    assert reasons[2] != ""


def test_who_is_enrolled_already_is_named_with_the_driver_who_it_is(
    client: Client, tmp_path: Path
) -> None:
    source = tmp_path / "people"
    person(source, "Ann", photos_of(1, 3))
    person(source, "Bob", photos_of(1, 5)[2:])
    outcomes = enrolled(client, source)
    ann, bob = outcomes
    assert bob["error"]["code"] == "already_enrolled"
    assert bob["error"]["details"]["driver_id"] == ann["driver_id"]
    said = enrolment_summary(outcomes, {}, 2, 1.0)
    assert f"  Bob: already_enrolled (driver_id {ann['driver_id']}, similarity " in said

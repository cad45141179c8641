"""Enrolling a folder of drivers."""

import asyncio
import gc
import resource
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pipelines.bulk.driver_folders import DriverPhotos, driver_folders
from pipelines.bulk.enrolment import FolderEnrolment, Outcome, OutcomeFile
from pipelines.errors import ConfigurationError, Unavailable
from pipelines.storage.object_store import ObjectStore
from tests.file_modes import modes, umask
from tests.unit.bulk.test_driver_folders import people

TAKEN: Outcome = {"outcome": "enrolled", "driver_id": 1, "photos": [], "error": None}


class Service:
    """Answers drivers by name, so many together; the others are enrolled."""

    def __init__(self, answers: Mapping[str, Any] | None = None, together: int = 1) -> None:
        self.asked: list[str] = []
        self.at_once = self.most_at_once = 0
        self._answers = answers or {}
        self._together = asyncio.Barrier(together)

    async def enrol(self, driver: DriverPhotos) -> Mapping[str, Any]:
        self.asked.append(driver.name)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self._together.wait()
        self.at_once -= 1
        answer = self._answers.get(driver.name, TAKEN)
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)


def failure(status: int, code: str) -> Outcome:
    error = {"status": status, "code": code, "message": "no"}
    return {"outcome": "failed", "driver_id": None, "photos": [], "error": error}


def run(
    source: Path, service: Service, file: Path, *, url: str = "http://a", **options: Any
) -> Any:
    """Outcomes of all drivers, and whether each is of this run."""

    async def enrolled() -> list[tuple[Outcome, bool]]:
        store, found = ObjectStore(str(source)), []
        kept = OutcomeFile(file)
        twins = options.get("allow_twin", False)
        enrolment = FolderEnrolment(store, service, url, max_bytes=100, allow_twin=twins)
        folders = (await driver_folders(str(source), options.get("all_files", False))).folders
        try:
            at_once = options.get("at_once", 2)
            async for one, fresh in enrolment.outcomes(folders, kept.outcomes, at_once):
                found.append((one, fresh))
                if fresh:
                    kept.add(one)
        finally:
            kept.close()
        return sorted(found, key=lambda one: one[0]["name"])

    return asyncio.run(enrolled())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    names = ("Ann", "Bob", "Eve")
    photos = {name: {"a.jpg": name.encode()} for name in names}
    return people(tmp_path / "people", **photos)


def test_a_driver_with_an_outcome_is_not_sent_again(source: Path, tmp_path: Path) -> None:
    first = Service(
        {"Bob": failure(422, "not_enough_faces"), "Eve": failure(500, "internal_error")}
    )
    found = run(source, first, tmp_path / "out.jsonl")
    assert [(one["outcome"], fresh) for one, fresh in found] == [
        ("enrolled", True),
        ("failed", True),
        ("failed", True),
    ]
    (source / "Bob" / "b.jpg").write_bytes(b"a better one")
    second = Service()
    found = run(source, second, tmp_path / "out.jsonl")
    assert sorted(second.asked) == ["Bob", "Eve"]
    assert [(one["outcome"], fresh) for one, fresh in found] == [
        ("enrolled", False),
        ("enrolled", True),
        ("enrolled", True),
    ]
    other = Service()
    run(source, other, tmp_path / "out.jsonl", url="http://b")
    assert sorted(other.asked) == ["Ann", "Bob", "Eve"]


def test_outcomes_are_their_owners_alone(tmp_path: Path) -> None:
    with umask(0):
        OutcomeFile(tmp_path / "new/out.jsonl").close()
    assert modes(tmp_path) == {"new": 0o700, "new/out.jsonl": 0o600}


def test_what_another_than_the_service_answered_is_asked_again(
    source: Path, tmp_path: Path
) -> None:
    answers = {"Ann": failure(404, "http_404"), "Bob": failure(301, "http_301")}
    run(source, Service(answers), tmp_path / "out.jsonl")
    again = Service()
    run(source, again, tmp_path / "out.jsonl")
    assert sorted(again.asked) == ["Ann", "Bob"]


def test_a_twin_is_sent_again_once_twins_are_allowed(source: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    run(source, Service({"Bob": failure(409, "already_enrolled")}), file)
    without, allowed = Service(), Service()
    run(source, without, file)
    run(source, allowed, file, allow_twin=True)
    assert (without.asked, allowed.asked) == ([], ["Bob"])


@pytest.mark.parametrize("line", ["no JSON", "7", '{"name": "Ann"}'])
def test_a_file_of_something_else_is_refused_and_left_as_it_is(tmp_path: Path, line: str) -> None:
    file = tmp_path / "letter.txt"
    file.write_text(f"{line}\nthe end")
    with pytest.raises(ConfigurationError) as refused:
        OutcomeFile(file)
    assert str(refused.value) == f"{file} is no file of outcomes: name another one for --outcomes"
    assert file.read_text() == f"{line}\nthe end"


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        OutcomeFile(tmp_path)
    assert str(refused.value) == f"the outcomes' file {tmp_path} cannot be used: Is a directory"


def test_a_disk_that_is_full_stops_the_run_which_goes_on_later(
    source: Path, tmp_path: Path
) -> None:
    file = tmp_path / "out.jsonl"
    run(source, Service({"Bob": failure(500, "internal_error")}), file)
    before = file.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before), limits[1]))  # Python ignores SIGXFSZ
    try:
        with pytest.raises(Unavailable) as stopped:
            run(source, Service(), file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert str(stopped.value) == f"the outcomes' file {file} cannot be written: File too large"
    assert file.read_bytes() == before
    again = Service()
    run(source, again, file)
    assert again.asked == ["Bob"]


def test_a_run_that_was_ended_goes_on(source: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    with pytest.raises(Unavailable):
        run(source, Service({"Bob": Unavailable("away")}), file, at_once=1)
    with file.open("ab") as half:
        half.write(b'{"name": "Bo')
    service = Service()
    found = run(source, service, file)
    assert sorted(service.asked) == ["Bob", "Eve"]
    assert [one["name"] for one, _ in found] == ["Ann", "Bob", "Eve"]
    assert len(file.read_bytes().splitlines()) == 3


def test_a_service_that_is_away_is_told_of_once(
    source: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    away = {name: Unavailable("away") for name in ("Ann", "Bob", "Eve")}
    with pytest.raises(Unavailable):
        run(source, Service(away, together=2), tmp_path / "out.jsonl", at_once=2)
    gc.collect()  # then asyncio tells of errors that nobody looked at
    assert not caplog.records


def test_so_many_are_sent_at_a_time_and_no_more(source: Path, tmp_path: Path) -> None:
    people(source, Joe={"a.jpg": b"Joe"})
    service = Service(together=2)
    run(source, service, tmp_path / "out.jsonl", at_once=2)
    assert service.most_at_once == 2


def test_a_photo_that_cannot_be_read_is_its_drivers_outcome(source: Path, tmp_path: Path) -> None:
    (source / "Bob" / "b.jpg").write_bytes(b"1" * 101)
    service = Service()
    found = run(source, service, tmp_path / "out.jsonl")
    assert sorted(service.asked) == ["Ann", "Eve"]
    assert found[1][0]["error"] == {
        "code": "too_large",
        "message": "the object has more than 100 bytes",
        "details": {},
    }


def test_a_driver_without_pictures_is_told_of_and_looked_at_again(
    source: Path, tmp_path: Path
) -> None:
    (source / "Bob" / "a.jpg").rename(source / "Bob" / "a.HEIC")
    (source / "Bob" / "b.webp").touch()
    service = Service()
    found = run(source, service, tmp_path / "out.jsonl")
    assert sorted(service.asked) == ["Ann", "Eve"]
    assert (found[1][0]["outcome"], found[1][0]["error"]) == (
        "failed",
        {
            "code": "no_pictures",
            "message": "the folder has no pictures that can be read (1 .heic, 1 .webp): JPEG and "
            "PNG can",
            "details": {},
        },
    )
    (source / "Bob" / "a.jpg").write_bytes(b"Bob")
    run(source, service, tmp_path / "out.jsonl")
    assert sorted(service.asked) == ["Ann", "Bob", "Eve"]


def test_who_was_enrolled_with_all_files_is_not_sent_again_without_them(
    source: Path, tmp_path: Path
) -> None:
    file = tmp_path / "out.jsonl"
    for name in ("Ann", "Bob"):
        (source / name / "Thumbs.db").write_bytes(b"small ones")
    refused = {"Bob": failure(422, "unsupported_picture")}
    run(source, Service(refused), file, all_files=True)
    again = Service()
    found = run(source, again, file)
    assert again.asked == ["Bob"]
    assert [(one["outcome"], fresh) for one, fresh in found] == [
        ("enrolled", False),
        ("enrolled", True),
        ("enrolled", False),
    ]
    (source / "Ann" / "b.jpg").write_bytes(b"a new one")
    run(source, again, file)
    assert again.asked == ["Bob", "Ann"]

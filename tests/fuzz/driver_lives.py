"""Drivers enrolled, changed, merged, exported and erased in any order, over HTTP.

Whatever is asked, the answer is in the document and no failure of ours, and what a driver is
follows from what was answered before. Whoever is erased is found by no route.

Run: ``python -m tests.fuzz.driver_lives [--examples N]``
"""

import argparse
import logging
import sys
import tempfile
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Any, Final

import hypothesis
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from tests.contract.application import face_jpeg, images, photos_of
from tests.contract.gallery_files import lines
from tests.fuzz.documented import DocumentedClient, documented_application
from tests.fuzz.driver_questions import DriverQuestions
from tests.fuzz.driver_truth import (
    DRIVER,
    DRIVERS,
    EXTERNAL_IDS,
    MERGE,
    PEOPLE,
    SHADES,
    TAGS,
    WHICH,
    Known,
    if_match,
)

_CHANGES: Final = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from([None, "Ann", "Bo \u2603"]),
        "external_id": EXTERNAL_IDS,
        "notes": st.sampled_from([None, "", "Night\nshift"]),
        "valid_until": st.sampled_from([None, "2999-01-01T00:00:00Z"]),
    },
)

_REMOVED: Final = {0: HTTPStatus.NOT_FOUND, 1: HTTPStatus.CONFLICT}
"""A face, by how many the driver has; OK where there are more."""

_keys = count(1)


@dataclass(frozen=True, slots=True)
class Keyed:
    """An enrolment with an idempotency key, and whom it enrolled."""

    options: dict[str, Any]
    driver_id: int


class DriverLives(DriverQuestions):
    """Asks everything.

    Args:
        client: Of an application whose gallery is empty; it is empty again at the end.
        folder: Where its gallery and its crops lie.
    """

    def __init__(self, client: DocumentedClient, folder: Path) -> None:
        super().__init__(client, folder)
        self._keyed: list[Keyed] = []
        self._exported: list[tuple[bytes, dict[int, Known]]] = []

    @initialize()
    def begin(self) -> None:
        """With two people, one of them twice: otherwise most lives have nobody to ask for."""
        for person, keyed in ((1, True), (2, False), (1, False)):
            self._enrol(person, None, True, keyed)

    @rule(person=PEOPLE, external_id=EXTERNAL_IDS, twin=st.booleans(), keyed=st.booleans())
    def enrol(self, person: int, external_id: str | None, twin: bool, keyed: bool) -> None:
        self._enrol(person, external_id, twin, keyed)

    def _enrol(self, person: int, external_id: str | None, twin: bool, keyed: bool) -> None:
        options: dict[str, Any] = {
            "files": images(*photos_of(person, 3)),
            "data": {"name": f"Person {person}"},
            "params": {"allow_twin": twin},
        }
        if external_id is not None:
            options["data"]["external_id"] = external_id
        if keyed:
            options["headers"] = {"idempotency-key": f"key-{next(_keys)}"}
        answer = self.send("POST", DRIVERS, **options)
        is_known = any(person in one.people and one.faces for one in self.there.values())
        if answer.status_code == HTTPStatus.CONFLICT:
            assert self.is_taken(external_id) or (is_known and not twin)
            return
        assert answer.status_code == HTTPStatus.CREATED
        assert not self.is_taken(external_id)
        driver_id = self.learn(answer, frozenset({person}))
        assert driver_id not in self.erased
        if keyed:
            self._keyed.append(Keyed(options, driver_id))

    @precondition(lambda self: self._keyed)
    @rule(which=WHICH)
    def enrol_again(self, which: int) -> None:
        one = self._keyed[which % len(self._keyed)]
        answer = self.send("POST", DRIVERS, **one.options)
        if one.driver_id in self.there:
            assert answer.status_code == HTTPStatus.OK
            assert answer.json()["driver"]["id"] == one.driver_id
        else:
            assert answer.status_code == HTTPStatus.NOT_FOUND

    @precondition(lambda self: self.there)
    @rule(which=WHICH, person=PEOPLE, shade=SHADES, twin=st.booleans())
    def add_photo(self, which: int, person: int, shade: int, twin: bool) -> None:
        driver_id, known = self.one(which)
        answer = self.send(
            "POST",
            f"{DRIVER}/faces",
            ids={"driver_id": driver_id},
            files=images(face_jpeg(person, shade)),
            params={"allow_twin": twin},
        )
        if answer.status_code == HTTPStatus.CREATED:
            self.learn(answer, known.people | {person}, known.is_pictured)
        else:
            assert answer.status_code in {HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY}
            assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY or person in known.people

    @precondition(lambda self: self.there)
    @rule(which=WHICH, changes=_CHANGES, tag=TAGS)
    def change(self, which: int, changes: dict[str, Any], tag: str) -> None:
        driver_id, known = self.one(which)
        answer = self.send(
            "PATCH",
            DRIVER,
            ids={"driver_id": driver_id},
            json=changes,
            headers=if_match(tag, known),
        )
        taken = changes.get("external_id") != known.external_id and self.is_taken(
            changes.get("external_id")
        )
        if not self.stopped_by(tag, answer):
            assert answer.status_code == (HTTPStatus.CONFLICT if taken else HTTPStatus.OK)
        if answer.status_code == HTTPStatus.OK:
            self.learn(answer, known.people, known.is_pictured)
            assert all(_same(answer.json()[field], value) for field, value in changes.items())

    @precondition(lambda self: self.there)
    @rule(which=WHICH, tag=TAGS, face=WHICH)
    def remove_face(self, which: int, tag: str, face: int) -> None:
        driver_id, known = self.one(which)
        ids = {"driver_id": driver_id}
        faces = self.send("GET", f"{DRIVER}/faces", ids=ids).json()["faces"]
        assert len(faces) == known.faces
        ids["face_id"] = faces[face % len(faces)]["id"] if faces else 2**62
        answer = self.send(
            "DELETE", f"{DRIVER}/faces/{{face_id}}", ids=ids, headers=if_match(tag, known)
        )
        if not self.stopped_by(tag, answer):
            assert answer.status_code == _REMOVED.get(len(faces), HTTPStatus.OK)
        if answer.status_code == HTTPStatus.OK:
            self.learn(answer, known.people, known.is_pictured)
            assert self.there[driver_id].faces == known.faces - 1

    @precondition(lambda self: self.there)
    @rule(which=WHICH, other=WHICH, tag=TAGS, unlike=st.booleans())
    def merge(self, which: int, other: int, tag: str, unlike: bool) -> None:
        driver_id, known = self.one(which)
        other_id, gone = self.one(other)
        answer = self.send(
            "POST",
            MERGE,
            ids={"driver_id": driver_id},
            json={"driver_id": other_id},
            params={"allow_unlike": unlike},
            headers=if_match(tag, known),
        )
        if answer.status_code != HTTPStatus.OK:
            assert driver_id == other_id or not unlike or self.stopped_by(tag, answer)
            return
        assert not self.stopped_by(tag, answer)
        assert driver_id != other_id
        assert unlike or known.people & gone.people
        self.forget(other_id)
        self.learn(answer, known.people | gone.people, known.is_pictured and gone.is_pictured)
        assert self.there[driver_id].faces == known.faces + gone.faces
        assert self.there[driver_id].external_id == known.external_id or gone.external_id

    @rule(pictures=st.booleans())
    def export(self, pictures: bool) -> None:
        answer = self.send("GET", "/v1/gallery/export", params={"pictures": pictures})
        assert answer.status_code == HTTPStatus.OK
        drivers = [line["driver"] for line in lines(answer.content) if "driver" in line]
        assert {one["id"] for one in drivers} == set(self.there)
        self._exported.append((answer.content, dict(self.there)))

    @precondition(lambda self: self._exported)
    @rule(which=WHICH, twin=st.booleans())
    def bring_in(self, which: int, twin: bool) -> None:
        file, was = self._exported[which % len(self._exported)]
        headers = {"content-type": "application/gzip", "idempotency-key": f"key-{next(_keys)}"}
        asked: dict[str, Any] = {
            "content": file,
            "headers": headers,
            "params": {"allow_twin": twin},
        }
        answer = self.send("POST", "/v1/gallery/import", **asked)
        taken = any(self.is_taken(known.external_id) for known in was.values())
        if answer.status_code == HTTPStatus.CONFLICT:
            assert taken or not twin
            return
        assert answer.status_code == HTTPStatus.OK
        assert not taken
        assert answer.json()["added"] == len(was)
        for one in answer.json()["ids"]:
            assert one["id"] not in self.there
            there = self.send("GET", DRIVER, ids={"driver_id": one["id"]})
            self.learn(there, was[one["id_in_file"]].people, is_pictured=False)
        assert self.send("POST", "/v1/gallery/import", **asked).json()["added"] == 0

    @precondition(lambda self: self.there)
    @rule(which=WHICH, tag=TAGS)
    def erase(self, which: int, tag: str) -> None:
        driver_id, known = self.one(which)
        answer = self.send(
            "DELETE", DRIVER, ids={"driver_id": driver_id}, headers=if_match(tag, known)
        )
        if not self.stopped_by(tag, answer):
            assert answer.status_code == HTTPStatus.NO_CONTENT
            self.forget(driver_id)


def _same(answered: Any, sent: Any) -> bool:
    return bool(answered == sent or (answered or None) == (sent or None))


def live(folder: Path, lives: hypothesis.settings) -> None:
    """Run lives of drivers in an empty folder.

    Raises:
        AssertionError: An answer is not what it must be.
        schemathesis.errors.CheckFailed: It is a failure of ours, or not in the document.
    """
    with documented_application(folder) as client:

        class Lives(DriverLives):
            def __init__(self) -> None:
                super().__init__(client, folder)

        run_state_machine_as_test(Lives, settings=lives)


def main(arguments: list[str]) -> int:
    """Runs lives by chance; a finding is raised, with the shortest life that leads to it."""
    parser = argparse.ArgumentParser(prog="tests.fuzz.driver_lives")
    parser.add_argument("--examples", type=int, default=60, help="lives")
    examples = parser.parse_args(arguments).examples
    logging.disable(logging.CRITICAL)
    lives = hypothesis.settings(
        max_examples=examples,
        stateful_step_count=40,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    with tempfile.TemporaryDirectory() as folder:
        live(Path(folder), lives)
    sys.stdout.write(f"{examples} lives of drivers, 0 findings\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What is asked about drivers, and what must be answered."""

from http import HTTPStatus
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.contract.application import face_jpeg, image, images, jpeg, street
from tests.fuzz.driver_truth import DRIVER, DRIVERS, MERGE, PEOPLE, SHADES, WHICH, DriverTruth

IDENTIFY: Final = "/v1/faces:identify"


class DriverQuestions(DriverTruth):
    """Asks what changes nothing."""

    @precondition(lambda self: self.there)
    @rule(which=WHICH, is_known=st.booleans())
    def read(self, which: int, is_known: bool) -> None:
        driver_id, known = self.one(which)
        headers = {"if-none-match": known.tag} if is_known else {}
        answer = self.send("GET", DRIVER, ids={"driver_id": driver_id}, headers=headers)
        assert answer.status_code == (HTTPStatus.NOT_MODIFIED if is_known else HTTPStatus.OK)
        assert answer.headers["etag"] == known.tag
        assert self._list() == sorted(self.there)
        if not is_known:
            body = answer.json()
            assert (body["face_count"], body["external_id"]) == (known.faces, known.external_id)
            photo = self.send("GET", f"{DRIVER}/photo", ids={"driver_id": driver_id})
            if known.is_pictured or not known.faces:
                expected = HTTPStatus.OK if known.faces else HTTPStatus.NOT_FOUND
                assert photo.status_code == expected

    @precondition(lambda self: self.there)
    @rule(which=WHICH, person=PEOPLE, shade=SHADES)
    def verify(self, which: int, person: int, shade: int) -> None:
        driver_id, known = self.one(which)
        answer = self.send(
            "POST",
            f"{DRIVER}/verify",
            ids={"driver_id": driver_id},
            files=image(face_jpeg(person, shade)),
        )
        if not known.faces:
            assert answer.status_code == HTTPStatus.CONFLICT
            return
        assert answer.status_code == HTTPStatus.OK
        if len(known.people) == 1 or person not in known.people:
            assert answer.json()["match"] == (person in known.people)

    @rule(person=PEOPLE, shade=SHADES)
    def identify(self, person: int, shade: int) -> None:
        answer = self.send("POST", IDENTIFY, files=image(face_jpeg(person, shade)))
        assert answer.status_code == HTTPStatus.OK
        (face,) = answer.json()["faces"]
        may_be = {
            driver_id: known
            for driver_id, known in self.there.items()
            if person in known.people and known.faces
        }
        if face["driver"] is not None:
            assert face["driver"]["id"] in may_be
        elif len(may_be) == 1:
            (known,) = may_be.values()
            assert known.people != {person}

    @precondition(lambda self: self.there)
    @rule(which=WHICH)
    def send_no_face(self, which: int) -> None:
        files, ids = image(jpeg(street())), {"driver_id": self.one(which)[0]}
        status = self.send("POST", f"{DRIVER}/verify", ids=ids, files=files).status_code
        assert status in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT}
        assert self.send("POST", IDENTIFY, files=files).json()["faces"] == []

    @precondition(lambda self: self.erased)
    @rule(which=WHICH, person=PEOPLE)
    def ask_for_the_erased(self, which: int, person: int) -> None:
        ids = {"driver_id": self.erased[which % len(self.erased)]}
        photo = face_jpeg(person)
        asked: list[tuple[str, str, dict[str, Any]]] = [
            ("GET", DRIVER, {}),
            ("GET", f"{DRIVER}/faces", {}),
            ("GET", f"{DRIVER}/photo", {}),
            ("PATCH", DRIVER, {"json": {"name": "Ann"}}),
            ("POST", f"{DRIVER}/faces", {"files": images(photo)}),
            ("POST", f"{DRIVER}/verify", {"files": image(photo)}),
            ("DELETE", DRIVER, {}),
        ]
        asked += [("POST", MERGE, {"json": {"driver_id": other}}) for other in [*self.there][:1]]
        for method, path, options in asked:
            assert self.send(method, path, ids=ids, **options).status_code == HTTPStatus.NOT_FOUND
        for other in [*self.there][:1]:
            merged = self.send("POST", MERGE, ids={"driver_id": other}, json=ids)
            assert merged.status_code == HTTPStatus.NOT_FOUND

    def _list(self) -> list[int]:
        seen: list[int] = []
        cursor = None
        while True:
            params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
            page = self.send("GET", DRIVERS, params=params).json()
            seen += [one["id"] for one in page["drivers"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        return seen

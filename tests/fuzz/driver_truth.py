"""What drivers must be, by what was answered so far."""

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from tests.contract.driver_calls import rows, stored_crops
from tests.fuzz.documented import DocumentedClient

DRIVERS: Final = "/v1/drivers"
DRIVER: Final = "/v1/drivers/{driver_id}"
MERGE: Final = f"{DRIVER}/merge"

PEOPLE: Final = st.integers(1, 5)
WHICH: Final = st.integers(0, 9)
SHADES: Final = st.integers(30, 220)
EXTERNAL_IDS: Final = st.sampled_from([None, None, "a-1", "a-2"])
TAGS: Final = st.sampled_from(["none", "any", "right", "right", "old", "broken"])


@dataclass(frozen=True, slots=True)
class Known:
    """What a driver is by the answers so far.

    Attributes:
        tag: The last ETag.
        external_id: Of the driver.
        faces: How many there are.
        people: Whom the faces may show.
        is_pictured: Whether every face has its picture: an import may bring some without.
    """

    tag: str
    external_id: str | None
    faces: int
    people: frozenset[int]
    is_pictured: bool


class DriverTruth(RuleBasedStateMachine):
    """Knows what the application must answer.

    Args:
        client: Of an application whose gallery is empty; it is empty again at the end.
        folder: Where its gallery and its crops lie.
    """

    def __init__(self, client: DocumentedClient, folder: Path) -> None:
        super().__init__()
        self.send = client.send
        self._client = client
        self._folder = folder
        self.there: dict[int, Known] = {}
        self.erased: list[int] = []

    def teardown(self) -> None:
        """Erases everybody; nothing of anybody is left."""
        for driver_id in [*self.there]:
            answer = self.send("DELETE", DRIVER, ids={"driver_id": driver_id})
            assert answer.status_code == HTTPStatus.NO_CONTENT
        self._client.settle()
        assert not any(rows(self._folder).values())
        assert not stored_crops(self._folder)

    def one(self, which: int) -> tuple[int, Known]:
        """A driver that is there, by a number of chance."""
        driver_id = [*self.there][which % len(self.there)]
        return driver_id, self.there[driver_id]

    def learn(
        self, answer: httpx.Response, people: frozenset[int], is_pictured: bool = True
    ) -> int:
        """Take over what an answer says of a driver; returns its id."""
        body = answer.json()
        driver = body.get("driver", body)
        driver_id: int = driver["id"]
        tag = f'"{driver["version"]}"'
        assert answer.headers["etag"] == tag
        self.there[driver_id] = Known(
            tag, driver["external_id"], driver["face_count"], people, is_pictured
        )
        return driver_id

    def forget(self, driver_id: int) -> None:
        """A driver is erased."""
        del self.there[driver_id]
        self.erased.append(driver_id)

    def is_taken(self, external_id: str | None) -> bool:
        """Whether a driver has this external id."""
        return external_id is not None and any(
            one.external_id == external_id for one in self.there.values()
        )

    def stopped_by(self, tag: str, answer: httpx.Response) -> bool:
        """Whether If-Match must stop a request; the answer then says so."""
        if tag == "broken":
            assert answer.status_code == HTTPStatus.BAD_REQUEST
        elif tag == "old":
            assert answer.status_code == HTTPStatus.PRECONDITION_FAILED
        return tag in {"broken", "old"}


def if_match(tag: str, known: Known) -> dict[str, str]:
    """The header that names a version of a driver so."""
    said = {"any": "*", "right": known.tag, "old": '"999999"', "broken": "3"}
    return {"if-match": said[tag]} if tag in said else {}

"""How each server is asked, and what its answers say."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Final, Literal

from tests.bench.peer import DETECTOR
from tests.bench.throughput.connection import Reply, body_request, json_request
from tests.bench.throughput.reasons import reason_of
from tests.bench.throughput.slices import Outcome

OMNI_DETECTOR: Final = DETECTOR.removesuffix("s-end2end.onnx") + "-end2end"
OMNI_READER: Final = "cct-xs-v1-global-model"

_BUSY: Final = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says: plates of its picture, or the id of its driver."""

    outcome: Outcome
    plates: tuple[str, ...] = ()
    driver_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """One question that a server takes.

    Attributes:
        request: Encoded picture -> what is sent.
        read: What the answer's JSON says; of plates all texts, of a driver the id.
        nothing: The status that says that there is nothing to be read, where there is such.
    """

    request: Callable[[bytes], bytes]
    read: Callable[[Any], tuple[tuple[str, ...], int | None]]
    nothing: int | None = None

    def said(self, reply: Reply) -> Said:
        """What an answer says."""
        if reply.status == self.nothing:
            return Said("answered")
        if reply.status == HTTPStatus.OK:
            plates, driver_id = self.read(json.loads(reply.body))
            return Said("answered", plates, driver_id)
        return Said("refused" if reply.status in _BUSY else "failed", reason=reason_of(reply))


Routes = dict[Literal["plates", "drivers"], Route]


def all_said(parts: Sequence[Said]) -> Said:
    """What the answers to one picture's questions say together: its worst outcome counts."""
    for outcome in ("failed", "refused"):
        for part in parts:
            if part.outcome == outcome:
                return part
    plates = tuple(text for part in parts for text in part.plates)
    drivers = [part.driver_id for part in parts if part.driver_id is not None]
    return Said("answered", plates, drivers[0] if drivers else None)


def _identified(answer: Any) -> tuple[tuple[str, ...], int | None]:
    known = [face["driver"]["id"] for face in answer["faces"] if face["driver"]]
    return (), known[0] if known else None


def _omni_plates(answer: Any) -> tuple[tuple[str, ...], int | None]:
    results = [one for block in answer["content"] for one in block["data"]]
    return tuple(one["ocr"]["text"] for one in results if one.get("ocr")), None


OURS: Final[Routes] = {
    "plates": Route(
        partial(body_request, "/readPlateNumber"),
        lambda answer: ((answer["plate_number"],), None),
        HTTPStatus.NOT_FOUND,
    ),
    "drivers": Route(partial(body_request, "/v1/faces:identify?largest=true"), _identified),
}
PLAIN: Final[Routes] = {
    "plates": Route(partial(body_request, "/plate"), lambda answer: ((answer["plate"],), None)),
    "drivers": Route(partial(body_request, "/driver"), lambda answer: ((), answer["driver_id"])),
}
OMNI: Final[Routes] = {
    "plates": Route(
        lambda picture: json_request(
            "/api/v1/tools/detect_and_recognize_plate/invoke",
            "image_base64",
            picture,
            {"detector_model": OMNI_DETECTOR, "ocr_model": OMNI_READER},
        ),
        _omni_plates,
    )
}

"""Registrations are looked for afterwards."""

import json
from itertools import islice
from pathlib import Path

import httpx
import pytest

from tests.bench.faults.registrations import check_and_erase, requests
from tests.bench.faults.traffic import Sent


def _created(driver_id: int, faces: int = 3) -> Sent:
    body = json.dumps({"driver": {"id": driver_id, "face_count": faces}}).encode()
    return Sent("registrations", 0.0, 0.1, 201, body, True)


class _Gallery:
    """Drivers by id, with how many faces they have."""

    def __init__(self, faces: dict[int, int]) -> None:
        self.faces = faces

    def __call__(self, request: httpx.Request) -> httpx.Response:
        driver_id = int(request.url.path.rsplit("/", 1)[1])
        if driver_id not in self.faces:
            return httpx.Response(404)
        if request.method == "DELETE":
            del self.faces[driver_id]
            return httpx.Response(204)
        return httpx.Response(200, json={"face_count": self.faces[driver_id]})

    def client(self) -> httpx.Client:
        return httpx.Client(base_url="http://gallery", transport=httpx.MockTransport(self))


def test_what_was_acknowledged_and_is_there_is_kept_and_then_erased() -> None:
    gallery = _Gallery({1: 3, 2: 3, 7: 3})

    kept = check_and_erase(gallery.client(), [_created(1), _created(2)])

    assert (kept.acknowledged, kept.lost) == (2, ())
    assert gallery.faces == {7: 3}


def test_a_driver_that_is_missing_or_lacks_faces_is_lost() -> None:
    kept = check_and_erase(_Gallery({1: 2}).client(), [_created(1), _created(2)])

    assert (kept.acknowledged, kept.lost) == (2, (1, 2))


def test_a_gallery_that_does_not_answer_is_not_taken_for_a_loss() -> None:
    broken = httpx.MockTransport(lambda _: httpx.Response(503))
    with pytest.raises(httpx.HTTPStatusError):
        check_and_erase(httpx.Client(base_url="http://gallery", transport=broken), [_created(1)])


def test_people_are_registered_in_turn_with_three_photos_each(tmp_path: Path) -> None:
    photos = [tmp_path / f"{place}.jpg" for place in range(4)]
    for place, photo in enumerate(photos):
        photo.write_bytes(b"photo %d." % place)

    sent = list(islice(requests({"Ann": photos, "Bo": photos[1:]}), 3))

    assert [b'"name"\r\n\r\nAnn' in one for one in sent] == [True, False, True]
    assert sent[0].count(b"photo ") == 3
    assert b"photo 3." not in sent[0]
    assert b"photo 3." in sent[1]

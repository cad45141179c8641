"""The load has a key."""

from itertools import islice
from pathlib import Path

from tests.bench.cluster.load import RATES, streams_of, with_key
from tests.bench.throughput.connection import body_request


def test_the_key_goes_into_the_head_alone() -> None:
    plain = body_request("/readPlateNumber", b"a\r\n\r\npicture\r\n")

    keyed = with_key(plain, "gk_1")

    first, key, rest = keyed.split(b"\r\n", maxsplit=2)
    assert (first, key) == (b"POST /readPlateNumber HTTP/1.1", b"authorization: Bearer gk_1")
    assert b"\r\n".join([first, rest]) == plain


def test_every_kind_is_sent_with_the_key_and_takes_its_own_answers(tmp_path: Path) -> None:
    photos = [tmp_path / f"{place}.jpg" for place in range(3)]
    for photo in photos:
        photo.write_bytes(b"photo")

    streams = streams_of(photos, photos, {"Ann": photos}, "gk_1")

    assert {kind: stream.rate for kind, stream in streams.items()} == RATES
    for stream in streams.values():
        for request in islice(stream.requests, 4):
            assert request.split(b"\r\n")[1] == b"authorization: Bearer gk_1"
    assert streams["plates"].answers == {200, 404}
    assert streams["drivers"].answers == {200, 422}
    assert streams["registrations"].answers == {201, 409, 422}

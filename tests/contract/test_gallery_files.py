"""Files that are no gallery, or no longer the one that was exported."""

import gzip
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.contract.application import Client
from tests.contract.driver_calls import created, error_of
from tests.contract.gallery_files import IMPORT, exported, lines, rewritten, signed


def test_a_damaged_file_is_refused_whole(client: Client, other: Client) -> None:
    for identity in range(3):
        created(client, identity)
    file = exported(client)
    whole = gzip.decompress(file).splitlines(keepends=True)
    damaged = [
        (b"", "the body is empty, send the exported file"),
        (b"PK\x03\x04", "the file is not gzip, send it as it was exported"),
        (
            gzip.compress(b"hello\n"),
            "the file is no gallery, send one that GET /v1/gallery/export answered",
        ),
        (
            gzip.compress(b"[" * 100_000 + b"\n"),
            "the file is no gallery, send one that GET /v1/gallery/export answered",
        ),
        (gzip.compress(b""), "the file is empty, send one that GET /v1/gallery/export answered"),
        (
            gzip.compress(b"".join(whole[:3])),
            "the file is cut off after 2 drivers, export the gallery again",
        ),
        (
            gzip.compress(b"".join(whole[:2] + whole[3:])),
            "the file is damaged: its end does not fit its content",
        ),
        (
            gzip.compress(b"".join(whole + whole[1:2])),
            "the file goes on after its end, send one export as it is",
        ),
        (
            rewritten(file, lambda parts: parts[0].update(version=3)),
            "the file is of version 3, this service reads versions 1 and 2",
        ),
        (
            rewritten(file, lambda parts: parts[1]["driver"].update(name="Bo")),
            "the file is damaged: its end does not fit its content",
        ),
    ]
    for content, message in damaged:
        assert error_of(other.post(IMPORT, content=content)) == (400, "invalid_request", message)
    assert other.get("/v1/gallery").json()["drivers"] == 0
    cut_off = error_of(other.post(IMPORT, content=file[:-20]))
    assert cut_off[2].startswith("the file is damaged or cut off after line ")
    assert other.get("/v1/gallery").json()["drivers"] == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda face: face["vectors"].update({"fake-face/1": "AAAA"}),
            "driver 1 of the file: a vector of fake-face/1 has 3 bytes",
        ),
        (
            lambda face: face["vectors"].update({"fake-face/1": "AACAPwAAAAA="}),
            "driver 1 of the file: a vector of fake-face/1 has length 2, not 128",
        ),
        (
            lambda face: face["vectors"].update({"x": "AAAAQAAAAAA="}),
            "driver 1 of the file: a vector of x has norm 2, not 1",
        ),
        (
            lambda face: face["vectors"].update({"x": "AADAfwAAAAA="}),
            "driver 1 of the file: a vector of x has norm nan, not 1",
        ),
        (
            lambda face: face.update(aligned_png="R0lGODlh"),
            "driver 1 of the file: an aligned picture is no PNG",
        ),
        (
            lambda face: face.update(created_at="2026-01-01T00:00:00"),
            "line 2 of the file: driver.faces.0.created_at: Input should have timezone info",
        ),
        (
            lambda face: face.update(nose=1),
            "line 2 of the file: driver.faces.0.nose: Extra inputs are not permitted",
        ),
    ],
)
def test_refuses_what_no_gallery_can_take(
    quiet_client: Client, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    def changed(parts: list[dict[str, Any]]) -> None:
        change(parts[1]["driver"]["faces"][0])

    file = signed(rewritten(exported(quiet_client), changed))
    assert error_of(quiet_client.post(IMPORT, content=file)) == (400, "invalid_request", message)
    assert quiet_client.get("/v1/gallery").json()["drivers"] == 1


def test_a_line_of_millions_of_values_is_not_even_looked_at(quiet_client: Client) -> None:
    header = gzip.decompress(exported(quiet_client)).splitlines(keepends=True)[0]
    line = b'{"driver": {' + b",".join(b'"%d":1' % number for number in range(600_000)) + b"}}\n"
    answer = quiet_client.post(IMPORT, content=gzip.compress(header + line))
    message = "line 2 of the file has more than 500000 values"
    assert error_of(answer) == (400, "invalid_request", message)


UNIT = {size: b64encode(np.eye(1, size, dtype="<f4")[0].tobytes()).decode() for size in (2, 3)}


def with_vectors(file: bytes, *vectors: dict[str, str]) -> bytes:
    """The file with further vectors in its first faces."""

    def change(parts: list[dict[str, Any]]) -> None:
        for face, more in zip(parts[1]["driver"]["faces"], vectors, strict=False):
            face["vectors"] |= more

    return signed(rewritten(file, change))


def test_vectors_of_another_model_have_one_length_in_a_file(quiet_client: Client) -> None:
    file = with_vectors(exported(quiet_client), {"old/1": UNIT[2]}, {"old/1": UNIT[3]})
    assert error_of(quiet_client.post(IMPORT, content=file)) == (
        400,
        "invalid_request",
        "driver 1 of the file: a vector of old/1 has length 3, not 2",
    )
    many = {f"old/{number}": UNIT[2] for number in range(16)}
    assert error_of(quiet_client.post(IMPORT, content=with_vectors(exported(quiet_client), many)))[
        2
    ] == ("driver 1 of the file: the file has vectors of more than 16 models")
    assert quiet_client.get("/v1/gallery").json()["drivers"] == 1


def test_vectors_of_another_model_are_as_long_as_those_in_the_gallery(
    quiet_client: Client, other: Client
) -> None:
    file = exported(quiet_client)
    first = with_vectors(file, {"old/1": UNIT[2]})
    assert other.post(IMPORT, content=first).status_code == 200
    longer = with_vectors(file, {"old/1": UNIT[3], "older/1": UNIT[3]})
    assert error_of(other.post(IMPORT, content=longer)) == (
        400,
        "invalid_request",
        "the vectors of old/1 have length 3, but those in this gallery have length 2",
    )
    assert other.get("/v1/gallery").json()["drivers"] == 1
    more = with_vectors(file, {"old/1": UNIT[2], "older/1": UNIT[3]})
    assert other.post(f"{IMPORT}?allow_twin=true", content=more).status_code == 200
    assert [
        line["driver"]["faces"][0]["vectors"].keys() for line in lines(exported(other))[1:-1]
    ] == [
        {"fake-face/1", "old/1"},
        {"fake-face/1", "old/1", "older/1"},
    ]


def test_a_driver_of_many_faces_comes_back_from_the_file(
    quiet_client: Client, other: Client
) -> None:
    def many(parts: list[dict[str, Any]]) -> None:
        parts[1]["driver"]["faces"] *= 1000
        parts[2]["end"]["faces"] = len(parts[1]["driver"]["faces"])

    file = signed(rewritten(exported(quiet_client), many))
    assert quiet_client.get("/v1/gallery").json()["faces"] == 3
    assert other.post(IMPORT, content=file).json()["faces"] == 3000
    assert len(gzip.decompress(exported(other))) > 1_000_000

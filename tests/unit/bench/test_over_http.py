"""Recognition through HTTP, with a service that knows people by the first byte of their photos."""

from pathlib import Path

import httpx
import pytest

from tests.bench.over_http import (
    drivers_table,
    measure_drivers,
    read_plates,
    same_as_in_process,
)
from tests.bench.people import People

NO_FACE = {"error": "can not detect face from image"}
UNKNOWN = {"error": "can not recognize driver"}


def answer(request: httpx.Request) -> httpx.Response:
    content = request.content
    if request.url.path == "/readPlateNumber":
        if content == b"broken":
            return httpx.Response(503, text="busy")
        found = content != b"empty"
        return httpx.Response(
            200 if found else 404, json={"plate_number": content.decode()} if found else {}
        )
    person = next(name for name in (b"ann", b"bob", b"blank", b"eve") if name in content)
    if request.url.path == "/api/face/register":
        return httpx.Response(200, json={"user_id": {b"ann": 1, b"bob": 2}[person]})
    known = {b"ann": {"user_id": 1}, b"bob": {"user_id": 1}, b"blank": NO_FACE, b"eve": UNKNOWN}
    return httpx.Response(200 if person in (b"ann", b"bob") else 400, json=known[person])


@pytest.fixture
def service() -> httpx.Client:
    return httpx.Client(base_url="http://service", transport=httpx.MockTransport(answer))


def photos(folder: Path, *contents: str) -> list[Path]:
    paths = []
    for content in contents:
        path = folder / f"{len(list(folder.iterdir()))}.jpg"
        path.write_text(content)
        paths.append(path)
    return paths


def test_a_plate_that_is_not_found_is_an_empty_text(service: httpx.Client, tmp_path: Path) -> None:
    assert read_plates(service, photos(tmp_path, "AB12", "empty")) == ["AB12", ""]


def test_any_other_answer_ends_the_bench(service: httpx.Client, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"^0\.jpg: 503 busy$"):
        read_plates(service, photos(tmp_path, "broken"))


def test_counts_drivers_missed_and_taken_for_another(service: httpx.Client, tmp_path: Path) -> None:
    known = People(
        {
            "Ann": photos(tmp_path, "ann", "ann", "ann", "ann", "blank"),
            "Bob": photos(tmp_path, "bob", "bob", "bob", "bob"),
        },
        photos(tmp_path, "eve", "ann", "blank", "eve"),
    )

    drivers = measure_drivers(service, known)

    assert drivers == {
        "enrolled": 2,
        "drivers missed": {"hits": 2, "total": 3, "share": 0.6667},
        "drivers taken for another": {"hits": 1, "total": 3, "share": 0.3333},
        "strangers accepted": {"hits": 1, "total": 4, "share": 0.25},
        "faces not found": {"hits": 2, "total": 7, "share": 0.2857},
    }
    assert drivers_table(drivers).rows[2] == (
        "strangers accepted",
        "1",
        "4",
        "25.0%",
        "[4.6, 69.9]",
    )


def test_the_share_of_same_answers_is_shown() -> None:
    table = same_as_in_process(["A", "", "B", "C"], ["A", "", "B", "D"])

    assert table.rows == (("shipped configuration", "", "4", "75.0%"),)

"""Each route once, with the real models, over HTTP, in production mode."""

import csv
import io
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice

import cv2
import httpx
import numpy as np
import pytest
from pyarrow import parquet
from skimage import data as skimage_data

from tests.serve.service import ROOT, Service

SAMPLES = ROOT / "pipelines/training/sample_pictures"
with (SAMPLES / "truth.csv").open(encoding="utf-8") as table:
    TRUTH = {row["id"]: "".join(filter(str.isalnum, row["text"])) for row in csv.DictReader(table)}
READABLE = {pict_id: text for pict_id, text in TRUTH.items() if text}

pytestmark = pytest.mark.serve


@pytest.fixture
def http(service: Service) -> Iterator[httpx.Client]:
    with service.client() as client:
        yield client


def sample(pict_id: str) -> bytes:
    return (SAMPLES / "images" / f"{pict_id}.jpg").read_bytes()


def astronaut(variant: int) -> bytes:
    """A photo of a face that scikit-image carries (NASA, public domain), a little changed."""
    picture = cv2.cvtColor(skimage_data.astronaut(), cv2.COLOR_RGB2BGR)
    picture = cv2.convertScaleAbs(picture, alpha=1 - 0.08 * variant, beta=4 * variant)
    done, encoded = cv2.imencode(".jpg", picture[:, 3 * variant :])
    assert done
    return bytes(encoded)


def test_greets(http: httpx.Client) -> None:
    assert http.post("/greeting", json={"user": "Ann"}).json() == {"result": "Hello Ann"}


@pytest.mark.parametrize("pict_id", sorted(READABLE))
def test_reads_every_sample_picture(http: httpx.Client, pict_id: str) -> None:
    answer = http.post("/readPlateNumber", content=sample(pict_id))
    assert answer.json() == {"plate_number": READABLE[pict_id]}


def test_reads_all_sample_pictures_by_id_in_one_batch(http: httpx.Client) -> None:
    answer = http.post("/idToNumBatch", json={"pict_ids": [*TRUTH, "404404"]})
    assert answer.json()["plate_numbers"] == [
        *(
            {"pict_id": pict_id, "plate_number": text}
            if text
            else {"pict_id": pict_id, "error": "Resource not found"}
            for pict_id, text in TRUTH.items()
        ),
        {"pict_id": "404404", "error": "Resource not found"},
    ]
    answer = http.post("/idToNum", json={"pict_id": 10022})
    assert answer.json() == {"plate_number": TRUTH["10022"]}


def test_pictures_sent_at_once_are_answered_each_with_its_own(http: httpx.Client) -> None:
    expected: list[tuple[bytes, object]] = [
        (sample(pict_id), {"plate_number": text}) for pict_id, text in READABLE.items()
    ]
    broken = http.post("/readPlateNumber", content=b"no picture")
    assert broken.is_client_error
    expected[3:3] = [(b"no picture", broken.json())]
    with ThreadPoolExecutor(len(expected)) as clients:
        answers = clients.map(
            lambda one: http.post("/readPlateNumber", content=one[0]).json(), expected
        )
        assert list(answers) == [answer for _, answer in expected]


def test_recognizes_a_plate_and_serves_its_crop(http: httpx.Client) -> None:
    answer = http.post("/api/license_plate/recognize", files={"image": sample("10022")})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert "".join(filter(str.isalnum, body["text"])) == TRUTH["10022"]
    crop = http.get("/" + body["image_path"])
    assert crop.headers["content-type"] == "image/jpeg"
    assert cv2.imdecode(np.frombuffer(crop.content, np.uint8), 1) is not None


def test_events_pass_the_proxy_as_they_come(http: httpx.Client) -> None:
    read = partial(http.post, "/v1/plates:read?camera_id=gate-1", content=sample("10022"))
    with http.stream("GET", "/v1/events:stream") as stream:
        assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
        lines = stream.iter_lines()
        assert next(lines) == ": events"
        [plate] = read().json()["plates"]
        [told] = islice((line for line in lines if line.startswith("data: ")), 1)
    event = http.get(f"/v1/events/{plate['event_id']}").json()
    assert json.loads(told.removeprefix("data: ")) == event
    assert (event["plate"]["text"], event["camera_id"]) == (plate["text"], "gate-1")
    assert http.get(f"/v1/events/{event['id']}/crop").content.startswith(b"\xff\xd8\xff")
    [another] = read().json()["plates"]
    before = {"last-event-id": str(event["id"])}
    with http.stream("GET", "/v1/events:stream", headers=before) as stream:
        [told] = islice((line for line in stream.iter_lines() if line.startswith("data: ")), 1)
    assert json.loads(told.removeprefix("data: "))["id"] == another["event_id"]


def test_events_are_exported_and_reported(http: httpx.Client) -> None:
    camera = {"camera_id": "gate-3"}
    [plate] = http.post("/v1/plates:read", params=camera, content=sample("10022")).json()["plates"]
    exported = http.get("/v1/events:export", params={**camera, "format": "parquet"})
    table = parquet.read_table(io.BytesIO(exported.content))
    assert table.column("plate_text").to_pylist() == [plate["text"]]
    report = http.get("/v1/events:report", params=camera).json()
    assert [one["count"] for one in report["traffic"]] == [1]
    drawn = http.get("/v1/events:report", params={**camera, "format": "png"})
    assert drawn.status_code == 200, drawn.text
    assert drawn.content.startswith(b"\x89PNG")


def test_registers_and_recognizes_a_driver(http: httpx.Client) -> None:
    files = [("images", (f"{n}.jpg", astronaut(n))) for n in range(3)]
    registered = http.post("/api/face/register", files=files)
    assert registered.status_code == 200, registered.text
    answer = http.post("/api/face/recognize", files={"image": astronaut(3)})
    assert answer.status_code == 200, answer.text
    assert answer.json()["user_id"] == int(registered.json()["user_id"])
    assert float(answer.json()["recognition_distance"]) > 0.8
    assert http.get("/" + answer.json()["image_path"]).status_code == 200


@pytest.mark.parametrize(
    ("route", "options", "status", "error"),
    [
        ("/readPlateNumber", {"content": b"no picture"}, 400, "Invalid request format"),
        ("/readPlateNumber", {"content": sample("10000")}, 404, "Resource not found"),
        (
            "/api/license_plate/recognize",
            {"files": {"image": b"\xff\xd8\xff\xe0broken"}},
            400,
            "read image error",
        ),
        (
            "/api/license_plate/recognize",
            {"files": {"image": sample("10000")}},
            400,
            "can not detect license plate from image",
        ),
        (
            "/api/face/recognize",
            {"files": {"image": sample("10000")}},
            400,
            "can not detect face from image",
        ),
        (
            "/api/face/register",
            {"files": [("images", astronaut(0))] * 3, "data": {"user_id": "4242"}},
            404,
            "user not found",
        ),
    ],
)
def test_errors_keep_their_status_and_words_across_handles(
    http: httpx.Client, route: str, options: dict[str, object], status: int, error: str
) -> None:
    answer = http.post(route, **options)  # type: ignore[arg-type]  # one table for all routes
    assert (answer.status_code, answer.json()) == (status, {"error": error})


def test_reads_a_jpeg_of_twelve_megabytes(http: httpx.Client) -> None:
    small = cv2.imdecode(np.frombuffer(sample("10022"), np.uint8), 1)
    large = cv2.resize(small, (4000, 3000), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    noise = np.random.default_rng(7).normal(0, 26, large.shape).astype(np.int16)
    picture = np.clip(large + noise, 0, 255).astype(np.uint8)
    done, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 98])
    assert done
    assert 12_000_000 <= encoded.nbytes <= 16_700_000
    answer = http.post("/readPlateNumber", content=bytes(encoded))
    assert answer.json() == {"plate_number": TRUTH["10022"]}


def test_a_body_over_the_limit_is_413_before_it_is_all_sent(http: httpx.Client) -> None:
    answer = http.post("/readPlateNumber", content=b"\xff\xd8\xff" + bytes(17 * 1024 * 1024))
    assert answer.status_code == 413
    assert answer.json()["error"].startswith("the request body is larger than 16777216 bytes")


def test_a_streamed_body_over_the_limit_is_413(http: httpx.Client) -> None:
    chunk = bytes(1024 * 1024)
    answer = http.post("/readPlateNumber", content=io.BytesIO(b"\xff\xd8\xff" + chunk * 17))
    assert answer.status_code == 413


def test_every_answer_carries_its_request_id_once(http: httpx.Client) -> None:
    own = http.get("/nowhere", headers={"x-request-id": "gate-7"})
    assert own.headers.get_list("x-request-id") == ["gate-7"]
    assert own.json()["error"]["request_id"] == "gate-7"
    given = http.get("/nowhere")
    assert given.headers.get_list("x-request-id") == [given.json()["error"]["request_id"]]


def test_the_console_is_served_and_kept_by_browsers(http: httpx.Client) -> None:
    page = http.get("/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    files = set(re.findall(r'"(/console/[^"]+)"', page.text))
    assert {path.rpartition("/")[2] for path in files} >= {"app.js", "look.js", "style.css"}
    for path in files:
        file = http.get(path)
        assert (file.status_code, file.headers["content-encoding"]) == (200, "gzip")
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = http.get("/", headers={"if-none-match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_application_runs_in_production_mode(service: Service) -> None:
    names = [process.name() for process in service.processes()]
    assert any("haproxy" in name for name in names), names

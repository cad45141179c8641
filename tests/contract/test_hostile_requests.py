"""Requests that probe: each is answered by a sentence, at once, and none by a failure of ours."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.contract.application import Client

TOO_MANY = "the body has too many values, at most 5000 are read"
LEGACY = ["/greeting", "/idToNum", "/idToNumBatch"]
V1 = ["/v1/drivers", "/v1/drivers/1/faces", "/v1/faces:identify", "/v1/drivers/1/merge"]
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"user":' * 4000 + b"1" + b"}" * 4000,
        b'{"user": NaN, "pict_id": NaN, "pict_ids": NaN, "driver_id": NaN}',
        b'{"pict_id": 1e999, "driver_id": 1e999}',
        b'{"pict_id": ' + b"9" * 5000 + b', "driver_id": 9}',
        b'{"driver_id": ' + b"9" * 1_000_000 + b"}",
        b'{"name": "\\ud800", "user": "\\ud800", "pict_id": "\\ud800"}',
        b'{"' + b"k" * 1_000_000 + b'": 1}',
        "{}".encode("utf-16"),
        b"\xff\xfe\xfd",
    ],
    ids=[
        "deep list",
        "deep object",
        "not a number",
        "infinite",
        "5,000 digits",
        "a million digits",
        "lone surrogate",
        "long key",
        "utf-16",
        "no text",
    ],
)
@pytest.mark.parametrize("path", LEGACY + V1)
def test_json_that_probes_is_an_invalid_request(
    quiet_client: Client, path: str, body: bytes
) -> None:
    answer = quiet_client.post(path, content=body, headers=JSON)
    assert answer.status_code == 400
    assert len(answer.content) < 2000


@pytest.mark.parametrize("value", ["1", "[]", "{}"])
def test_too_many_values_are_not_even_looked_at(quiet_client: Client, value: str) -> None:
    body = "{" + ",".join(f'"k{number}": {value}' for number in range(200_000)) + "}"
    for path in V1:
        answer = quiet_client.post(path, content=body, headers=JSON)
        assert (answer.status_code, answer.json()["error"]["message"]) == (400, TOO_MANY)
    for path in LEGACY:
        answer = quiet_client.post(path, content=body, headers=JSON)
        assert (answer.status_code, answer.json()) == (400, {"error": "Invalid request format"})


def test_notes_may_be_all_commas(client: Client) -> None:
    assert client.enrol(7) == "1"
    answer = client.request("PATCH", "/v1/drivers/1", json={"notes": "," * 4000})
    assert answer.status_code == 200


def test_the_largest_batch_of_the_longest_ids_is_read(quiet_client: Client) -> None:
    answer = quiet_client.post("/idToNumBatch", json={"pict_ids": ["," * 128] * 100})
    assert answer.status_code == 200
    assert len(answer.json()["plate_numbers"]) == 100


def test_of_a_key_that_is_sent_twice_the_last_counts(quiet_client: Client) -> None:
    answer = quiet_client.post("/greeting", content=b'{"user": 1, "user": "Ann"}', headers=JSON)
    assert answer.json() == {"result": "Hello Ann"}


PROBES = [
    "../../secret",
    "..%2f..%2fsecret",
    "..",
    "\\\\host\\share",
    "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data",
    "//169.254.169.254/latest",
    "http://[::ffff:169.254.169.254]/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://user@169.254.169.254/",
    "s3://bucket/key",
    "secret\0.jpg",
    "secret\n",
    "secret\u2028",
    "\uff0e\uff0e\uff0fsecret",
    "~root",
    "$HOME",
    "*",
    "secret::$DATA",
    "a" * 129,
]


def test_an_id_reaches_nothing_but_pictures(client: Client, pictures: Path) -> None:
    (pictures / "secret").write_bytes((pictures / "images" / "10022.jpg").read_bytes())
    batch = client.post("/idToNumBatch", json={"pict_ids": PROBES}).json()["plate_numbers"]
    for pict_id, item in zip(PROBES, batch, strict=True):
        answer = client.post("/idToNum", json={"pict_id": pict_id})
        assert answer.status_code in {400, 404}, pict_id
        assert item == {"pict_id": pict_id, "error": answer.json()["error"]}


@pytest.mark.parametrize(
    "path",
    [
        "../gatehouse.db",
        "%2e%2e/gatehouse.db",
        "faces/%2e%2e/%2e%2e/%2e%2e/gatehouse.db",
        "faces%2f..%2f..%2fgatehouse.db",
        "faces/..%5c..%5cgatehouse.db",
        "%2fetc%2fpasswd",
        "faces/%00",
        "faces/%ff%fe",
        "",
    ],
)
def test_a_path_reaches_nothing_but_crops(quiet_client: Client, path: str) -> None:
    answer = quiet_client.get(f"/static/images/{path}")
    assert answer.status_code == 404
    assert len(answer.content) < 1000


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "path",
    [
        "/v1/events:stream%0a",
        "/v1/events:stream%0A/",
        "/v1/events:export%0a",
        "/healthz%0a",
        "/v1/drivers%0d",
        "/v1/drivers/1%0a",
        "/v1/webhooks/1/dead-letters%00",
        "/console/1/console.js%0a",
        "/static/images/crops/a.jpg%0a",
        "%0a",
    ],
)
def test_a_path_with_a_control_character_is_of_no_route(
    quiet_client: Client, method: str, path: str
) -> None:
    assert quiet_client.request(method, path).status_code == 404


def test_a_path_of_any_length_is_named_in_part(quiet_client: Client) -> None:
    answer = quiet_client.get("/" + "a/" * 20_000)
    assert answer.status_code == 404
    assert len(answer.content) < 1000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-request-id", "a" * 50_000),
        ("x-request-id", "\x7f\x80"),
        ("if-match", '"1", ' * 10_000),
        ("if-none-match", "\xff"),
        ("idempotency-key", "k" * 50_000),
        ("range", "bytes=0-,0-,0-"),
        ("content-length", "99999999999999999999999"),
        ("content-length", "-1"),
        ("content-length", "1e9"),
        ("content-type", ";;;;"),
        ("content-type", "a/" + "b" * 50_000),
        ("traceparent", "00-" + "g" * 32 + "-x-01"),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/drivers/1"), ("DELETE", "/v1/drivers/9"), ("POST", "/v1/drivers")],
)
def test_a_header_of_any_kind_is_no_failure_of_ours(
    quiet_client: Client, method: str, path: str, name: str, value: str
) -> None:
    headers = [(name.encode(), value.encode("latin-1"))]
    answer = quiet_client.request(method, path, headers=headers)
    assert answer.status_code < 500
    assert len(answer.content) < 2000


@pytest.mark.parametrize(
    "query",
    [
        "limit=" + "9" * 5000,
        "limit=NaN",
        "cursor=%ff%fe",
        "query=%00",
        "query=%ed%a0%80",
        "query=" + quote("\u202e"),
        "query=a'%20OR%201=1--",
        "%zz",
        "&".join(f"k{number}=1" for number in range(5000)),
    ],
)
def test_a_query_of_any_kind_is_no_failure_of_ours(quiet_client: Client, query: str) -> None:
    answer = quiet_client.get(f"/v1/drivers?{query}")
    assert answer.status_code in {200, 400}
    assert len(answer.content) < 20_000


def test_names_in_any_script_come_back_as_they_were_sent(client: Client) -> None:
    names = ["Ωμέγα", "张伟", "علي", "O\u2019Neill \U0001f697", "e\u0301"]
    assert client.enrol(7) == "1"
    for name in names:
        answer = client.request("PATCH", "/v1/drivers/1", json={"name": name})
        assert json.loads(answer.content)["name"] == name

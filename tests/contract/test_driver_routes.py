"""/v1/drivers: list, read, change, erase and merge."""

import pytest

from tests.contract.application import Client, face_jpeg
from tests.contract.driver_calls import (
    DRIVERS,
    NO_DRIVER,
    create,
    created,
    end_validity,
    error_of,
)


def test_a_driver_can_be_read_where_its_location_says(client: Client) -> None:
    answer = create(client, 7, name=" Ann ", external_id="a-1", notes="night\nshift")
    read = client.get(answer.headers["location"])
    assert (answer.status_code, read.status_code) == (201, 200)
    assert answer.headers["etag"] == read.headers["etag"] == '"1"'
    body = read.json()
    assert answer.json()["driver"] == body
    assert (body["name"], body["external_id"], body["notes"]) == ("Ann", "a-1", "night\nshift")
    assert (body["version"], body["face_count"], body["valid"]) == (1, 3, True)
    assert body["created_at"].endswith("Z")


def test_a_driver_that_has_not_changed_is_not_sent_again(client: Client) -> None:
    path = f"{DRIVERS}/{created(client, 7)}"
    same = client.get(path, headers={"if-none-match": '"5", W/"1"'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", '"1"')
    assert client.get(path, headers={"if-none-match": '"2"'}).status_code == 200


def test_a_driver_is_sent_again_who_counts_no_more(client: Client) -> None:
    path = f"{DRIVERS}/{created(client, 7)}"
    assert client.get(path).headers["etag"] == '"1"'
    end_validity(client.services.people.gallery.directory)
    ended = client.get(path, headers={"if-none-match": '"1"'})
    assert (ended.status_code, ended.json()["valid"]) == (200, False)
    tag = ended.headers["etag"]
    assert client.get(path, headers={"if-none-match": tag}).status_code == 304
    changed = client.request("PATCH", path, json={"name": "Bo"}, headers={"if-match": tag})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')


@pytest.mark.parametrize("driver_id", ["99", str(2**63 - 1)])
@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("GET", "", {}),
        ("PATCH", "", {"json": {"name": "Bo"}}),
        ("DELETE", "", {}),
        ("POST", "/merge", {"json": {"driver_id": 5}}),
        ("GET", "/faces", {}),
        ("POST", "/faces", {"files": [("images", ("a.jpg", face_jpeg(1)))]}),
        ("DELETE", "/faces/1", {}),
        ("GET", "/photo", {}),
        ("POST", "/verify", {"content": face_jpeg(1)}),
    ],
)
def test_an_unknown_driver_is_404_everywhere(
    quiet_client: Client, driver_id: str, method: str, path: str, options: dict[str, object]
) -> None:
    answer = quiet_client.request(method, f"{DRIVERS}/{driver_id}{path}", **options)
    assert error_of(answer) == NO_DRIVER


@pytest.mark.parametrize("driver_id", ["0", "-1", "abc", "1.5", "9" * 30, "%00"])
def test_what_is_no_id_is_404(quiet_client: Client, driver_id: str) -> None:
    assert error_of(quiet_client.get(f"{DRIVERS}/{driver_id}")) == (
        404,
        "not_found",
        "there is nothing of this id: ids are whole numbers from 1",
    )


def test_lists_drivers_page_by_page_while_others_come_and_go(client: Client) -> None:
    ids = [created(client, identity) for identity in range(5)]
    first = client.get(DRIVERS, params={"limit": 2}).json()
    assert [driver["id"] for driver in first["drivers"]] == ids[:2]
    client.request("DELETE", f"{DRIVERS}/{ids[0]}")
    new = created(client, 9)
    client.request("DELETE", f"{DRIVERS}/{ids[3]}")
    listed: list[int] = []
    cursor = first["next_cursor"]
    while cursor:
        page = client.get(DRIVERS, params={"limit": 2, "cursor": cursor}).json()
        listed += [driver["id"] for driver in page["drivers"]]
        cursor = page["next_cursor"]
    assert listed == [ids[2], ids[4], new]


def test_finds_drivers_by_part_of_the_name_or_by_the_whole_external_id(client: Client) -> None:
    ann = created(client, 1, name="Ann Éxample", external_id="fleet-1")
    bo = created(client, 2, name="Bo 100%", external_id="fleet-2")
    for asked, found in (
        ({"query": "éXAM"}, [ann]),
        ({"query": "  ann "}, [ann]),
        ({"external_id": " fleet-2 "}, [bo]),
        ({"query": "fleet"}, [ann, bo]),
        ({"query": "%"}, [bo]),
        ({"query": "_"}, []),
        ({"external_id": "fleet-2"}, [bo]),
        ({"external_id": "fleet"}, []),
        ({"query": "", "external_id": ""}, [ann, bo]),
    ):
        answer = client.get(DRIVERS, params=asked)
        assert [driver["id"] for driver in answer.json()["drivers"]] == found, asked


def test_a_cursor_belongs_to_its_query(client: Client) -> None:
    for identity in range(3):
        created(client, identity, name="Ann")
    cursor = client.get(DRIVERS, params={"limit": 1, "query": "ann"}).json()["next_cursor"]
    message = "cursor must be the next_cursor of the page before, with the same query"
    for asked in ({"cursor": cursor}, {"cursor": "MQ"}, {"cursor": "é"}, {"cursor": cursor[:-2]}):
        assert error_of(client.get(DRIVERS, params=asked)) == (400, "invalid_request", message)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("limit=0", "limit: input should be greater than or equal to 1"),
        ("limit=1001", "limit: input should be less than or equal to 1000"),
        (
            "limit=many",
            "limit: input should be a valid integer, unable to parse string as an integer",
        ),
        (
            "page=2",
            "page: there is no such parameter, this route takes limit, cursor, query, external_id",
        ),
        ("query=a%00b", "query: control characters are not allowed"),
        (f"query={'x' * 201}", "query: string should have at most 200 characters"),
        ("query=a%E2%80%AEb", "query: control characters are not allowed"),
        ("limit=5&limit=6", "limit: send this parameter once"),
        (
            "limit=5&query=a&query=b&limit=6",
            "limit: send this parameter once; query: send this parameter once",
        ),
    ],
)
def test_a_list_is_asked_for_with_what_there_is(
    quiet_client: Client, asked: str, message: str
) -> None:
    assert error_of(quiet_client.get(f"{DRIVERS}?{asked}")) == (400, "invalid_request", message)


def test_a_change_replaces_what_is_sent_and_null_removes(client: Client) -> None:
    path = f"{DRIVERS}/{created(client, 7, name='Ann', external_id='a-1', notes='x')}"
    answer = client.request("PATCH", path, json={"name": "Bo", "notes": None})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    body = answer.json()
    assert (body["name"], body["external_id"], body["notes"]) == ("Bo", "a-1", None)
    assert client.get(path).json() == body
    merge = {"content-type": "application/merge-patch+json"}
    answer = client.request("PATCH", path, content=b'{"external_id": "b-2"}', headers=merge)
    assert (answer.json()["external_id"], answer.headers["etag"]) == ("b-2", '"3"')


def test_an_empty_change_changes_nothing(client: Client) -> None:
    path = f"{DRIVERS}/{created(client, 7)}"
    assert client.request("PATCH", path, json={}).headers["etag"] == '"1"'
    stale = client.request("PATCH", path, json={}, headers={"if-match": '"9"'})
    assert error_of(stale)[:2] == (412, "version_mismatch")


@pytest.mark.parametrize(
    "if_match", ['"2"', '"2", "3"', 'W/"1"', '"other"', '"999999999999999999999"']
)
@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("PATCH", "", {"json": {"name": "Bo"}}),
        ("DELETE", "", {}),
        ("DELETE", "/faces/1", {}),
        ("POST", "/merge", {"json": {"driver_id": 2}}),
    ],
)
def test_a_change_of_another_version_is_412_and_changes_nothing(
    quiet_client: Client, if_match: str, method: str, path: str, options: dict[str, object]
) -> None:
    client = quiet_client
    before = client.get(DRIVERS).json()
    answer = client.request(method, f"{DRIVERS}/1{path}", headers={"if-match": if_match}, **options)
    assert error_of(answer)[:2] == (412, "version_mismatch")
    assert answer.json()["error"]["details"] == {"version": 1}
    assert client.get(DRIVERS).json() == before


@pytest.mark.parametrize("if_match", ['"1"', "*", '"4", "1"'])
def test_a_change_of_the_same_version_is_done(client: Client, if_match: str) -> None:
    path = f"{DRIVERS}/{created(client, 7)}"
    headers = {"if-match": if_match}
    assert client.request("PATCH", path, json={"name": "Bo"}, headers=headers).status_code == 200


def test_if_match_must_be_an_entity_tag(client: Client) -> None:
    path = f"{DRIVERS}/{created(client, 7)}"
    assert error_of(client.request("DELETE", path, headers={"if-match": "1"})) == (
        400,
        "invalid_request",
        'If-Match must be the ETag of the driver, such as "3", in its quotes',
    )


def test_an_external_id_belongs_to_one_driver(client: Client) -> None:
    created(client, 7, external_id="a-1")
    other = created(client, 8)
    taken = (409, "external_id_taken", 'another driver has the external id "a-1"')
    assert error_of(create(client, 9, external_id="a-1")) == taken
    changed = client.request("PATCH", f"{DRIVERS}/{other}", json={"external_id": "a-1"})
    assert error_of(changed) == taken
    assert len(client.get(DRIVERS).json()["drivers"]) == 2


def test_answers_with_a_trailing_slash_and_to_head(client: Client) -> None:
    path = f"{DRIVERS}/{created(client, 7)}"
    assert client.get(path + "/").json() == client.get(path).json()
    assert client.get(DRIVERS + "/").json() == client.get(DRIVERS).json()
    head = client.request("HEAD", path)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", '"1"')


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", DRIVERS, "GET, HEAD, POST"),
        ("PUT", f"{DRIVERS}/1", "DELETE, GET, HEAD, PATCH"),
        ("OPTIONS", f"{DRIVERS}/1/faces/", "GET, HEAD, POST"),
        ("GET", f"{DRIVERS}/1/merge", "POST"),
        ("PATCH", "/v1/gallery", "GET, HEAD"),
    ],
)
def test_other_methods_are_405_and_told_which_the_path_takes(
    quiet_client: Client, method: str, path: str, allowed: str
) -> None:
    answer = quiet_client.request(method, path)
    assert error_of(answer)[:2] == (405, "method_not_allowed")
    assert answer.headers["allow"] == allowed

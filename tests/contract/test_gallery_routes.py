"""/v1/gallery: its state, its export, and an export brought into another gallery."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import GalleryUnavailable
from tests.contract.application import Client
from tests.contract.driver_calls import DRIVERS, created, error_of, identified, rows, stored_crops
from tests.contract.gallery_files import EXPORT, IMPORT, exported, lines, rewritten, signed


def test_says_what_the_gallery_holds(client: Client) -> None:
    empty = client.get("/v1/gallery").json()
    assert (empty["drivers"], empty["faces"], empty["model_id"]) == (0, 0, "fake-face/1")
    created(client, 7)
    state = client.get("/v1/gallery").json()
    assert (state["drivers"], state["faces"], state["without_vector"]) == (1, 3, 0)
    [shard] = state["shards"]
    assert (shard["shard"], shard["shards"], shard["kind"]) == (0, 1, "exact")
    assert (shard["drivers"], shard["sequence"]) == (1, 1)
    client.request("DELETE", f"{DRIVERS}/1")
    [shard] = client.get("/v1/gallery").json()["shards"]
    assert (shard["drivers"], shard["sequence"]) == (0, 2)


def test_a_gallery_leaves_and_enters_with_the_same_answers(
    client: Client, other: Client, tmp_path: Path
) -> None:
    ann = created(
        client, 7, name="Ann", external_id="a-1", notes="x", valid_until="2099-01-01T00:00:00Z"
    )
    created(client, 9)
    bo = created(client, 8, name="Bo")
    client.request("DELETE", f"{DRIVERS}/{ann + 1}")
    answer = other.post(IMPORT, content=exported(client, pictures=True))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["drivers"], body["faces"]) == (2, 6)
    assert body["ids"] == [{"id_in_file": ann, "id": 1}, {"id_in_file": bo, "id": 2}]
    assert len(body["sha256"]) == 64
    for identity in (7, 8, 9):
        here, there = identified(client, identity), identified(other, identity)
        for field in ("similarity", "second_similarity"):
            assert there[field] == pytest.approx(here[field], abs=1e-6)
        for field in ("decision", "reason", "threshold", "gallery_size", "box"):
            assert there[field] == here[field], field
    mine, theirs = (one.get(f"{DRIVERS}/1").json() for one in (client, other))
    for field in ("name", "external_id", "notes", "valid_until", "created_at", "face_count"):
        assert theirs[field] == mine[field], field
    assert rows(tmp_path / "other")["embeddings"] == 6
    assert stored_crops(tmp_path / "other") == set()


def test_drivers_erased_since_stay_away_and_are_counted(client: Client, other: Client) -> None:
    created(client, 7)
    created(client, 8)
    file = exported(client)
    assert other.post(IMPORT, content=file).json()["erased_since"] == 0
    other.request("DELETE", f"{DRIVERS}/1")
    again = other.post(IMPORT, content=file).json()
    assert (again["drivers"], again["erased_since"]) == (2, 1)
    assert [driver["id"] for driver in other.get(DRIVERS).json()["drivers"]] == [2]


def test_the_same_file_again_adds_nothing_unless_a_new_key_asks_for_it(
    client: Client, other: Client
) -> None:
    created(client, 7)
    file = exported(client)
    first = other.post(IMPORT, content=file).json()
    assert first["added"] == 1
    assert other.post(IMPORT, content=file).json() == {**first, "added": 0}
    packed_again = gzip.compress(gzip.decompress(file))
    assert other.post(IMPORT, content=packed_again).json() == {**first, "added": 0}
    assert other.get("/v1/gallery").json()["drivers"] == 1
    other.request("DELETE", f"{DRIVERS}/1")
    more = other.post(IMPORT, content=file, headers={"idempotency-key": "restore-1"}).json()
    assert more == {**first, "ids": [{"id_in_file": 1, "id": 2}]}
    assert other.get("/v1/gallery").json()["drivers"] == 1


def test_a_newer_export_of_drivers_who_are_here_is_refused_unless_asked_for(
    client: Client, other: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.drivers.gallery_transfer._BATCH", 2)
    for identity in (7, 8):
        created(client, identity)
    assert other.post(IMPORT, content=exported(client)).json()["added"] == 2
    for identity in (9, 10):
        created(client, identity)
    newer = exported(client)
    refused = other.post(IMPORT, content=newer)
    assert error_of(refused) == (
        409,
        "already_enrolled",
        "2 of 4 drivers of the file are enrolled here already, the first of them, driver 1 of the "
        "file, as driver 1, and of two who are one person neither is recognised: erase these "
        "drivers first, or ask with ?allow_twin=true and merge them",
    )
    details = refused.json()["error"]["details"]
    assert (details["twins"], details["drivers"]) == (2, 4)
    assert [(one["id_in_file"], one["driver_id"]) for one in details["first"]] == [(1, 1), (2, 2)]
    assert {one["threshold"] for one in details["first"]} == {0.45}
    assert other.get("/v1/gallery").json()["drivers"] == 2
    brought = other.post(f"{IMPORT}?allow_twin=true", content=newer).json()
    assert (brought["added"], other.get("/v1/gallery").json()["drivers"]) == (4, 6)
    assert identified(other, 7)["reason"] == "too_close_to_second"
    again = other.post(IMPORT, content=newer).json()
    assert again == {**brought, "added": 0}


def test_drivers_are_not_looked_for_where_twins_are_taken(
    client: Client, make_client: Callable[..., Client], tmp_path: Path
) -> None:
    created(client, 7)
    (tmp_path / "twins").mkdir()
    taking = make_client(
        gallery={"database_url": f"sqlite:///{tmp_path}/twins/gatehouse.db"},
        enrolment={"refuse_twins": False},
    )
    created(taking, 7)
    assert taking.post(IMPORT, content=exported(client)).json()["added"] == 1
    assert "search" not in taking.faults.calls


def test_the_file_says_what_it_is_and_where_it_ends(client: Client) -> None:
    created(client, 7, name="Ann")
    answer = client.get(EXPORT)
    assert answer.headers["content-type"] == "application/gzip"
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="gatehouse-gallery-')
    header, driver, end = lines(answer.content)
    assert (header["format"], header["version"], header["model_ids"], header["dimension"]) == (
        "gatehouse-gallery",
        2,
        ["fake-face/1"],
        128,
    )
    assert header["pictures"] is False
    assert driver["driver"]["name"] == "Ann"
    assert [face["aligned_png"] for face in driver["driver"]["faces"]] == [None] * 3
    assert (end["end"]["drivers"], end["end"]["faces"]) == (1, 3)
    with_pictures = lines(exported(client, pictures=True))
    assert with_pictures[0]["pictures"] is True
    assert all(face["aligned_png"] for face in with_pictures[1]["driver"]["faces"])


def test_an_empty_gallery_is_a_file_too(client: Client, other: Client) -> None:
    answer = other.post(IMPORT, content=exported(client))
    assert (answer.json()["drivers"], answer.json()["ids"]) == (0, [])


def test_a_file_over_its_own_limit_is_413(make_client: Callable[..., Client]) -> None:
    client = make_client(limits={"max_import_bytes": 1024 * 1024})
    answer = client.post(IMPORT, content=bytes(1024 * 1024 + 1))
    message = "the file is larger than 1048576 bytes, raise limits.max_import_bytes"
    assert error_of(answer) == (413, "too_large", message)


def test_a_file_may_be_larger_than_other_bodies(make_client: Callable[..., Client]) -> None:
    client = make_client(limits={"max_body_bytes": 1024})
    answer = client.post(IMPORT, content=gzip.compress(bytes(2048), 0))
    assert error_of(answer)[:2] == (400, "invalid_request")


def test_an_export_that_fails_is_an_error_or_a_file_without_end(
    client: Client, other: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.drivers.gallery_transfer._EXPORTED_AT_ONCE", 1)
    for identity in range(3):
        created(client, identity)
    client.faults.export = GalleryUnavailable("the gallery's store cannot be read")
    assert error_of(client.get(EXPORT))[:2] == (503, "gallery_unavailable")
    client.faults.export = None
    export = client.services.people.gallery.directory.export
    calls = iter([None, None, GalleryUnavailable("away")])

    async def failing(*args: Any) -> Any:
        error = next(calls)
        if error is not None:
            raise error
        return await export(*args)

    monkeypatch.setattr(client.services.people.gallery.directory, "export", failing)
    cut_off = client.get(EXPORT)
    assert error_of(other.post(IMPORT, content=cut_off.content))[:2] == (400, "invalid_request")


def test_an_import_that_fails_goes_on_where_it_stopped(
    client: Client, other: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.drivers.gallery_transfer._BATCH", 1)
    created(client, 1)
    created(client, 2, external_id="a-1")
    created(client, 3)
    file = exported(client)
    taken = created(other, 9, external_id="a-1")
    answer = other.post(IMPORT, content=file)
    assert error_of(answer) == (
        409,
        "external_id_taken",
        'another driver has the external id "a-1" (1 of 3 drivers of the file are in; the same '
        "file again adds none of them twice)",
    )
    assert answer.json()["error"]["details"] == {"external_id": "a-1", "added": 1, "drivers": 3}
    other.request("DELETE", f"{DRIVERS}/{taken}")
    assert other.post(IMPORT, content=file).json()["added"] == 2
    assert other.get("/v1/gallery").json()["drivers"] == 3


def test_vectors_of_another_model_need_their_pictures(client: Client, other: Client) -> None:
    created(client, 7)

    def rename(parts: list[dict[str, Any]]) -> None:
        parts[0]["model_ids"] = ["old/1"]
        for face in parts[1]["driver"]["faces"]:
            face["vectors"] = {"old/1": face["vectors"].pop("fake-face/1")}

    plain, with_pictures = (
        signed(rewritten(exported(client, pictures), rename)) for pictures in (False, True)
    )
    assert error_of(other.post(IMPORT, content=plain)) == (
        409,
        "conflict",
        "the file has vectors of old/1, this gallery searches with fake-face/1: export with "
        "pictures=true, which can be embedded again",
    )
    assert other.post(IMPORT, content=with_pictures).status_code == 200
    state = other.get("/v1/gallery").json()
    assert (state["drivers"], state["without_vector"]) == (1, 3)


def test_an_import_keeps_no_pictures_where_none_are_kept(
    client: Client, make_client: Callable[..., Client], tmp_path: Path
) -> None:
    created(client, 7)
    (tmp_path / "bare").mkdir()
    bare = make_client(
        gallery={"database_url": f"sqlite:///{tmp_path}/bare/gatehouse.db"},
        storage={"keep_pictures": False},
    )
    assert bare.post(IMPORT, content=exported(client, pictures=True)).status_code == 200
    faces = lines(exported(bare, pictures=True))[1]["driver"]["faces"]
    assert [face["aligned_png"] for face in faces] == [None] * 3

"""/v1/drivers/{id}/faces and /photo."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.contract.application import Client, face_jpeg, images, jpeg, photos_of, street
from tests.contract.driver_calls import DRIVERS, created, error_of, rows, stored_crops
from tests.contract.gallery_files import IMPORT, exported, rewritten, signed


def test_lists_the_faces_with_their_pictures(client: Client) -> None:
    driver_id = created(client, 7)
    faces = client.get(f"{DRIVERS}/{driver_id}/faces").json()["faces"]
    assert sorted(face["id"] for face in faces) == [1, 2, 3]
    ranks = [face["quality_score"] for face in faces]
    assert ranks == sorted(ranks, reverse=True)
    assert all(face["searchable"] for face in faces)
    crop = client.get("/" + faces[0]["image_path"])
    assert crop.headers["content-type"] == "image/jpeg"


def test_adds_photos_of_the_driver_and_of_nobody_else(client: Client) -> None:
    driver_id = created(client, 7)
    created(client, 8)
    answer = client.post(
        f"{DRIVERS}/{driver_id}/faces",
        files=images(face_jpeg(7, 200), face_jpeg(8, 200), face_jpeg(9), jpeg(street())),
    )
    assert (answer.status_code, answer.headers["etag"]) == (201, '"2"')
    outcomes = answer.json()["photos"]
    assert [one["outcome"] for one in outcomes] == ["taken", "rejected", "rejected", "rejected"]
    assert [one["reason"] for one in outcomes[1:]] == [
        "not_same_person",
        "not_same_person",
        "no_face",
    ]
    assert answer.json()["driver"]["face_count"] == 4
    ids = [face["id"] for face in client.get(f"{DRIVERS}/{driver_id}/faces").json()["faces"]]
    assert outcomes[0]["face_id"] in ids


def test_a_photo_that_is_likest_to_another_driver_is_not_added(client: Client) -> None:
    driver_id = created(client, 7)
    strangers = images(*photos_of(7, 3))
    twin = client.post(f"{DRIVERS}?allow_twin=true", files=strangers).json()["driver"]["id"]
    photo = face_jpeg(7, 231)
    likest = identified_first(client, photo)
    other = twin if likest == driver_id else driver_id
    answer = client.post(f"{DRIVERS}/{other}/faces", files=images(photo))
    assert error_of(answer)[:2] == (422, "not_enough_faces")
    [said] = answer.json()["error"]["details"]["photos"]
    assert said["reason"] == "already_enrolled"
    allowed = client.post(f"{DRIVERS}/{other}/faces?allow_twin=true", files=images(photo))
    assert allowed.status_code == 201


def identified_first(client: Client, photo: bytes) -> int:
    answer = client.post("/v1/faces:identify", content=photo)
    driver_id: int = answer.json()["faces"][0]["candidates"][0]["driver_id"]
    return driver_id


def test_photos_none_of_which_can_be_used_are_422_and_add_nothing(
    client: Client, tmp_path: Path
) -> None:
    driver_id = created(client, 7)
    answer = client.post(f"{DRIVERS}/{driver_id}/faces", files=images(jpeg(street())))
    assert error_of(answer) == (
        422,
        "not_enough_faces",
        "the photo cannot be used: details.photos says what is wrong with it",
    )
    photos = images(jpeg(street()), face_jpeg(9))
    assert error_of(client.post(f"{DRIVERS}/{driver_id}/faces", files=photos))[2] == (
        "none of the 2 photos can be used: details.photos says what is wrong with them"
    )
    assert (rows(tmp_path)["faces"], len(stored_crops(tmp_path))) == (3, 3)
    assert client.get(f"{DRIVERS}/{driver_id}").headers["etag"] == '"1"'


def test_the_same_photos_with_the_same_key_are_added_once(client: Client) -> None:
    path = f"{DRIVERS}/{created(client, 7)}/faces"
    headers = {"idempotency-key": "add-1"}
    first = client.post(path, files=images(face_jpeg(7, 200)), headers=headers)
    again = client.post(path, files=images(face_jpeg(7, 200)), headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    other = client.post(path, files=images(face_jpeg(7, 210)), headers=headers)
    assert error_of(other)[:2] == (409, "idempotency_key_reused")


def test_erases_one_face_with_its_picture(client: Client, tmp_path: Path) -> None:
    path = f"{DRIVERS}/{created(client, 7)}"
    face = client.get(f"{path}/faces").json()["faces"][0]
    headers = {"if-match": '"1"'}
    answer = client.request("DELETE", f"{path}/faces/{face['id']}", headers=headers)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert answer.json()["face_count"] == 2
    assert rows(tmp_path) == {"drivers": 1, "faces": 2, "embeddings": 2, "crop_removals": 0}
    assert Path(face["image_path"]).name not in stored_crops(tmp_path)
    assert client.get("/" + face["image_path"]).status_code == 404
    gone = client.request("DELETE", f"{path}/faces/{face['id']}")
    assert error_of(gone) == (404, "face_not_found", f"driver 1 has no face {face['id']}")


def test_a_driver_keeps_the_last_face(client: Client) -> None:
    path = f"{DRIVERS}/{created(client, 7)}"
    for face_id in (1, 2):
        assert client.request("DELETE", f"{path}/faces/{face_id}").status_code == 200
    refused = client.request("DELETE", f"{path}/faces/3")
    assert error_of(refused) == (
        409,
        "last_face",
        "face 3 is the last one of driver 1, who could not be recognised without any: erase the "
        "driver, or add another photo first",
    )
    assert refused.json()["error"]["details"] == {"driver_id": 1, "face_id": 3}
    assert client.get(path).json()["face_count"] == 1
    assert client.post(f"{path}/verify", content=face_jpeg(7)).json()["match"] is True
    assert client.post(f"{path}/faces", files=images(face_jpeg(7))).status_code == 201
    assert client.request("DELETE", f"{path}/faces/3").json()["face_count"] == 1


def test_a_driver_with_no_face_of_the_running_model_cannot_be_verified(
    client: Client, other: Client
) -> None:
    created(client, 7)

    def rename(parts: list[dict[str, Any]]) -> None:
        for face in parts[1]["driver"]["faces"]:
            face["vectors"] = {"old/1": face["vectors"].pop("fake-face/1")}

    file = signed(rewritten(exported(client, pictures=True), rename))
    assert other.post(IMPORT, content=file).json()["added"] == 1
    path = f"{DRIVERS}/1"
    verified = other.post(f"{path}/verify", content=face_jpeg(7))
    assert error_of(verified) == (
        409,
        "no_comparable_face",
        "driver 1 has no face of the running model, add a photo of the driver",
    )
    assert verified.json()["error"]["details"] == {"driver_id": 1}
    assert other.post(f"{path}/faces", files=images(face_jpeg(7))).status_code == 201
    assert other.post(f"{path}/verify", content=face_jpeg(7)).json()["match"] is True


def test_the_photo_is_that_of_the_best_face(client: Client) -> None:
    path = f"{DRIVERS}/{created(client, 7)}"
    best = client.get(f"{path}/faces").json()["faces"][0]
    photo = client.get(f"{path}/photo")
    assert (photo.status_code, photo.headers["content-type"]) == (200, "image/jpeg")
    assert photo.content == client.get("/" + best["image_path"]).content
    assert cv2.imdecode(np.frombuffer(photo.content, np.uint8), cv2.IMREAD_COLOR) is not None
    tag = photo.headers["etag"]
    assert client.get(f"{path}/photo", headers={"if-none-match": tag}).status_code == 304
    client.request("DELETE", f"{path}/faces/{best['id']}")
    other = client.get(f"{path}/photo", headers={"if-none-match": tag})
    assert (other.status_code, other.headers["etag"] != tag) == (200, True)

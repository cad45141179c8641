"""What the tests of the /v1 routes send, and where they look for what is left."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np

from tests.contract.application import Client, face_jpeg, images, jpeg, photos_of

DRIVERS = "/v1/drivers"
IDENTIFY = "/v1/faces:identify"
NO_DRIVER = (
    404,
    "driver_not_found",
    "there is no such driver, GET /v1/drivers lists those that are enrolled",
)
TABLES = ("drivers", "faces", "embeddings", "crop_removals")


def create(client: Client, identity: int, **details: Any) -> httpx.Response:
    """Enrols a person by three photos."""
    return client.post(DRIVERS, files=images(*photos_of(identity, 3)), data=details)


def created(client: Client, identity: int, **details: Any) -> int:
    """Enrols a person by three photos and returns the driver's id."""
    answer = create(client, identity, **details)
    assert answer.status_code == 201, answer.text
    driver_id: int = answer.json()["driver"]["id"]
    return driver_id


def identified(client: Client, identity: int) -> dict[str, Any]:
    """The answer for another photo of a person."""
    answer = client.post(f"{IDENTIFY}?largest=true", content=face_jpeg(identity, 222))
    assert answer.status_code == 200, answer.text
    [face] = answer.json()["faces"]
    return dict(face)


def error_of(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, code and message of a rich error."""
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "request_id", "details"}
    return answer.status_code, body["error"]["code"], body["error"]["message"]


def end_validity(book: Any) -> None:
    """What drivers or vehicles are read from says the same, at a time when none counts any more."""
    read = book.get

    async def later(record_id: int) -> Any:
        record = await read(record_id)
        ended = replace(record.details, valid_until=datetime(2001, 1, 1, tzinfo=UTC))
        return replace(record, details=ended)

    book.get = later


def two_faces(left: int, right: int) -> bytes:
    """A picture of two people, equally large."""
    pictures = [
        cv2.imdecode(np.frombuffer(face_jpeg(one), np.uint8), cv2.IMREAD_COLOR)
        for one in (left, right)
    ]
    return jpeg(np.hstack(pictures))


def rows(folder: Path) -> dict[str, int]:
    """Rows of the tables that hold what people gave us."""
    with sqlite3.connect(folder / "gatehouse.db") as connection:
        counts = {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in TABLES
        }
    connection.close()
    return counts


def stored_crops(folder: Path) -> set[str]:
    """Names of the pictures in the crop store.

    Not those of the marks of their owners, which the service still clears away after its answer.
    """
    kinds = (folder / "crops" / kind for kind in ("faces", "license_plates"))
    return {path.name for kind in kinds for path in kind.rglob("*.jpg")}

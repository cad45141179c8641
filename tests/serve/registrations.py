"""Registers drivers over HTTP while the service is killed, and looks at what is left."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import sqlalchemy as sa

from tests.serve.service import Service

CLIENTS = 4


@dataclass
class Tally:
    """What happened to each driver's registration.

    Attributes:
        acknowledged: Driver -> user_id that the service answered.
        unanswered: Drivers whose registration got no answer, or an error.
    """

    acknowledged: dict[str, int] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)


def register_and_kill(
    service: Service, photos: Mapping[str, Sequence[bytes]], kill_after: int
) -> Tally:
    """Registers all drivers from several clients; kills every process in the middle.

    Args:
        service: A running service; no process of it is left afterwards.
        photos: Driver -> encoded photos.
        kill_after: Acknowledgements after which the processes are killed.
    """
    tally = Tally()
    lock = threading.Lock()
    enough = threading.Event()

    def register(driver: str) -> None:
        files = [("images", (f"{n}.jpg", one)) for n, one in enumerate(photos[driver])]
        try:
            with service.client() as http:
                answer = http.post("/api/face/register", files=files)
        except httpx.TransportError:
            answer = None
        with lock:
            if answer is not None and answer.status_code == 200:
                tally.acknowledged[driver] = int(answer.json()["user_id"])
                if len(tally.acknowledged) >= kill_after:
                    enough.set()
            else:
                tally.unanswered.append(driver)

    with ThreadPoolExecutor(CLIENTS) as clients:
        work = [clients.submit(register, driver) for driver in photos]
        assert enough.wait(timeout=240), tally
        service.kill()
        for one in work:
            one.result()
    return tally


def faces_per_driver(database: Path) -> dict[int, int]:
    """Counts the stored faces of every driver row."""
    engine = sa.create_engine(f"sqlite:///{database}")
    counts = sa.text(
        "SELECT drivers.driver_id, count(faces.face_id) FROM drivers "
        "LEFT JOIN faces ON faces.driver_id = drivers.driver_id GROUP BY drivers.driver_id"
    )
    with engine.connect() as connection:
        rows = connection.execute(counts).all()
    engine.dispose()
    return {int(driver_id): int(count) for driver_id, count in rows}


def recognized_as(service: Service, photo: bytes) -> int | None:
    """The user_id that a photo is recognised as, or None."""
    with service.client() as http:
        answer = http.post("/api/face/recognize", files={"image": photo})
    return int(answer.json()["user_id"]) if answer.status_code == 200 else None

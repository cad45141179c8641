"""What was acknowledged outlives a killed process; what was not is there whole or not at all."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from configs.settings import GallerySettings
from pipelines.gallery.database import open_engine
from tests.unit.conftest import DIMENSION, MODEL, Person
from tests.unit.gallery.conftest import OpenGallery

REGISTERING = Path(__file__).with_name("registering.py")


def registered_until_killed(url: str, first: int, lines: int) -> dict[int, int]:
    """Person by acknowledged id of a process that is killed while it registers the next."""
    child = subprocess.Popen(
        [sys.executable, REGISTERING, url, MODEL, str(DIMENSION), str(first), "100000"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    printed = [child.stdout.readline() for _ in range(lines)]
    child.kill()
    printed += child.stdout.read().splitlines(keepends=True)
    child.stdout.close()
    assert child.wait(10) == -9
    whole = [line.split() for line in printed if line.endswith("\n")]
    return {int(driver_id): int(number) for number, driver_id in whole}


def test_a_killed_process_loses_no_acknowledged_driver_and_leaves_none_half_there(
    database_url: str, open_gallery: OpenGallery, person: Person
) -> None:
    acknowledged: dict[int, int] = {}
    for kill in range(3):
        acknowledged |= registered_until_killed(database_url, 100_000 * (kill + 1), 20 + 7 * kill)
    gallery = open_gallery(database_url)
    for driver_id, number in acknowledged.items():
        assert gallery.search(person(number)[None])[0].matches[0].driver_id == driver_id
        assert len(gallery.store.faces_of(driver_id)) == 3
    engine = open_engine(GallerySettings(database_url=database_url))
    with engine.connect() as connection:
        incomplete = connection.execute(
            text(
                "SELECT d.driver_id FROM drivers d LEFT JOIN faces f ON f.driver_id = d.driver_id "
                "GROUP BY d.driver_id HAVING count(f.face_id) <> 3"
            )
        ).all()
    engine.dispose()
    assert incomplete == []
    log = gallery.store.changes_since(0)
    assert [change.sequence for change in log] == list(range(1, gallery.store.driver_count() + 1))
    assert {change.driver_id for change in log} >= acknowledged.keys()
    assert len(acknowledged) >= 81

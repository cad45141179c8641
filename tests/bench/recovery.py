"""``make bench-recovery``: kill -9 of every process in the middle of 200 registrations.

Registers 120 drivers and 80 strangers of the development photos with the real models from several
clients, kills every process, restarts, and says what is left.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import cv2

from pipelines.imaging import encode_jpeg
from tests.bench.people import people
from tests.serve.registrations import (
    CLIENTS,
    faces_per_driver,
    recognized_as,
    register_and_kill,
)
from tests.serve.service import Service

DRIVERS = 200
PHOTOS = 3


def main(arguments: list[str]) -> int:
    """Runs the bench; returns 1 when anything acknowledged was lost or anything is half there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kill-after", type=int, default=100, help="acknowledgements, then kill")
    options = parser.parse_args(arguments)
    if "GATEHOUSE_DATA" not in os.environ:
        sys.stderr.write("set GATEHOUSE_DATA to the folder of the development data (README)\n")
        return 2
    photos = registrations(Path(os.environ["GATEHOUSE_DATA"]).resolve() / "data/faces")
    with tempfile.TemporaryDirectory(prefix="gatehouse-") as name:
        folder = Path(name)
        service = Service(folder)
        try:
            service.start()
            tally = register_and_kill(service, photos, options.kill_after)
            service.start()
            right = sum(
                recognized_as(service, photos[driver][0]) == user_id
                for driver, user_id in tally.acknowledged.items()
            )
            stored = faces_per_driver(folder / "gatehouse.db")
        finally:
            service.stop()
    half = sum(count != PHOTOS for count in stored.values())
    acknowledged = len(tally.acknowledged)
    beyond = len(stored) - acknowledged
    sys.stdout.write(
        f"asked for {len(photos)} registrations, acknowledged {acknowledged} before the kill\n"
        f"after the restart ({service.ready_after_s:.0f} s): {len(stored)} drivers stored, "
        f"{half} of them half there, {right} of {acknowledged} acknowledged ones recognised\n"
    )
    return int(half > 0 or right < acknowledged or not 0 <= beyond <= CLIENTS)


def registrations(data: Path) -> dict[str, list[bytes]]:
    """Three photos for each of 200 people; a stranger's one photo is used in three exposures."""
    known = people(data, seed=1)
    photos = {
        name: [path.read_bytes() for path in paths[:PHOTOS]]
        for name, paths in known.drivers.items()
    }
    for path in known.strangers[: DRIVERS - len(photos)]:
        picture = cv2.imread(str(path))
        photos[path.name] = [
            encode_jpeg(cv2.convertScaleAbs(picture, alpha=gain)) for gain in (0.8, 1.0, 1.2)
        ]
    return photos


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Development photos of people, from GATEHOUSE_DATA."""

import random
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class People:
    """Photos of drivers by name, and of strangers, one each."""

    drivers: dict[str, list[Path]]
    strangers: list[Path]


def people(data: Path, *, seed: int) -> People:
    """The drivers, each one's photos in an order that the seed decides, and the strangers.

    Args:
        data: ``data/faces`` of the development data.
        seed: Decides which photos come first, and so are enrolled.
    """
    order = random.Random(seed)
    drivers = {}
    for folder in sorted((data / "drivers").iterdir()):
        photos = sorted(folder.iterdir())
        drivers[folder.name] = order.sample(photos, len(photos))
    return People(drivers, sorted((data / "strangers").iterdir()))

"""Drivers as folders of photos: one folder a driver, named as the driver is."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from pipelines.bulk.source import (
    ELSEWHERE,
    PICTURE_SUFFIXES,
    files_of,
    kind_of,
    require_text,
    told_skipped,
)
from pipelines.errors import ConfigurationError
from pipelines.storage.object_store import ObjectStore


@dataclass(frozen=True, slots=True)
class DriverFolder:
    """A driver who is to be enrolled.

    Attributes:
        name: Of the folder, and of the driver.
        photos: Their paths below the source, in order; none where the folder has other files only.
        others: Paths of the other files that lie in it and are not hidden.
    """

    name: str
    photos: tuple[str, ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundDrivers:
    """What a source has.

    Attributes:
        folders: Drivers, by name.
        skipped: How many files are left out, by why.
    """

    folders: list[DriverFolder]
    skipped: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DriverPhotos:
    """The photos of a driver, in an order that their names do not decide.

    Attributes:
        name: Of the driver.
        photos: File name and content of each.
    """

    name: str
    photos: tuple[tuple[str, bytes], ...]

    @property
    def idempotency_key(self) -> str:
        """The same for the same name and photos, and for no others."""
        digests = [sha256(data).hexdigest() for _, data in self.photos]
        return f"bulk-{sha256(json.dumps([self.name, *digests]).encode()).hexdigest()}"


async def driver_folders(source: str, all_files: bool = False) -> FoundDrivers:
    """The folders that lie directly in a source and have files, also such that are no photos.

    Deeper folders and single files are left out.

    Args:
        source: The folder or prefix.
        all_files: Take files for photos whose names do not say that they are.

    Raises:
        ConfigurationError: The source cannot be used, or has no such folder.
        Unavailable: It cannot be listed now.
    """
    found = await files_of(source, all_files=True)
    skipped = Counter(found.skipped)
    photos: defaultdict[str, list[str]] = defaultdict(list)
    others: defaultdict[str, list[str]] = defaultdict(list)
    for path in (file["path"] for file in found.items):
        name, _, photo = path.partition("/")
        kind = kind_of(path)
        is_photo, is_its = all_files or kind in PICTURE_SUFFIXES, photo and "/" not in photo
        if is_its:
            (photos if is_photo else others)[name].append(path)
        if not (is_photo and is_its):
            skipped[ELSEWHERE if is_photo else kind] += 1
    if not photos:
        told = f"; {told_skipped(skipped)}" if skipped else ""
        raise ConfigurationError(
            f"{source} has no folders with photos: make one for each driver{told}"
        )
    folders = [
        DriverFolder(name, tuple(photos[name]), tuple(others[name]))
        for name in sorted({*photos, *others})
    ]
    return FoundDrivers(folders, skipped)


async def loaded(store: ObjectStore, folder: DriverFolder, max_bytes: int) -> DriverPhotos:
    """Read the photos of a driver.

    Args:
        store: The source.
        folder: The driver's.
        max_bytes: Largest photo.

    Raises:
        BadInput: The name of a photo or of the folder is no text.
        NotFound, TooLarge, ConfigurationError, Unavailable: A photo cannot be read.
    """
    for path in folder.photos:
        require_text(path)
    contents = [(path, await store.read(path, max_bytes)) for path in folder.photos]
    named = [(path.rpartition("/")[2], data) for path, data in contents]
    return DriverPhotos(folder.name, tuple(sorted(named, key=_digest)))


def _digest(photo: tuple[str, bytes]) -> str:
    return sha256(photo[1]).hexdigest()

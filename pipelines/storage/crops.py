"""Stored crops: the pictures of plates and faces that answers point to."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from configs.settings import StorageSettings
from pipelines.errors import NotFound, Unavailable
from pipelines.storage import crop_names
from pipelines.storage.crop_names import CropKind
from pipelines.storage.object_store import ObjectStore

_PLATES: Final[CropKind] = "license_plates"

UNDER_WAY: Final = timedelta(hours=1)
"""A crop that was named longer ago is not still being written."""


class CropStore:
    """Keeps JPEG crops under names that cannot be guessed from one another.

    Paths look like ``static/images/license_plates/20260131_235959_7K2QXA_lp.jpg`` or
    ``static/images/faces/20260131_235959_7K2QXA_face.jpg``: UTC and six random characters A-Z0-9.

    A crop may have an owner: a driver, or a registration under way. Then an empty object of the
    crop's name, its mark, is stored in the owner's folder *before* the crop, and is removed only
    *after* the crop, and no sooner than an hour after its name was made. So at any moment, also
    after a kill or a power cut, every crop of an owner has its mark there, and ``remove_of`` finds
    it by listing that folder alone; one that is being written meanwhile is found by a second call.
    The driver's id cannot stand in the crop's own name, which callers know; and one list of an
    owner's crops in one object would lose some when two replicas write it.

    What it costs: without an owner, one object is written (in a folder: two fsyncs, of the content
    and of the folder; in object storage: one question whether the name is free, one write). With
    an owner, one empty object more, and in a folder one fsync more, of the mark's folder: the mark
    must be on disk before the crop has its name, and these names are in two folders. An owner's
    first mark makes the owner's folder, for one fsync more, once.

    With ``keep_pictures`` false nothing is written, and all paths are empty; what was stored
    before can still be read and removed.
    """

    def __init__(self, settings: StorageSettings) -> None:
        self._store = ObjectStore(settings.url, settings.timeout_s)
        self._keeps = settings.keep_pictures

    def new_path(self, kind: CropKind) -> str:
        """Return a fresh path for a crop, "" where none is kept; nothing is stored under it yet."""
        return crop_names.new_path(kind) if self._keeps else ""

    async def write(self, path: str, jpeg: bytes, owner: str | None = None) -> None:
        """Store a crop under a path of ``new_path``; nothing is ever overwritten.

        Args:
            path: Of ``new_path``.
            jpeg: The crop.
            owner: ``driver_owner`` or ``token_owner`` of the one whose crop it is, if anybody's.

        Raises:
            NotFound: The path is not one of ours.
            Unavailable: The store cannot be written now, or the path is taken.
            ValueError: Nobody is called as the owner is.
        """
        if not self._keeps:
            return
        name = crop_names.name_of(path)
        mark = None if owner is None else f"{crop_names.folder_of(owner)}/{name}"
        if not await self._store.write_new(crop_names.key_of(name), jpeg, mark):
            if mark is not None:
                await self._store.remove(mark)
            raise Unavailable(f"the crop's path {path} is taken")

    async def save(self, kind: CropKind, jpeg: bytes, owner: str | None = None) -> str:
        """Store a crop under a new path and return it; nothing is ever overwritten.

        Args:
            kind: What it shows.
            jpeg: The crop.
            owner: As in ``write``.

        Returns:
            The path; "" where no pictures are kept.

        Raises:
            Unavailable: The store cannot be written now.
            ValueError: Nobody is called as the owner is.
        """
        path = self.new_path(kind)
        await self.write(path, jpeg, owner)
        return path

    async def load(self, path: str) -> bytes:
        """Return the JPEG of a path that was stored.

        Raises:
            NotFound: The path is not one of ours, or its crop is gone.
            ConfigurationError: The store refuses access.
            Unavailable: The store cannot be read now.
        """
        name = crop_names.name_of(path)
        try:
            return await self._store.read(crop_names.key_of(name))
        except NotFound:
            return await self._store.read(crop_names.first_key_of(name))

    async def remove(self, path: str) -> None:
        """Remove a crop; one that is already gone, or was never kept (""), is no failure.

        Raises:
            NotFound: The path is not one of ours.
            Unavailable: The store cannot be written now.
        """
        await self.remove_all([path])

    async def remove_all(self, paths: Sequence[str]) -> None:
        """Remove crops; those that are already gone, or were never kept (""), are no failure.

        Raises:
            NotFound: A path is not one of ours; nothing was removed.
            Unavailable: The store cannot be written now; some of them may be left.
        """
        names = [crop_names.name_of(path) for path in paths if path]
        keys = [key(name) for name in names for key in (crop_names.key_of, crop_names.first_key_of)]
        await self._store.remove_all(keys)

    async def crops_of(self, owner: str) -> list[str]:
        """Paths of the crops that an owner has, or is about to have.

        Raises:
            ConfigurationError: The store refuses access.
            Unavailable: The store cannot be read now.
            ValueError: Nobody is called as the owner is.
        """
        names = await self._store.names(crop_names.folder_of(owner))
        return [crop_names.path_of(name) for name in names if crop_names.moment_of(name)]

    async def remove_of(self, owner: str) -> bool:
        """Remove every crop of an owner.

        Returns:
            Whether that was all. False where a crop may still be under way: its mark stays, and the
            call is to be made again, an hour after the owner's last crop at the latest.

        Raises:
            ConfigurationError: The store refuses access.
            Unavailable: The store cannot be used now; some of the crops may be left.
            ValueError: Nobody is called as the owner is.
        """
        paths = await self.crops_of(owner)
        await self._store.remove_all(
            [crop_names.key_of(crop_names.name_of(path)) for path in paths]
        )
        settled = named_before(paths, datetime.now(UTC) - UNDER_WAY)
        await self.release(owner, settled)
        return len(settled) == len(paths)

    async def release(self, owner: str, paths: Sequence[str] | None = None) -> None:
        """Forget whose some crops are; the crops themselves stay.

        For a registration that was committed: from then on its rows name its crops. Also for one
        that failed, once its crops are removed and none of them is being written.

        Args:
            owner: The owner.
            paths: Of the crops; None is all that the owner has, and takes a listing. A
                registration that may be tried twice at once releases its own.

        Raises:
            NotFound: A path is not one of ours.
            ConfigurationError: The store refuses access.
            Unavailable: The store cannot be used now; some of the marks may be left.
            ValueError: Nobody is called as the owner is.
        """
        folder = crop_names.folder_of(owner)
        if paths is None:
            paths = await self.crops_of(owner)
        names = [crop_names.name_of(path) for path in paths if path]
        await self._store.remove_all([f"{folder}/{name}" for name in names])

    async def tokens(self) -> list[str]:
        """Tokens of the registrations that own crops; one listing.

        Raises:
            ConfigurationError: The store refuses access.
            Unavailable: The store cannot be read now.
        """
        names = await self._store.names(crop_names.TOKEN_OWNERS)
        return [name for name in names if crop_names.is_owner(crop_names.token_owner(name))]

    async def driver_blocks(self) -> list[int]:
        """Thousands of driver ids of which some own crops, rising; one listing.

        Raises:
            ConfigurationError: The store refuses access.
            Unavailable: The store cannot be read now.
        """
        names = await self._store.names(crop_names.DRIVER_OWNERS)
        return sorted(int(name) for name in names if name.isdecimal())

    async def drivers_in(self, block: int) -> list[int]:
        """The drivers of one thousand who own crops, rising; one listing.

        Raises:
            ConfigurationError: The store refuses access.
            Unavailable: The store cannot be read now.
        """
        names = await self._store.names(f"{crop_names.DRIVER_OWNERS}/{block}")
        return sorted(int(name) for name in names if name.isdecimal())

    async def plates_before(self, moment: datetime, most: int) -> list[str]:
        """Paths of plate crops that were named before a moment, some of the oldest.

        Lists the days, and of the oldest of them the hours and the crops, until there are enough.

        Args:
            moment: Timezone-aware.
            most: Listing ends with the hour that reaches this number.

        Raises:
            ConfigurationError: The store refuses access.
            Unavailable: The store cannot be read now.
        """
        last = f"{moment.astimezone(UTC):%Y%m%d/%H}"
        listed = await self._store.names(_PLATES)
        found = named_before(listed, moment)  # version 0.1.0 had no folders of days
        for day in sorted(name for name in listed if name.isdecimal() and name <= last[:8]):
            for hour in sorted(await self._store.names(f"{_PLATES}/{day}")):
                if len(found) >= most or f"{day}/{hour}" > last:
                    break
                found += named_before(await self._store.names(f"{_PLATES}/{day}/{hour}"), moment)
        return [crop_names.path_of(name) for name in found]


def named_before(names: Iterable[str], moment: datetime) -> list[str]:
    """Those of some names or paths of crops that were made before a moment (timezone-aware)."""
    made = {name: crop_names.moment_of(name.rpartition("/")[2]) for name in names}
    return [name for name, at in made.items() if at is not None and at < moment]

"""Erasing drivers and faces: first the rows, then the pictures that they name."""

import logging
from collections.abc import Sequence

from configs.settings import EnrolmentSettings
from pipelines.drivers.gallery import CropStore, DriverDirectory
from pipelines.errors import GatehouseError, NotSamePerson
from pipelines.gallery.driver_records import DriverRecord
from pipelines.storage.crop_names import driver_owner

logger = logging.getLogger(__name__)


class DriverErasure:
    """Erases drivers and single faces, and merges two drivers.

    Once the rows are gone nobody is recognised by them, and the same transaction has noted which
    crops are to be removed. These are removed at once; what cannot be removed now is left to the
    next sweep.

    Args:
        directory: The drivers.
        crops: The crop store.
        checks: How alike two drivers must be who are merged.
    """

    def __init__(
        self, directory: DriverDirectory, crops: CropStore, checks: EnrolmentSettings
    ) -> None:
        self._directory = directory
        self._crops = crops
        self._checks = checks

    async def erase(self, driver_id: int, version: int | None = None) -> None:
        """Erase a driver: faces, vectors, crops of enrolment and of recognition.

        Raises:
            DriverNotFound: There is no such driver.
            VersionMismatch: It has another version.
            GalleryUnavailable: The store cannot be reached; nothing was erased.
        """
        keys = await self._directory.erase(driver_id, version)
        await self._remove_crops(driver_id, keys)

    async def remove_face(
        self, driver_id: int, face_id: int, version: int | None = None
    ) -> DriverRecord:
        """Erase one face of a driver who has others.

        Raises:
            DriverNotFound: There is no such driver.
            FaceNotFound: The driver has no such face.
            LastFace: The driver has no other one, or none that the running model can compare: it
                takes an erasure of the driver.
            VersionMismatch: The driver has another version.
            GalleryUnavailable: The store cannot be reached; nothing was erased.
        """
        faces = await self._directory.faces(driver_id)
        record = await self._directory.remove_face(driver_id, face_id, version)
        keys = [face.crop_key for face in faces if face.face_id == face_id and face.crop_key]
        await self._remove_crops(None, keys)
        return record

    async def merge(
        self,
        driver_id: int,
        other_id: int,
        version: int | None = None,
        allow_unlike: bool = False,
    ) -> DriverRecord:
        """Give a driver all faces of another one, who is erased.

        Args:
            driver_id: Who stays.
            other_id: Who goes.
            version: That of the first must be this one; None takes any.
            allow_unlike: Merge them also where their faces do not look like one person's.

        Raises:
            NotSamePerson: Their faces are not alike, or cannot be compared; nothing has changed.
            DriverNotFound: One of them is not there.
            VersionMismatch: The first has another version.
            GalleryUnavailable: The store cannot be reached; nothing has changed.
        """
        least = None if allow_unlike else self._checks.same_driver
        try:
            record = await self._directory.merge(driver_id, other_id, version, least)
        except NotSamePerson as error:
            advice = "merge them with ?allow_unlike=true only where you know better"
            raise NotSamePerson(f"{error}: {advice}", error.extra) from error
        await self._remove_crops(other_id, ())
        return record

    async def _remove_crops(self, driver_id: int | None, keys: Sequence[str]) -> None:
        try:
            for key in keys:
                await self._crops.remove(key)
            if driver_id is not None:
                await self._crops.remove_of(driver_owner(driver_id))
            if keys:
                await self._directory.removals_done(keys)
        except GatehouseError as error:
            # The rows are gone, and whatever the crop store says the caller must hear so.
            logger.warning("crops of erased faces are left to the next sweep: %s", error)
